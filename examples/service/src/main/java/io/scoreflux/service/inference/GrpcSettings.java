package io.scoreflux.service.inference;

import io.scoreflux.internal.Require;
import java.net.InetAddress;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where gRPC listens.
 *
 * @param address the address
 * @param port the port, 0 for any free one
 */
@ConfigurationProperties("scoreflux.service.grpc")
public record GrpcSettings(
        @DefaultValue("127.0.0.1") InetAddress address,
        @DefaultValue("9090") int port) {
    private static final int LAST_PORT = 65_535;

    /** Checks the port. */
    public GrpcSettings {
        Require.within("scoreflux.service.grpc.port", port, 0, LAST_PORT);
    }
}
