package io.scoreflux.service.api;

import java.net.InetSocketAddress;
import org.springframework.http.server.reactive.ServerHttpRequest;

/** Identifies clients by their addresses. */
public final class Clients {
    private Clients() {}

    /** The address from which a request comes. */
    public static String of(ServerHttpRequest request) {
        InetSocketAddress address = request.getRemoteAddress();
        return address == null ? "unknown" : address.getHostString();
    }
}
