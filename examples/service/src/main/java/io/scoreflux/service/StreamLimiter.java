package io.scoreflux.service;

import java.util.concurrent.Semaphore;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponseException;
import reactor.core.publisher.Flux;

/** Limits the number of streams at once, and rejects further streams. */
@Component
class StreamLimiter {
    private static final String RETRY_SECONDS = "1";

    private final int all;
    private final Semaphore free;

    StreamLimiter(Limits limits) {
        all = limits.maxStreams();
        free = new Semaphore(all);
    }

    /** The same stream, which takes a place on subscription and keeps it until it ends or is cancelled. */
    <T> Flux<T> hold(Flux<T> stream) {
        return Flux.using(
                () -> {
                    if (!free.tryAcquire()) {
                        throw refusal();
                    }
                    return free;
                },
                taken -> stream,
                Semaphore::release);
    }

    private ErrorResponseException refusal() {
        HttpStatus status = HttpStatus.SERVICE_UNAVAILABLE;
        String line = "at most " + all + " streams run at once, and all are in use; ask again when one has ended";
        ErrorResponseException refusal =
                new ErrorResponseException(status, ProblemDetail.forStatusAndDetail(status, line), null);
        refusal.getHeaders().set(HttpHeaders.RETRY_AFTER, RETRY_SECONDS);
        return refusal;
    }
}
