package io.scoreflux.model.remote;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import io.scoreflux.model.network.NetworkBuilder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Collects the settings of a network on an inference server. Not thread-safe. */
public final class InferenceDenoiserBuilder extends NetworkBuilder<InferenceDenoiserBuilder> {
    final URI server;
    final String model;

    @Nullable
    String version;

    final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    Duration timeout = Duration.ofMinutes(1);
    private Duration connectTimeout = Duration.ofSeconds(10);
    private Consumer<HttpClient.Builder> settings = client -> {};

    InferenceDenoiserBuilder(URI server, String model) {
        String scheme = server.getScheme() == null ? "" : server.getScheme().toLowerCase(Locale.ROOT);
        if (!(scheme.equals("http") || scheme.equals("https")) || server.getHost() == null) {
            throw new InvalidArgumentException("server", "must be an address such as http://127.0.0.1:8000", server);
        }
        if (server.getUserInfo() != null || server.getQuery() != null || server.getFragment() != null) {
            throw new InvalidArgumentException(
                    "server",
                    "must have no user, query or fragment",
                    "one of them at " + server.getHost(),
                    "give credentials as a header");
        }
        if (model.isBlank() || model.equals(".") || model.equals("..")) {
            throw new InvalidArgumentException("model", "must be a name", "'" + model + "'");
        }
        this.server = server;
        this.model = model;
    }

    @Override
    protected InferenceDenoiserBuilder self() {
        return this;
    }

    /** Sets the version of the model on the server. Defaults to the server's choice. */
    public InferenceDenoiserBuilder version(String value) {
        if (value.isBlank() || value.equals(".") || value.equals("..")) {
            throw new InvalidArgumentException("version", "must be a name", "'" + value + "'");
        }
        this.version = value;
        return this;
    }

    /**
     * Adds a header to every request, such as {@code Authorization}. By default, requests have only the headers of the protocol. No error
     * message contains the value: text from the server that repeats the value or a part of it is left out.
     */
    public InferenceDenoiserBuilder header(String name, String value) {
        Objects.requireNonNull(name, "header");
        Objects.requireNonNull(value, "header value");
        try {
            HttpRequest.newBuilder().setHeader(name, value);
        } catch (IllegalArgumentException e) {
            // Omit the cause, whose message may contain a secret.
            throw new InvalidArgumentException(
                    "header",
                    "must have a name that can be set and a value on one line without control characters",
                    "'" + name + "'");
        }
        headers.put(name, value);
        return this;
    }

    /**
     * Sets the time limit of one exchange, from connecting to the last byte. A longer exchange is cancelled and fails in transport. Defaults
     * to one minute.
     *
     * @param value greater than 0, at most a hundred years
     */
    public InferenceDenoiserBuilder timeout(Duration value) {
        this.timeout = Require.positive("timeout", value);
        return this;
    }

    /**
     * Sets the time limit for connecting. Defaults to ten seconds.
     *
     * @param value greater than 0, at most a hundred years
     */
    public InferenceDenoiserBuilder connectTimeout(Duration value) {
        this.connectTimeout = Require.positive("connectTimeout", value);
        return this;
    }

    /**
     * Sets a function that changes other settings of the client, such as certificates, a proxy, an executor or HTTP/2. Redirects are never
     * followed. Defaults to none.
     */
    public InferenceDenoiserBuilder client(Consumer<HttpClient.Builder> value) {
        this.settings = Objects.requireNonNull(value, "client");
        return this;
    }

    /**
     * Reads the description of the model from the server and matches it with the settings. Blocks until the description arrives.
     *
     * @throws InferenceException if the server cannot be reached, or the model does not fit the settings
     */
    public InferenceDenoiser open() {
        return InferenceDenoiser.open(this);
    }

    HttpClient client() {
        // On plain connections, HTTP/2 starts with an upgrade, which inference servers do not support.
        HttpClient.Builder client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(connectTimeout);
        settings.accept(client);
        return client.followRedirects(HttpClient.Redirect.NEVER).build();
    }
}
