package io.scoreflux.grpc;

import io.grpc.Channel;
import io.grpc.Metadata;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import io.scoreflux.model.ModelException;
import io.scoreflux.model.network.NetworkBuilder;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Collects the settings of a network on an inference server. Not thread-safe. */
public final class GrpcDenoiserBuilder extends NetworkBuilder<GrpcDenoiserBuilder> {
    /** The limit of most servers. */
    private static final int MAX_MESSAGE_BYTES = 4 << 20;

    /** The address, or null if the channel is given. */
    final @Nullable URI server;

    /** The channel of the caller, or null if the address is given. */
    final @Nullable Channel channel;

    final String model;
    String version = "";
    final Map<String, String> headers = new TreeMap<>();
    Duration timeout = Duration.ofMinutes(1);
    int maxMessageBytes = MAX_MESSAGE_BYTES;

    GrpcDenoiserBuilder(@Nullable URI server, @Nullable Channel channel, String model) {
        if (server != null) {
            requireAddress(server);
        }
        if (model.isBlank()) {
            throw new InvalidArgumentException("model", "must be a name", "'" + model + "'");
        }
        this.server = server;
        this.channel = channel;
        this.model = model;
    }

    private static void requireAddress(URI server) {
        String scheme = server.getScheme() == null ? "" : server.getScheme().toLowerCase(Locale.ROOT);
        String path = Objects.requireNonNullElse(server.getPath(), "");
        if (server.getUserInfo() != null || server.getQuery() != null || server.getFragment() != null) {
            throw new InvalidArgumentException(
                    "server",
                    "must have no user, query or fragment",
                    "one of them at " + server.getHost(),
                    "give credentials as a token or a header");
        }
        if (!(scheme.equals("grpc") || scheme.equals("grpcs"))
                || server.getHost() == null
                || server.getPort() < 0
                || !(path.isEmpty() || path.equals("/"))) {
            throw new InvalidArgumentException(
                    "server", "must be an address such as grpc://127.0.0.1:9090, or grpcs:// for TLS", server);
        }
    }

    @Override
    protected GrpcDenoiserBuilder self() {
        return this;
    }

    /** Sets the version of the model on the server. Defaults to the server's choice. */
    public GrpcDenoiserBuilder version(String value) {
        if (value.isBlank()) {
            throw new InvalidArgumentException("version", "must be a name", "'" + value + "'");
        }
        this.version = value;
        return this;
    }

    /** Sets the bearer token that every call has. By default there is none. No error message contains it. */
    public GrpcDenoiserBuilder token(String value) {
        return header("authorization", "Bearer " + Objects.requireNonNull(value, "token"));
    }

    /**
     * Adds a header to every call. By default, calls have none. No error message contains the value: text from the server that repeats the
     * value or a part of it is left out.
     */
    public GrpcDenoiserBuilder header(String name, String value) {
        Objects.requireNonNull(name, "header");
        Objects.requireNonNull(value, "header value");
        String key = name.toLowerCase(Locale.ROOT);
        boolean valid = value.chars().allMatch(c -> c >= ' ' && c <= '~')
                && !value.isBlank()
                && !key.startsWith("grpc-")
                && !key.endsWith(Metadata.BINARY_HEADER_SUFFIX);
        if (valid) {
            try {
                Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER);
            } catch (IllegalArgumentException e) {
                valid = false;
            }
        }
        if (!valid) {
            // Without the value, which may be secret.
            throw new InvalidArgumentException(
                    "header",
                    "must have a name of letters, digits, '-', '_' and '.' that can be set, and a value of printable ASCII"
                            + " characters",
                    "'" + name + "'");
        }
        headers.put(key, value);
        return this;
    }

    /**
     * Sets the time limit of one call, from connecting to the last byte. A longer call is cancelled and fails in transport. Defaults to one
     * minute.
     *
     * @param value greater than 0, at most a hundred years
     */
    public GrpcDenoiserBuilder timeout(Duration value) {
        this.timeout = Require.positive("timeout", value);
        return this;
    }

    /**
     * Sets the maximum size of a request and of a response. Defaults to 4 MiB, which is the limit of most servers. A batch that exceeds it is
     * divided into several calls.
     *
     * @param value bytes, at least 1,024
     */
    public GrpcDenoiserBuilder maxMessageBytes(int value) {
        this.maxMessageBytes = Require.atLeast("maxMessageBytes", value, 1 << 10);
        return this;
    }

    /**
     * Reads the description of the model from the server and matches it with the settings. Blocks until the description arrives.
     *
     * @throws ModelException if the server cannot be reached, or the model does not fit the settings
     */
    public GrpcDenoiser open() {
        return GrpcDenoiser.open(this);
    }
}
