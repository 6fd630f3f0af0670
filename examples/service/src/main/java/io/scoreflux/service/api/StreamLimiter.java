package io.scoreflux.service.api;

import io.scoreflux.service.Limits;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;

/** Limits the number of streams at once, in all and for each client address, and rejects further streams. */
@Component
class StreamLimiter {
    private static final String RETRY_SECONDS = "1";

    private final int all;
    private final int perClient;
    private final Semaphore free;
    private final Map<String, Integer> running = new ConcurrentHashMap<>();

    StreamLimiter(Limits limits) {
        all = limits.maxStreams();
        perClient = limits.maxStreamsPerClient();
        free = new Semaphore(all);
    }

    /** The same stream, which takes a place on subscription and keeps it until it ends or is cancelled. */
    <T> Flux<T> hold(String client, Flux<T> stream) {
        return Flux.using(
                () -> {
                    take(client);
                    return client;
                },
                taken -> stream,
                this::release);
    }

    /** The number of streams that hold a place. */
    int running() {
        return all - free.availablePermits();
    }

    private void take(String client) {
        if (!free.tryAcquire()) {
            throw refusal(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "at most " + all + " streams run at once, and all are in use; ask again when one has ended");
        }
        int own = running.merge(client, 1, Integer::sum);
        if (own > perClient) {
            release(client);
            throw refusal(
                    HttpStatus.TOO_MANY_REQUESTS,
                    "at most " + perClient + " streams run at once for one client, and all are in use; ask again when"
                            + " one has ended");
        }
    }

    private void release(String client) {
        running.computeIfPresent(client, (name, count) -> count == 1 ? null : count - 1);
        free.release();
    }

    private static RequestException refusal(HttpStatus status, String line) {
        RequestException refusal = RequestException.of(status, null, line);
        refusal.getHeaders().set(HttpHeaders.RETRY_AFTER, RETRY_SECONDS);
        return refusal;
    }
}
