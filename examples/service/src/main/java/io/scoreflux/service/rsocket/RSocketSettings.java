package io.scoreflux.service.rsocket;

import io.scoreflux.internal.Require;
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
    private static final int LAST_PORT = 65_535;

    /** Checks the port. */
    public RSocketSettings {
        Require.within("scoreflux.service.rsocket.port", port, 0, LAST_PORT);
    }
}
