package io.scoreflux.service;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** The service. On Ctrl-C it ends after the running streams. */
@SpringBootApplication(proxyBeanMethods = false)
@ConfigurationPropertiesScan
public class Service {

    /** Serves until it is stopped. */
    public static void main(String[] args) {
        SpringApplication.run(Service.class, args);
    }
}
