package io.scoreflux.service.security;

import io.scoreflux.error.InvalidArgumentException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Who may use the service.
 *
 * @param token the bearer token that clients must send, or null if the service is open, which is possible only on a loopback address
 * @param allowedHosts names in the header {@code Host} that an open service accepts beside those of the loopback addresses
 */
@ConfigurationProperties("scoreflux.service")
public record Access(@Nullable String token, @DefaultValue List<String> allowedHosts) {
    private static final int SHORTEST = 16;
    private static final Pattern HOST = Pattern.compile("\\[[0-9A-Fa-f:.]+]|[\\w.~-]+");
    private static final Pattern ADDRESS = Pattern.compile("\\[[0-9A-Fa-f:.]+]|[0-9]+(\\.[0-9]+){3}");
    private static final Pattern PORT = Pattern.compile(":[0-9]*$");
    private static final List<String> LOOPBACK_HOSTS = List.of("localhost", "127.0.0.1", "[::1]");

    /** Checks the token and the names. */
    public Access {
        if (token != null && (token.length() < SHORTEST || !token.matches("[A-Za-z0-9._~+/=-]+"))) {
            // Without the value, which the log must not have.
            throw new InvalidArgumentException(
                    "scoreflux.service.token",
                    "must have at least " + SHORTEST + " letters, digits or characters ._~+/=-, has " + token.length()
                            + " characters",
                    null,
                    "create one with: openssl rand -hex 32");
        }
        allowedHosts = List.copyOf(allowedHosts);
        for (String host : allowedHosts) {
            if (!HOST.matcher(host).matches()) {
                throw new InvalidArgumentException(
                        "scoreflux.service.allowed-hosts",
                        "must be names of hosts without a scheme and a port",
                        host,
                        "give only the names");
            }
        }
    }

    /** Returns whether an open service accepts a value of the header {@code Host}. An empty one names no host. */
    public boolean allowsHost(String host) {
        String name = PORT.matcher(host).replaceFirst("");
        return name.isEmpty()
                || isLoopbackAddress(name)
                || Stream.concat(LOOPBACK_HOSTS.stream(), allowedHosts.stream()).anyMatch(name::equalsIgnoreCase);
    }

    /** Whether this is an address, not a name, of the loopback interface. Only a name can lead to another machine. */
    private static boolean isLoopbackAddress(String host) {
        if (!ADDRESS.matcher(host).matches()) {
            return false;
        }
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** Returns the rule that a value of the header {@code Host} violates. */
    public String hostRule(String host) {
        return "Host must be " + String.join(", ", LOOPBACK_HOSTS) + " or among scoreflux.service.allowed-hosts, was '"
                + host + "'; use one of them, or set scoreflux.service.token";
    }

    /** Returns whether clients must send the token. */
    public boolean demandsToken() {
        return token != null;
    }

    /** Returns whether a text is the token. The time of the comparison does not depend on the text's characters. */
    public boolean accepts(String text) {
        return token != null
                && MessageDigest.isEqual(token.getBytes(StandardCharsets.UTF_8), text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return "Access[" + (token == null ? "open" : "by token") + "]";
    }
}
