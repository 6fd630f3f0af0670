package io.scoreflux.service.inference;

import io.scoreflux.service.Port;
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
    /** The name of the setting of the port. */
    static final String PORT = "scoreflux.service.grpc.port";

    /** Checks the port. */
    public GrpcSettings {
        Port.check(PORT, port);
    }
}
