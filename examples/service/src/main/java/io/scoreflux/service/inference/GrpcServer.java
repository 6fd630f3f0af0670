package io.scoreflux.service.inference;

import inference.GRPCInferenceServiceGrpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.scoreflux.service.Port;
import io.scoreflux.service.security.Access;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The server of gRPC, on a port of its own. It also answers {@code grpc.health.v1.Health}, without a token. If the service has a token, all
 * other calls must send it.
 */
@Component
class GrpcServer implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(GrpcServer.class);
    private static final int MOST_CALLS_PER_CONNECTION = 128;
    private static final int STOP_SECONDS = 3;

    private final GrpcInferenceService service;
    private final InferenceSettings settings;
    private final Access access;
    private final GrpcSettings place;

    private @Nullable Server server;
    private @Nullable HealthStatusManager health;

    GrpcServer(GrpcInferenceService service, InferenceSettings settings, Access access, GrpcSettings place) {
        this.service = service;
        this.settings = settings;
        this.access = access;
        this.place = place;
    }

    @Override
    public synchronized void start() {
        HealthStatusManager status = new HealthStatusManager();
        status.setStatus(GRPCInferenceServiceGrpc.SERVICE_NAME, ServingStatus.SERVING);
        try {
            server = NettyServerBuilder.forAddress(new InetSocketAddress(place.address(), place.port()))
                    .maxInboundMessageSize(settings.maxBytes())
                    .maxConcurrentCallsPerConnection(MOST_CALLS_PER_CONNECTION)
                    .addService(ServerInterceptors.intercept(service, new AccessCheck(access)))
                    .addService(status.getHealthService())
                    .build()
                    .start();
        } catch (IOException e) {
            throw Port.taken(GrpcSettings.PORT, place.address(), place.port(), e);
        }
        health = status;
        LOG.info("gRPC started on port {}", server.getPort());
    }

    /** Running calls have some seconds to end. */
    @Override
    public synchronized void stop() {
        Server running = server;
        if (running == null) {
            return;
        }
        if (health != null) {
            health.enterTerminalState();
        }
        server = null;
        try {
            if (!running.shutdown().awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                running.shutdownNow();
            }
        } catch (InterruptedException e) {
            running.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return server != null;
    }

    /** Returns the port. */
    synchronized int port() {
        if (server == null) {
            throw new IllegalStateException("the server of gRPC does not run");
        }
        return server.getPort();
    }

    /** Demands the token of the service, or, without one, a name of the loopback address. */
    private record AccessCheck(Access access) implements ServerInterceptor {
        private static final Metadata.Key<String> AUTHORIZATION =
                Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

        /** The scheme has any case (RFC 9110, 11.1). */
        private static final Pattern BEARER = Pattern.compile("(?i:Bearer) +(\\S+)");

        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            if (!access.demandsToken()) {
                String host = Objects.requireNonNullElse(call.getAuthority(), "");
                if (access.allowsHost(host)) {
                    return next.startCall(call, headers);
                }
                call.close(Status.PERMISSION_DENIED.withDescription(access.hostRule(host)), new Metadata());
                return new ServerCall.Listener<>() {};
            }
            if (isAccepted(headers)) {
                return next.startCall(call, headers);
            }
            call.close(
                    Status.UNAUTHENTICATED.withDescription(
                            "authorization must be 'Bearer' and the token of the service; send it"),
                    new Metadata());
            return new ServerCall.Listener<>() {};
        }

        private boolean isAccepted(Metadata headers) {
            String given = headers.get(AUTHORIZATION);
            Matcher bearer = BEARER.matcher(given == null ? "" : given);
            return bearer.matches() && access.accepts(bearer.group(1));
        }
    }
}
