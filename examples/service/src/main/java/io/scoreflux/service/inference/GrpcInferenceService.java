package io.scoreflux.service.inference;

import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelInferResponse;
import inference.OpenInferenceGrpc.ModelMetadataRequest;
import inference.OpenInferenceGrpc.ModelMetadataResponse;
import inference.OpenInferenceGrpc.ModelReadyRequest;
import inference.OpenInferenceGrpc.ModelReadyResponse;
import inference.OpenInferenceGrpc.ServerLiveRequest;
import inference.OpenInferenceGrpc.ServerLiveResponse;
import inference.OpenInferenceGrpc.ServerMetadataRequest;
import inference.OpenInferenceGrpc.ServerMetadataResponse;
import inference.OpenInferenceGrpc.ServerReadyRequest;
import inference.OpenInferenceGrpc.ServerReadyResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.scoreflux.service.http.Problem;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/** The Open Inference Protocol, version 2, over gRPC. */
@Component
class GrpcInferenceService extends GRPCInferenceServiceImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(GrpcInferenceService.class);

    private final Inference inference;

    GrpcInferenceService(Inference inference) {
        this.inference = inference;
    }

    @Override
    public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> observer) {
        answer(
                observer,
                () -> ServerLiveResponse.newBuilder()
                        .setLive(inference.isLive())
                        .build());
    }

    @Override
    public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> observer) {
        answer(
                observer,
                () -> ServerReadyResponse.newBuilder()
                        .setReady(inference.isReady())
                        .build());
    }

    @Override
    public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> observer) {
        answer(observer, () -> {
            inference.model(request.getName(), request.getVersion());
            return ModelReadyResponse.newBuilder().setReady(inference.isReady()).build();
        });
    }

    @Override
    public void serverMetadata(ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> observer) {
        answer(
                observer,
                () -> ServerMetadataResponse.newBuilder()
                        .setName(Inference.NAME)
                        .setVersion(Inference.serverVersion())
                        .build());
    }

    @Override
    public void modelMetadata(ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> observer) {
        answer(observer, () -> GrpcCodec.metadata(inference.model(request.getName(), request.getVersion())));
    }

    @Override
    public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> observer) {
        answer(
                observer,
                Mono.defer(() -> inference.infer(GrpcCodec.decode(request)))
                        .map(denoised -> GrpcCodec.encode(request, denoised)));
    }

    private static <T> void answer(StreamObserver<T> observer, Callable<T> answer) {
        answer(observer, Mono.fromCallable(answer));
    }

    private static <T> void answer(StreamObserver<T> observer, Mono<T> answer) {
        Disposable.Swap waiting = Disposables.swap();
        ((ServerCallStreamObserver<T>) observer).setOnCancelHandler(waiting::dispose);
        waiting.update(answer.subscribe(
                value -> {
                    observer.onNext(value);
                    observer.onCompleted();
                },
                error -> observer.onError(status(error))));
    }

    private static StatusRuntimeException status(Throwable error) {
        Problem problem = Problem.of(error);
        if (problem.unexpected()) {
            LOG.error("A call of gRPC failed", error);
        }
        HttpStatus http = HttpStatus.valueOf(problem.status().value());
        Status status = switch (http) {
            case BAD_REQUEST -> Status.INVALID_ARGUMENT;
            case NOT_FOUND -> Status.NOT_FOUND;
            case CONTENT_TOO_LARGE -> Status.RESOURCE_EXHAUSTED;
            case SERVICE_UNAVAILABLE -> Status.UNAVAILABLE;
            default -> Status.INTERNAL;
        };
        return status.withDescription(problem.detail()).asRuntimeException();
    }
}
