package io.scoreflux.service;

import java.util.concurrent.Semaphore;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;

/** Places for streams: one that finds none free is refused. */
@Component
class Places {
    private static final String RETRY_SECONDS = "1";

    private final int all;
    private final Semaphore free;

    Places(Limits limits) {
        all = limits.maxStreams();
        free = new Semaphore(all);
    }

    /** The same stream, which takes a place when it is subscribed to and keeps it until it ends or is cancelled. */
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

    private Refusal refusal() {
        Refusal refusal = new Refusal(
                HttpStatus.SERVICE_UNAVAILABLE,
                "streams at once must be at most " + all + ", all are taken; ask again when one has ended");
        refusal.getHeaders().set(HttpHeaders.RETRY_AFTER, RETRY_SECONDS);
        return refusal;
    }
}
