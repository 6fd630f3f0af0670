package io.scoreflux.service.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Who may use the service.
 *
 * @param token the bearer token that clients must send, or null if the service is open, which is possible only on a loopback address
 */
@ConfigurationProperties("scoreflux.service")
public record Access(@Nullable String token) {
    private static final int SHORTEST = 16;

    /** Checks the token. */
    public Access {
        if (token != null && (token.length() < SHORTEST || !token.matches("[A-Za-z0-9._~+/=-]+"))) {
            throw new IllegalArgumentException("scoreflux.service.token must have at least " + SHORTEST
                    + " letters, digits or characters ._~+/=-, has " + token.length()
                    + " characters; create one with: openssl rand -hex 32");
        }
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
