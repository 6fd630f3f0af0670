package io.scoreflux.model.remote;

import io.scoreflux.internal.Credentials;
import io.scoreflux.model.ModelException.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The addresses of a model on its server. Sends requests and interprets HTTP. */
final class Endpoint {
    /** The header with the length of the JSON that precedes the tensors of a body. */
    static final String HEADER_LENGTH = "Inference-Header-Content-Length";
    /** The maximum number of bytes of JSON in a response. */
    static final int JSON_LIMIT = 1 << 16;

    private static final int DESCRIPTION_LIMIT = 1 << 20;
    private static final int ERROR_LIMIT = 1 << 12;
    private static final Set<Integer> BUSY = Set.of(429, 502, 503, 504);

    private final HttpClient client;
    private final String model;
    private final URI description;
    private final URI infer;
    private final Map<String, String> headers;
    private final Credentials credentials;
    private final Duration timeout;

    Endpoint(InferenceDenoiserBuilder settings) {
        this.client = settings.client();
        String version = settings.version;
        this.model = settings.server + ": model " + settings.model + (version == null ? "" : " version " + version);
        String server = settings.server.toString();
        String base = (server.endsWith("/") ? server : server + "/") + "v2/models/" + encoded(settings.model)
                + (version == null ? "" : "/versions/" + encoded(version));
        this.description = URI.create(base);
        this.infer = URI.create(base + "/infer");
        this.headers = Map.copyOf(settings.headers);
        this.credentials = new Credentials(headers.values());
        this.timeout = settings.timeout;
    }

    private static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Returns the name of the model in messages. */
    String model() {
        return model;
    }

    /** Reads the server's description of the model. */
    Metadata describe() {
        CompletableFuture<HttpResponse<byte[]>> exchange =
                send(request(description).GET().build(), DESCRIPTION_LIMIT);
        try {
            return Metadata.of(
                    model, exchange.get(timeout.toNanos(), TimeUnit.NANOSECONDS).body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            exchange.cancel(true);
            throw new InferenceException(Kind.UNREACHABLE, model + ": interrupted while reading its description", e);
        } catch (ExecutionException | TimeoutException e) {
            exchange.cancel(true);
            Throwable reason = reason(e);
            if (reason instanceof InferenceException known) {
                throw known;
            }
            throw new InferenceException(
                    Kind.UNREACHABLE,
                    reason.getMessage() + "; check that the server runs at this address and has loaded the model",
                    reason);
        }
    }

    /**
     * Sends a request for values. Cancelling the future ends the exchange.
     *
     * @param header the number of bytes of the JSON at the beginning of the body
     * @param answerLimit the maximum number of bytes of the response
     */
    CompletableFuture<HttpResponse<byte[]>> infer(byte[] body, int header, int answerLimit) {
        HttpRequest request = request(infer)
                .setHeader("Content-Type", "application/octet-stream")
                .setHeader(HEADER_LENGTH, Integer.toString(header))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        return send(request, answerLimit);
    }

    Duration timeout() {
        return timeout;
    }

    private HttpRequest.Builder request(URI address) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address);
        headers.forEach(request::setHeader);
        return request;
    }

    private CompletableFuture<HttpResponse<byte[]>> send(HttpRequest request, int limit) {
        return client.sendAsync(request, answer -> {
            long announced = answer.headers().firstValueAsLong("Content-Length").orElse(-1);
            return answer.statusCode() == 200
                    ? new LimitedBody(model, limit, announced, false)
                    : HttpResponse.BodySubscribers.mapping(
                            new LimitedBody(model, ERROR_LIMIT, announced, true), words -> {
                                throw new CompletionException(refusal(answer, words));
                            });
        });
    }

    private Exception refusal(HttpResponse.ResponseInfo answer, byte[] words) {
        int status = answer.statusCode();
        String said = shown(new String(words, StandardCharsets.UTF_8));
        String message = model + ": the server answered with status " + status + (said.isEmpty() ? "" : ": " + said);
        if (BUSY.contains(status)) {
            return new InferenceTransportException(message, status, null);
        }
        String remedy = "; check the server's log";
        if (status / 100 == 3) {
            String location = answer.headers().firstValue("Location").orElse("elsewhere");
            remedy = "; it redirects to " + shown(location) + ", which is not followed: give the final address";
        } else if (status == 401 || status == 403) {
            remedy = "; set the header that the server requires";
        } else if (status == 404) {
            remedy = "; check that the server has loaded the model";
        }
        return new InferenceException(Kind.REFUSED, message + remedy);
    }

    /** Checks the text before shortening it, because a shortened text could contain half of a secret. */
    private String shown(String words) {
        return Credentials.shown(credentials.checked(words));
    }

    /** Returns the failure. If its texts repeat credentials, returns one without these texts and without the cause. */
    InferenceException checked(InferenceException failure) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            // A header may repeat the name of the model, which is not secret.
            String said = said(at).replace(model, "");
            if (!credentials.checked(said).equals(said)) {
                return new InferenceException(failure.kind(), model + ": " + credentials.checked(said));
            }
        }
        return failure;
    }

    /** Returns the cause of a failed exchange. */
    Throwable reason(Throwable error) {
        Throwable reason = error;
        while ((reason instanceof CompletionException || reason instanceof ExecutionException)
                && reason.getCause() != null) {
            reason = reason.getCause();
        }
        // The client wraps exceptions of the body subscriber.
        for (Throwable cause = reason; cause != null; cause = cause.getCause()) {
            if (cause instanceof InferenceException || cause instanceof InferenceTransportException) {
                return cause;
            }
        }
        if (reason instanceof TimeoutException) {
            return new InferenceTransportException(
                    model + ": no answer within " + timeout.toMillis() / 1e3 + " s; set a longer timeout", 0, reason);
        }
        if (reason instanceof CancellationException) {
            return new InferenceTransportException(model + ": the exchange was cancelled", 0, reason);
        }
        if (reason instanceof IOException) {
            return new InferenceTransportException(model + ": " + credentials.checked(said(reason)), 0, reason);
        }
        return reason;
    }

    private static String said(Throwable reason) {
        if (reason instanceof ConnectException) {
            // The message does not distinguish an unknown name from a closed port.
            return "no connection; check the address, and that the server runs";
        }
        String message = reason.getMessage();
        return message == null ? reason.getClass().getSimpleName() : message;
    }

    /** Returns the first header with a name as a length, or null if it is missing or not a length. */
    static @Nullable Integer length(HttpResponse<?> answer, String name) {
        String value = answer.headers().firstValue(name).orElse("");
        return value.matches("\\d{1,9}") ? Integer.valueOf(value) : null;
    }
}
