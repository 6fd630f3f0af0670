package io.scoreflux.service;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import java.net.InetAddress;

/** The rules of ports in the configuration. */
public final class Port {
    private static final int LAST = 65_535;

    private Port() {}

    /** Checks the range of a port; 0 is any free one. */
    public static void check(String setting, int port) {
        Require.within(setting, port, 0, LAST);
    }

    /** The error for a port on which another program listens. */
    public static InvalidArgumentException taken(String setting, InetAddress address, int port, Exception cause) {
        return new InvalidArgumentException(
                Violation.of(
                        setting,
                        "must be a free port of " + address.getHostAddress(),
                        port,
                        "stop the program that has it",
                        "set another one"),
                cause);
    }
}
