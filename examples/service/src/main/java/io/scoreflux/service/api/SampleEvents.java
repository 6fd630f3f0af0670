package io.scoreflux.service.api;

import io.scoreflux.Plan;
import io.scoreflux.service.Limits;
import io.scoreflux.spring.Model;
import java.time.Duration;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Streams of server-sent events: samples with their index as id, and an event {@code end}. A client that states its demand or asks for
 * progress also gets an event {@code stream} first, and events {@code progress}.
 */
@Component
class SampleEvents {
    /** As many events as the web server itself requests ahead of the client. */
    private static final int PREFETCH = 32;

    private static final Duration PROGRESS_INTERVAL = Duration.ofMillis(100);

    private final SampleStreams streams;
    private final DemandController demand;
    private final int mostDemand;

    SampleEvents(SampleStreams streams, DemandController demand, Limits limits) {
        this.streams = streams;
        this.demand = demand;
        this.mostDemand = limits.maxCount();
    }

    /** Rejects the parameters that only events have. */
    static void requireNone(Parameters given) {
        for (String name : List.of("demand", "progress")) {
            if (given.has(name)) {
                throw RequestException.invalid(name, name + " must be absent unless format is events; leave it out");
            }
        }
    }

    /** The response to a query. */
    ResponseEntity<?> response(Model model, SampleQuery query, Parameters given, String client) {
        boolean stated = given.has("demand");
        long initial = given.whole("demand", 1);
        if (initial < 1 || initial > mostDemand) {
            throw RequestException.invalid(
                    "demand", "demand must be at least 1 and at most " + mostDemand + ", was " + initial);
        }
        boolean progress = given.flag("progress", false);
        if (query.count() == 0) {
            // Status 204 stops an EventSource, which otherwise reconnects after the end of every response.
            return ResponseEntity.noContent().build();
        }
        Flux<ServerSentEvent<Object>> events = stated || progress
                ? detailed(model, query, client, stated ? initial : 0, progress)
                : plain(model, query, client);
        return ResponseEntity.ok().contentType(MediaType.TEXT_EVENT_STREAM).body(events);
    }

    private Flux<ServerSentEvent<Object>> plain(Model model, SampleQuery query, String client) {
        SampleStream stream = streams.open(model, query, client);
        return samples(stream).concatWith(end(stream));
    }

    /**
     * The events of a stream with its identifier and its progress.
     *
     * @param initial the initial demand, or 0 if the client does not state its demand
     */
    private Flux<ServerSentEvent<Object>> detailed(
            Model model, SampleQuery query, String client, long initial, boolean progress) {
        StreamProgress counts = progress ? new StreamProgress(model.stages(), model.listener()) : null;
        SampleStream stream = streams.open(model, query, counts == null ? model.listener() : counts, initial > 0);
        stream.request(initial);
        String id = DemandController.newId();
        Flux<ServerSentEvent<Object>> events =
                counts == null ? samples(stream) : withProgress(samples(stream), counts, stream);
        Mono<ServerSentEvent<Object>> first =
                streams.plan(model, query).map(plan -> event("stream", StreamView.of(id, plan)));
        return streams.hold(
                client, demand.register(id, stream, first.concatWith(events).concatWith(end(stream))));
    }

    private static Flux<ServerSentEvent<Object>> withProgress(
            Flux<ServerSentEvent<Object>> samples, StreamProgress counts, SampleStream stream) {
        return samples.publish(
                shared -> Flux.merge(
                        PREFETCH,
                        shared,
                        Flux.interval(PROGRESS_INTERVAL)
                                .onBackpressureDrop()
                                .map(tick -> counts.snapshot(stream))
                                .distinctUntilChanged()
                                .map(snapshot -> event("progress", snapshot))
                                .takeUntilOther(shared.ignoreElements())
                                .concatWith(Mono.fromSupplier(() -> event("progress", counts.snapshot(stream))))),
                PREFETCH);
    }

    private static Flux<ServerSentEvent<Object>> samples(SampleStream stream) {
        return stream.samples()
                .map(sample -> ServerSentEvent.<Object>builder(SampleView.of(sample))
                        .id(Long.toString(sample.index()))
                        .build());
    }

    private static Mono<ServerSentEvent<Object>> end(SampleStream stream) {
        return Mono.fromSupplier(() -> event("end", stream.end()));
    }

    private static ServerSentEvent<Object> event(String name, Object data) {
        return ServerSentEvent.builder(data).event(name).build();
    }

    /**
     * The identifier of a stream and its stages.
     *
     * @param id the identifier, for demand
     * @param boundaries the noise levels between the stages, descending, with both ends of the noise range
     */
    record StreamView(String id, List<Double> boundaries) {
        static StreamView of(String id, Plan plan) {
            return new StreamView(id, plan.boundaries());
        }
    }
}
