package io.scoreflux.model.remote;

import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.Moments;
import io.scoreflux.model.NetworkSettings;
import io.scoreflux.state.Require;
import io.scoreflux.state.Rows;
import java.net.URI;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * The denoiser that a trained network on an inference server stands for, asked by the Open Inference Protocol, version 2, over HTTP with
 * binary tensors, as KServe and Triton speak it.
 *
 * <p>With x_t = alpha z, {@code D(z; sigma) = a x_t + b f(x_t, time, label)}, f being the network and a, b those of its
 * {@link io.scoreflux.model.Parametrization}. The model's tensors are FP32 or FP64; x_t and f have the batch as their first, dynamic
 * axis, the time and the label are {@code [n]} or {@code [n, 1]}.
 *
 * <p>What the server says is compared with the settings when the model is opened, and every answer with what was said. No more of an
 * answer is read than it can have. A call that fails in transport, which is an {@link InferenceTransportException}, is worth repeating;
 * one that was refused or answered wrongly, which is an {@link InferenceException}, is not. How many calls are in flight, and how often
 * they are repeated, is the gateway's to say: {@code Gateway.builder(denoiser).slots(4).retries(3, Duration.ofMillis(100))}.
 *
 * <p>Thread-safe. Jackson, which parses the server's JSON, is an optional dependency: {@value #COORDINATES}.
 */
public final class InferenceDenoiser implements AsyncDenoiser {
    /** The most numbers in a row if only the server gives the model's shape; {@code shape(...)} of the builder allows more. */
    public static final int MOST_NUMBERS = 1 << 24;

    /** The version of Jackson that is tested. */
    static final String COORDINATES = "tools.jackson.core:jackson-databind:3.1.5";

    private final Endpoint endpoint;
    private final Signature signature;
    private final Codec codec;
    private final int dimension;
    private final int classes;
    private final double maxSigma;
    private final @Nullable Moments moments;

    private InferenceDenoiser(NetworkSettings network, Endpoint endpoint, Signature signature) {
        this.endpoint = endpoint;
        this.signature = signature;
        this.codec = new Codec(endpoint.model(), signature, network);
        this.dimension = (int) signature.state().size();
        this.classes = network.classes();
        this.maxSigma = network.schedule().maxSigma();
        this.moments = network.momentsOf(dimension);
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
            return new InferenceDenoiser(network, endpoint, Signature.of(endpoint.describe(), network));
        } catch (InferenceException e) {
            throw endpoint.checked(e);
        }
    }

    /** One sample's shape, without the batch. */
    public int[] shape() {
        return signature.state().shape().clone();
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public Optional<Moments> moments() {
        return Optional.ofNullable(moments);
    }

    @Override
    public double maxSigma() {
        return maxSigma;
    }

    @Override
    public int classes() {
        return classes;
    }

    /**
     * 2^-24 where the state, the time or the answer is FP32, which is what a number of the answer is rounded by, or sigma and so the
     * answer; a network's own sums add some times that.
     */
    @Override
    public double rounding() {
        return Stream.of(signature.state(), signature.time(), signature.output())
                        .anyMatch(tensor -> tensor.type() == Datatype.FP32)
                ? 0x1p-24
                : 0x1p-53;
    }

    /**
     * Asks the server for the answers of all rows in one exchange, which is sent when they are requested; each subscriber has one of its
     * own. Answers come on a thread of the HTTP client. Cancelling ends the exchange.
     */
    @Override
    public Publisher<double[]> denoise(Rows in) {
        return subscriber -> subscriber.onSubscribe(new Exchange(endpoint, codec, in, subscriber));
    }
}
