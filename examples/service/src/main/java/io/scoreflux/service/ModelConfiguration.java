package io.scoreflux.service;

import io.netty.channel.ChannelOption;
import io.scoreflux.stream.Gateway;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The model, the one way to it that all requests share, and how much may lie ready for a client. */
@Configuration(proxyBeanMethods = false)
class ModelConfiguration {
    /** What the system may hold for a client that does not read; left alone it grows this to megabytes. */
    private static final int SEND_BUFFER_BYTES = 32 * 1024;

    @Bean
    @ConditionalOnMissingBean
    Target target() {
        return Target.ring();
    }

    /** One thread: more calls in flight would each have fewer rows. */
    @Bean(destroyMethod = "dispose")
    Scheduler modelScheduler() {
        return Schedulers.newSingle("model");
    }

    @Bean
    Gateway gateway(Target target, Scheduler modelScheduler) {
        return Gateway.builder(target.denoiser(), modelScheduler).build();
    }

    @Bean
    NettyServerCustomizer smallSendBuffers() {
        return server -> server.childOption(ChannelOption.SO_SNDBUF, SEND_BUFFER_BYTES);
    }
}
