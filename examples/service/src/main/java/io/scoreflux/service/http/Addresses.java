package io.scoreflux.service.http;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/** The addresses of requests, as clients have sent them. */
final class Addresses {
    private static final int ESCAPE = 3;

    private Addresses() {}

    /** The path of a request target. */
    static String path(String target) {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    /** What is wrong with a request target as a URL (RFC 3986), or null. */
    static @Nullable String fault(String target) {
        // Two slashes at the start would begin a host.
        String prefix = target.startsWith("/") ? "http://host" : "";
        try {
            new URI(prefix + target);
            return null;
        } catch (URISyntaxException e) {
            int at = Math.max(0, e.getIndex() - prefix.length());
            if (at >= target.length()) {
                return "the address must be a URL (RFC 3986); correct it";
            }
            if (target.charAt(at) == '%') {
                return "the address must have two hexadecimal digits after each percent sign, has '"
                        + printable(target.substring(at, Math.min(target.length(), at + ESCAPE)))
                        + "' at character " + (at + 1) + "; write a percent sign as %25";
            }
            return "the address must have only characters of URLs (RFC 3986), has '"
                    + printable(target.substring(at, at + 1))
                    + "' at character " + (at + 1) + "; write it as a percent sign and two hexadecimal digits";
        }
    }

    private static String printable(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", "?");
    }
}
