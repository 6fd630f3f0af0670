package io.scoreflux.grpc;

import io.grpc.Channel;
import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.ModelException;
import io.scoreflux.model.network.Evaluations;
import io.scoreflux.model.network.NetworkInfo;
import io.scoreflux.model.network.NetworkSettings;
import io.scoreflux.state.Rows;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The denoiser of a trained network on an inference server that speaks the Open Inference Protocol, version 2, over gRPC, such as KServe and
 * Triton. It has the settings and checks of {@link io.scoreflux.model.remote.InferenceDenoiser}, which uses HTTP.
 *
 * <p>{@link GrpcDenoiserBuilder#open} matches the server's description of the model with the settings. Every response is checked against
 * this description. A call that fails in transport ({@link GrpcTransportException}) may succeed if it is repeated. A call that the server
 * refuses or answers incorrectly ({@link ModelException}) should not be repeated. The gateway limits the calls in flight and repeats calls:
 * {@code Gateway.builder(denoiser).maxInFlight(4).retries(3, Duration.ofMillis(100))}.
 *
 * <p>Thread-safe. Close the denoiser after its last stream has ended.
 */
public final class GrpcDenoiser extends NetworkInfo implements AsyncDenoiser, AutoCloseable {
    private final Endpoint endpoint;
    private final Codec codec;

    private GrpcDenoiser(Endpoint endpoint, NetworkSettings network, int maxMessageBytes) {
        super(endpoint.describe(), network);
        this.endpoint = endpoint;
        this.codec = new Codec(endpoint.model(), endpoint.modelName(), endpoint.version(), mapping(), maxMessageBytes);
    }

    /**
     * Returns a builder.
     *
     * @param server the address, such as {@code grpc://127.0.0.1:9090}; {@code grpcs} for TLS
     * @param model the name of the model on the server
     * @throws IllegalArgumentException if the address or the name is not valid
     */
    public static GrpcDenoiserBuilder builder(URI server, String model) {
        return new GrpcDenoiserBuilder(
                Objects.requireNonNull(server, "server"), null, Objects.requireNonNull(model, "model"));
    }

    /**
     * Returns a builder for a connection with settings of its own, such as certificates or interceptors.
     *
     * @param channel the connection to the server; the caller closes it
     * @param model the name of the model on the server
     * @throws IllegalArgumentException if the name is not valid
     */
    public static GrpcDenoiserBuilder builder(Channel channel, String model) {
        return new GrpcDenoiserBuilder(
                null, Objects.requireNonNull(channel, "channel"), Objects.requireNonNull(model, "model"));
    }

    static GrpcDenoiser open(GrpcDenoiserBuilder settings) {
        NetworkSettings network = settings.network();
        Endpoint endpoint = new Endpoint(settings);
        try {
            return new GrpcDenoiser(endpoint, network, settings.maxMessageBytes);
        } catch (ModelException e) {
            endpoint.close();
            throw endpoint.checked(e);
        } catch (RuntimeException e) {
            endpoint.close();
            throw e;
        }
    }

    /**
     * Evaluates all rows. The rows take one call, unless it would exceed the maximum size of a message, or the model has one time for each
     * call. Then they take several calls, one after the other. Each subscriber has separate calls. The values arrive on a thread of the
     * connection. Cancelling the subscription cancels the call. If the network does not accept the condition of a row, the publisher fails
     * with an {@link IllegalArgumentException} and nothing is sent.
     */
    @Override
    public Mono<double[]> denoise(Rows in) {
        return Mono.defer(() -> {
            checkConditions(in);
            Evaluations evaluations = mapping().evaluations(in);
            Rows all = evaluations.rows();
            double[] values = new double[all.count() * all.dimension()];
            List<Codec.Part> parts = codec.parts(evaluations);
            return Flux.fromIterable(parts)
                    .concatMap(part -> call(all, part, values), 0)
                    .then(Mono.fromSupplier(() -> evaluations.combine(values)))
                    .onErrorMap(ModelException.class, endpoint::checked);
        });
    }

    /** Sends one call and writes its values to their places. */
    private Mono<Void> call(Rows all, Codec.Part part, double[] values) {
        return endpoint.infer(codec.encode(all, part), codec.answerLimit(part.count()))
                .doOnNext(answer -> codec.decode(all, part, answer, values))
                .then();
    }

    /** Closes the connection, unless the caller gave it. Running calls end first. */
    @Override
    public void close() {
        endpoint.close();
    }
}
