package io.scoreflux.stream;

import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.state.Rows;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.retry.Retry;

/** Calls an asynchronous denoiser: a time limit for each attempt, retries of what is worth retrying. */
final class AsyncTransport implements Transport {
    private final AsyncDenoiser denoiser;
    private final Duration timeout;
    private final @Nullable Retry retry;

    AsyncTransport(AsyncDenoiser denoiser, Duration timeout, @Nullable Retry retry) {
        this.denoiser = denoiser;
        this.timeout = timeout;
        this.retry = retry;
    }

    @Override
    public Disposable send(Rows rows, Context context, Consumer<double[]> answered, Consumer<Throwable> failed) {
        Mono<double[]> answer = Mono.defer(() -> Mono.from(denoiser.denoise(rows)))
                .switchIfEmpty(Mono.error(() -> new IllegalStateException("the denoiser completed without an answer")))
                .map(numbers -> checked(numbers, rows))
                .timeout(timeout, Mono.error(this::late));
        if (retry != null) {
            answer = answer.retryWhen(retry);
        }
        // A subscriber's onErrorContinue is for its own stream: here it would swallow the end of a call.
        return answer.onErrorStop().contextWrite(context).subscribe(answered, failed);
    }

    private TimeoutException late() {
        return new TimeoutException("no answer within " + timeout
                + ", the time limit of a call; set a longer one if the model takes longer (timeout)");
    }

    private static double[] checked(double[] numbers, Rows rows) {
        if (numbers.length != rows.count() * rows.dimension()) {
            throw new IllegalStateException("the denoiser answered " + numbers.length + " numbers for " + rows.count()
                    + " rows of " + rows.dimension());
        }
        return numbers;
    }

    @Override
    public boolean callsHere() {
        return false;
    }

    @Override
    public boolean canGiveUp() {
        return true;
    }

    @Override
    public boolean returnsRows() {
        return false;
    }
}
