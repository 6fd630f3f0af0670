package io.scoreflux.service;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.security.autoconfigure.ReactiveUserDetailsServiceAutoConfiguration;

/** The service. On Ctrl-C, running streams end with their end markers. */
@SpringBootApplication(proxyBeanMethods = false, exclude = ReactiveUserDetailsServiceAutoConfiguration.class)
@ConfigurationPropertiesScan
public class Service {

    /** Serves until it is stopped. */
    public static void main(String[] args) {
        SpringApplication.run(Service.class, args);
    }
}
