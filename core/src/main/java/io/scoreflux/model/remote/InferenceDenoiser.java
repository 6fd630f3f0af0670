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
 * <p>With x_t = alpha z, {@code D(z; sigma) = a x_t + b f(x_t, time, condition)}, where f is the network, and a and b depend on its
 * {@link io.scoreflux.model.network.Parametrization}. State, time and prediction are FP16, BF16, FP32 or FP64. The first axis of the state and of
 * the prediction is the batch, and is dynamic. Times, labels and networks with whole timesteps are as {@link
 * io.scoreflux.model.network.TensorDenoiser} describes.
 *
 * <p>{@link InferenceDenoiserBuilder#open} matches the server's description of the model with the settings. Every response is checked against
 * this description. No more of a response is read than its maximum length. A call that fails in transport
 * ({@link InferenceTransportException}) may succeed if it is repeated. A call that the server refuses or answers incorrectly
 * ({@link InferenceException}) should not be repeated. The gateway limits the calls in flight and repeats calls:
 * {@code Gateway.builder(denoiser).maxInFlight(4).retries(3, Duration.ofMillis(100))}.
 *
 * <p>Thread-safe. Jackson, which parses the server's JSON, is an optional dependency: {@value #COORDINATES}.
 */
public final class InferenceDenoiser extends NetworkInfo implements AsyncDenoiser {
    /** The maximum size of a row if only the server specifies the shape; {@link InferenceDenoiserBuilder#shape} allows larger rows. */
    public static final int MAX_ELEMENTS = 1 << 24;

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
     * Returns a builder.
     *
     * @param server the address before {@code /v2}, such as {@code http://127.0.0.1:8000}; http or https
     * @param model the name of the model on the server
     * @throws IllegalArgumentException if the address or the name is not valid
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
     * Evaluates all rows in one exchange with the server. If the model has one time for each call, each noise level takes an exchange, one after
     * the other. Each subscriber has separate exchanges. The first is sent on the first request. The values arrive on a thread of the HTTP
     * client. Cancelling the subscription ends the exchange. If the network does not accept the condition of a row, the publisher fails with an
     * {@link IllegalArgumentException} and nothing is sent.
     */
    @Override
    public Publisher<double[]> denoise(Rows in) {
        return subscriber -> subscriber.onSubscribe(new Exchange(endpoint, codec, in, subscriber));
    }
}
