package io.scoreflux.service;

import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerInitializedEvent;
import org.springframework.context.event.EventListener;

/** The service; ends on Ctrl-C, after the streams that are being read. */
@SpringBootApplication(proxyBeanMethods = false)
@ConfigurationPropertiesScan
public class Service {

    /** Serves until it is stopped. */
    public static void main(String[] args) {
        SpringApplication.run(Service.class, args);
    }

    @EventListener
    void announce(ReactiveWebServerInitializedEvent started) {
        String address = started.getApplicationContext().getEnvironment().getProperty("server.address");
        int port = started.getWebServer().getPort();
        LoggerFactory.getLogger(Service.class).info("samples at http://{}:{}/samples?count=10", address, port);
    }
}
