package io.scoreflux.model.remote;

import io.scoreflux.internal.Require;
import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.network.NetworkInfo;
import io.scoreflux.model.network.NetworkSettings;
import io.scoreflux.state.Rows;
import java.net.URI;
import java.util.Objects;
import org.reactivestreams.Publisher;

/**
 * The denoiser of a trained network on an inference server that speaks the Open Inference Protocol, version 2, over HTTP with binary tensors,
 * such as KServe and Triton.
 *
 * <p>With x_t = alpha z, {@code D(z; sigma) = a x_t + b f(x_t, time, label)}: f is the network, a and b are those of its
 * {@link io.scoreflux.model.network.Parametrization}. State, time and prediction are FP32 or FP64. The state and the prediction have the batch as
 * their first, dynamic axis, the time and the label are {@code [n]} or {@code [n, 1]}.
 *
 * <p>The server's description is matched with the settings when the model is opened, and every answer is checked against it. No more of an
 * answer is read than it can have. A call that fails in transport ({@link InferenceTransportException}) is worth repeating; a call that is
 * refused or answered wrongly ({@link InferenceException}) is not. The gateway limits the calls in flight and repeats calls:
 * {@code Gateway.builder(denoiser).slots(4).retries(3, Duration.ofMillis(100))}.
 *
 * <p>Thread-safe. Jackson, which parses the server's JSON, is an optional dependency: {@value #COORDINATES}.
 */
public final class InferenceDenoiser extends NetworkInfo implements AsyncDenoiser {
    /** The largest number of numbers in a row if only the server gives the shape; {@code shape(...)} of the builder allows more. */
    public static final int MOST_NUMBERS = 1 << 24;

    /** The version of Jackson that is tested. */
    static final String COORDINATES = "tools.jackson.core:jackson-databind:3.1.5";

    private final Endpoint endpoint;
    private final Codec codec;

    private InferenceDenoiser(Endpoint endpoint, NetworkSettings network) {
        super(endpoint.describe(), network);
        this.endpoint = endpoint;
        this.codec = new Codec(endpoint.model(), mapping(), this::checkConditions);
    }

    /**
     * A builder.
     *
     * @param server the address before {@code /v2}, such as {@code http://127.0.0.1:8000}; http or https
     * @param model the model's name on the server
     * @throws IllegalStateException if Jackson is missing
     */
    public static InferenceDenoiserBuilder builder(URI server, String model) {
        Require.library(
                "InferenceDenoiser",
                "Jackson",
                "tools.jackson.databind.JsonNode",
                COORDINATES,
                "tools.jackson.databind");
        return new InferenceDenoiserBuilder(
                Objects.requireNonNull(server, "server"), Objects.requireNonNull(model, "model"));
    }

    static InferenceDenoiser open(InferenceDenoiserBuilder settings) {
        Endpoint endpoint = new Endpoint(settings);
        NetworkSettings network = settings.network();
        try {
            return new InferenceDenoiser(endpoint, network);
        } catch (InferenceException e) {
            throw endpoint.checked(e);
        }
    }

    /**
     * Asks the server for the answers of all rows in one exchange, which is sent when the answers are requested; each subscriber has its own.
     * Answers arrive on a thread of the HTTP client. Cancelling ends the exchange. A condition that the network cannot answer fails the
     * publisher with an {@link IllegalArgumentException}; nothing is sent.
     */
    @Override
    public Publisher<double[]> denoise(Rows in) {
        return subscriber -> subscriber.onSubscribe(new Exchange(endpoint, codec, in, subscriber));
    }
}
