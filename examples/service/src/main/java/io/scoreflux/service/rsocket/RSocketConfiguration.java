package io.scoreflux.service.rsocket;

import io.netty.buffer.ByteBuf;
import io.rsocket.ConnectionSetupPayload;
import io.rsocket.exceptions.RejectedSetupException;
import io.rsocket.frame.FrameLengthCodec;
import io.rsocket.metadata.AuthMetadataCodec;
import io.rsocket.metadata.CompositeMetadata;
import io.rsocket.metadata.WellKnownAuthType;
import io.rsocket.metadata.WellKnownMimeType;
import io.scoreflux.service.Port;
import io.scoreflux.service.security.Access;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.rsocket.context.RSocketServerBootstrap;
import org.springframework.boot.rsocket.netty.NettyRSocketServerFactory;
import org.springframework.boot.rsocket.server.RSocketServer;
import org.springframework.boot.rsocket.server.RSocketServerCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.messaging.rsocket.annotation.support.RSocketMessageHandler;
import reactor.core.publisher.Mono;
import reactor.netty.ChannelBindException;

/**
 * RSocket over TCP on a port of its own. Spring Boot adds RSocket over WebSocket to the port of HTTP. If the service has a token, the SETUP
 * frame of a connection must contain it.
 */
@Configuration(proxyBeanMethods = false)
class RSocketConfiguration {
    private static final Duration LIFECYCLE = Duration.ofSeconds(10);

    @Bean
    RSocketServerBootstrap tcpRSocketServer(
            RSocketMessageHandler handler,
            ReactorResourceFactory resources,
            ObjectProvider<RSocketServerCustomizer> customizers,
            RSocketSettings place) {
        NettyRSocketServerFactory factory = new NettyRSocketServerFactory();
        factory.setResourceFactory(resources);
        factory.setTransport(RSocketServer.Transport.TCP);
        factory.setAddress(place.address());
        factory.setPort(place.port());
        factory.setLifecycleTimeout(LIFECYCLE);
        factory.setRSocketServerCustomizers(customizers.orderedStream().toList());
        return new RSocketServerBootstrap(factory, handler.responder()) {
            @Override
            public void start() {
                try {
                    super.start();
                } catch (ChannelBindException e) {
                    throw Port.taken(RSocketSettings.PORT, place.address(), place.port(), e);
                }
            }
        };
    }

    @Bean
    RSocketServerCustomizer limitsAndToken(Access access) {
        return server -> {
            // A request in fragments may be as large as one frame.
            server.maxInboundPayloadSize(FrameLengthCodec.FRAME_LENGTH_MASK);
            if (access.demandsToken()) {
                server.interceptors(registry -> registry.forSocketAcceptor(acceptor -> (setup, sender) -> hasToken(
                                setup, access)
                        ? acceptor.accept(setup, sender)
                        : Mono.error(new RejectedSetupException(
                                "the SETUP frame must contain the token of the service as bearer authentication"))));
            }
        };
    }

    private static boolean hasToken(ConnectionSetupPayload setup, Access access) {
        if (!setup.metadataMimeType().equals(WellKnownMimeType.MESSAGE_RSOCKET_COMPOSITE_METADATA.getString())) {
            return false;
        }
        try {
            for (CompositeMetadata.Entry entry : new CompositeMetadata(setup.metadata(), false)) {
                if (WellKnownMimeType.MESSAGE_RSOCKET_AUTHENTICATION.getString().equals(entry.getMimeType())) {
                    ByteBuf content = entry.getContent();
                    return AuthMetadataCodec.isWellKnownAuthType(content)
                            && AuthMetadataCodec.readWellKnownAuthType(content) == WellKnownAuthType.BEARER
                            && access.accepts(
                                    AuthMetadataCodec.readPayload(content).toString(StandardCharsets.UTF_8));
                }
            }
        } catch (RuntimeException e) {
            return false; // Malformed metadata contain no token.
        }
        return false;
    }
}
