package io.scoreflux.grpc;

import inference.GRPCInferenceServiceGrpc;
import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceStub;
import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelInferResponse;
import inference.OpenInferenceGrpc.ModelMetadataRequest;
import inference.OpenInferenceGrpc.ModelMetadataResponse;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.scoreflux.internal.Credentials;
import io.scoreflux.model.ModelException;
import io.scoreflux.model.ModelException.Kind;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** A model on its server. Sends calls and interprets statuses. */
final class Endpoint {
    private static final int DESCRIPTION_LIMIT = 1 << 20;

    /** The statuses of calls that may succeed if they are repeated. */
    private static final Set<Status.Code> TRANSIENT = Set.of(
            Status.Code.UNAVAILABLE,
            Status.Code.DEADLINE_EXCEEDED,
            Status.Code.RESOURCE_EXHAUSTED,
            Status.Code.ABORTED,
            Status.Code.CANCELLED);

    /** How the implementations of gRPC say that a message is too long, which has the status of a busy server. */
    private static final Pattern TOO_LONG =
            Pattern.compile("(?i)message (length |size )?.*(larger than|exceeds (the )?max)");

    /** The channel that is closed with this endpoint; null if the caller closes it. */
    private final @Nullable ManagedChannel own;

    private final GRPCInferenceServiceStub stub;
    private final String model;
    private final String modelName;
    private final String version;
    private final Credentials credentials;
    private final Duration timeout;

    Endpoint(GrpcDenoiserBuilder settings) {
        this.own = settings.server == null ? null : connection(settings.server);
        Channel channel = own == null ? Objects.requireNonNull(settings.channel) : own;
        this.modelName = settings.model;
        this.version = settings.version;
        String server = settings.server == null ? channel.authority() : settings.server.toString();
        this.model = server + ": model " + modelName + (version.isEmpty() ? "" : " version " + version);
        this.credentials = new Credentials(settings.headers.values());
        this.timeout = settings.timeout;
        Metadata headers = new Metadata();
        settings.headers.forEach(
                (name, value) -> headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
        this.stub = GRPCInferenceServiceGrpc.newStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private static ManagedChannel connection(URI server) {
        ChannelCredentials security = "grpcs".equals(server.getScheme().toLowerCase(Locale.ROOT))
                ? TlsChannelCredentials.create()
                : InsecureChannelCredentials.create();
        return Grpc.newChannelBuilder(server.getHost() + ":" + server.getPort(), security)
                .disableServiceConfigLookUp()
                .build();
    }

    /** Returns the name of the model in messages. */
    String model() {
        return model;
    }

    /** Returns the name of the model on the server. */
    String modelName() {
        return modelName;
    }

    /** Returns the version of the model on the server, or an empty string for the server's choice. */
    String version() {
        return version;
    }

    /** Reads the server's description of the model. */
    Description describe() {
        ModelMetadataRequest request = ModelMetadataRequest.newBuilder()
                .setName(modelName)
                .setVersion(version)
                .build();
        CompletableFuture<ModelMetadataResponse> call = this.<ModelMetadataRequest, ModelMetadataResponse>call(
                        observer -> limited(DESCRIPTION_LIMIT).modelMetadata(request, observer))
                .toFuture();
        try {
            return Description.of(model, call.get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            call.cancel(true);
            throw new ModelException(Kind.UNREACHABLE, model + ": interrupted while reading its description", e);
        } catch (ExecutionException e) {
            Throwable reason = Objects.requireNonNullElse(e.getCause(), e);
            if (reason instanceof ModelException known) {
                throw known;
            }
            throw new ModelException(
                    Kind.UNREACHABLE,
                    reason.getMessage() + "; check that the server runs at this address and has loaded the model",
                    reason);
        }
    }

    /**
     * Sends a request for values. Cancelling the subscription cancels the call.
     *
     * @param answerLimit the maximum number of bytes of the response
     */
    Mono<ModelInferResponse> infer(ModelInferRequest request, int answerLimit) {
        return this.<ModelInferRequest, ModelInferResponse>call(
                observer -> limited(answerLimit).modelInfer(request, observer));
    }

    private GRPCInferenceServiceStub limited(int bytes) {
        return stub.withMaxInboundMessageSize(bytes).withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    private <Q, A> Mono<A> call(Consumer<StreamObserver<A>> start) {
        return Mono.create(sink -> start.accept(new Answer<Q, A>(sink)));
    }

    /** Passes the response of a call on. */
    private final class Answer<Q, A> implements ClientResponseObserver<Q, A> {
        private final MonoSink<A> sink;
        private @Nullable A answer;

        Answer(MonoSink<A> sink) {
            this.sink = sink;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<Q> call) {
            sink.onCancel(() -> call.cancel("no subscriber waits for the values", null));
        }

        @Override
        public void onNext(A value) {
            answer = value;
        }

        @Override
        public void onError(Throwable error) {
            sink.error(reason(Status.fromThrowable(error), error));
        }

        @Override
        public void onCompleted() {
            if (answer == null) {
                // Otherwise the values of the batch would remain zeros.
                sink.error(reason(
                        Status.UNKNOWN.withDescription("the server has sent the status OK without a response"),
                        new IllegalStateException("no response")));
            } else {
                sink.success(answer);
            }
        }
    }

    private Exception reason(Status status, Throwable error) {
        Status.Code code = status.getCode();
        String words = Objects.requireNonNullElse(status.getDescription(), "");
        if (code == Status.Code.UNAVAILABLE && own != null) {
            // The next attempt must not wait until the channel tries to connect again by itself.
            own.resetConnectBackoff();
        }
        // Check the text before shortening it, because a shortened text could contain half of a secret.
        String checked = credentials.checked(words);
        String said = Credentials.shown(checked);
        // The cause repeats the words.
        Throwable cause = checked.equals(words) ? error : null;
        if (code == Status.Code.RESOURCE_EXHAUSTED && TOO_LONG.matcher(words).find()) {
            return new ModelException(
                    Kind.TOO_LARGE,
                    model + ": a message is too long: " + said,
                    List.of("set {maxMessageBytes} to at most the server's limit, or use fewer rows per call"),
                    cause);
        }
        if (code == Status.Code.DEADLINE_EXCEEDED) {
            return new GrpcTransportException(
                    model + ": no answer within " + timeout.toMillis() / 1e3 + " s; set a longer timeout", code, cause);
        }
        String message = model + ": the server answered with status " + code + (said.isEmpty() ? "" : ": " + said);
        if (code == Status.Code.UNAVAILABLE) {
            message = model + ": no connection: " + said + "; check the address, and that the server runs";
        }
        if (TRANSIENT.contains(code)) {
            return new GrpcTransportException(message, code, cause);
        }
        return new ModelException(Kind.REFUSED, message + remedy(code), cause);
    }

    private static String remedy(Status.Code code) {
        return switch (code) {
            case UNAUTHENTICATED, PERMISSION_DENIED -> "; set the token that the server requires";
            case NOT_FOUND -> "; check that the server has loaded the model";
            case UNIMPLEMENTED -> "; check that the address is that of an Open Inference Protocol server";
            default -> "; check the server's log";
        };
    }

    /** Returns the failure. If its texts repeat credentials, returns one without these texts and without the cause. */
    ModelException checked(ModelException failure) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            // A header may repeat the name of the model, which is not secret.
            String said = String.valueOf(at.getMessage()).replace(model, "");
            if (!credentials.checked(said).equals(said)) {
                return new ModelException(failure.kind(), model + ": " + credentials.checked(said), null);
            }
        }
        return failure;
    }

    /** Closes the connection, unless the caller gave it. Running calls end first. */
    void close() {
        if (own != null) {
            own.shutdown();
        }
    }
}
