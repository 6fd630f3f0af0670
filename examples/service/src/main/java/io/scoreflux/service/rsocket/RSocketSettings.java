package io.scoreflux.service.rsocket;

import io.scoreflux.service.Port;
import java.net.InetAddress;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where RSocket over TCP listens.
 *
 * @param address the address
 * @param port the port, 0 for any free one
 */
@ConfigurationProperties("scoreflux.service.rsocket")
public record RSocketSettings(
        @DefaultValue("127.0.0.1") InetAddress address,
        @DefaultValue("7000") int port) {
    /** The name of the setting of the port. */
    static final String PORT = "scoreflux.service.rsocket.port";

    /** Checks the port. */
    public RSocketSettings {
        Port.check(PORT, port);
    }
}
