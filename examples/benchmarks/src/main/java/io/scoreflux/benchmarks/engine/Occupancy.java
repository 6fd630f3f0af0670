package io.scoreflux.benchmarks.engine;

import static io.scoreflux.benchmarks.Figures.format;

import io.scoreflux.Sample;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.Denoiser;
import io.scoreflux.stream.Gateway;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** The occupancy of calls: of one running stream, and of many short streams that share a gateway. */
final class Occupancy {
    private Occupancy() {}

    /** Mean rows of the calls {@code from} to {@code to - 1} of an endless stream, relative to the maximum. */
    static double steady(Workload workload, int concurrency, int maxRows, int from, int to) {
        long[] calls = new long[1];
        long[] rows = new long[1];
        Denoiser counting = new ObservedDenoiser(workload.denoiser(), asked -> {
            if (calls[0] >= from && calls[0] < to) {
                rows[0] += asked.count();
            }
            calls[0]++;
        });
        workload.with(counting)
                .sampler()
                .concurrency(concurrency)
                .maxRows(maxRows)
                .build()
                .samples()
                .takeUntil(sample -> calls[0] >= to)
                .blockLast();
        return (double) rows[0] / (to - from) / maxRows;
    }

    /**
     * The cost of serving many subscribers.
     *
     * @param calls number of calls
     * @param mostRounds maximum rounds of a sample
     * @param rows number of rows
     */
    record Served(long calls, long mostRounds, long rows) {
        double callsOverRounds() {
            return (double) calls / mostRounds;
        }
    }

    /** Several concurrent subscribers with one gateway to a model that responds after {@code latency}. */
    static Served shared(Workload workload, int subscribers, int samples, int inFlight, Duration latency) {
        AtomicLong calls = new AtomicLong();
        AtomicLong rows = new AtomicLong();
        Gateway gateway = Gateway.builder(new Delayed(workload.denoiser(), latency, Schedulers.parallel(), asked -> {
                    calls.incrementAndGet();
                    rows.addAndGet(asked.count());
                }))
                .maxInFlight(inFlight)
                .build();
        long most = Flux.range(0, subscribers)
                .flatMap(k -> workload.sampler(gateway).seed(k).build().samples(0, samples), subscribers, samples)
                .map(Sample::certificate)
                .reduce(0L, (rounds, certificate) -> Math.max(rounds, certificate.rounds()))
                .blockOptional()
                .orElseThrow();
        return new Served(calls.get(), most, rows.get());
    }

    /** One line for each workload. */
    static List<String> steadyTable(List<Workload> workloads, int concurrency, int from, int to) {
        TextTable table = new TextTable(2, "model", "solver", "concurrency", "most rows", "mean / most rows");
        for (Workload workload : workloads) {
            table.row(
                    workload.name(),
                    workload.solver().name(),
                    Integer.toString(concurrency),
                    Integer.toString(concurrency),
                    format("%.3f", steady(workload, concurrency, concurrency, from, to)));
        }
        return table.lines();
    }

    /** One line for each number of calls in flight. */
    static List<String> sharedTable(
            Workload workload, int subscribers, int samples, List<Integer> inFlight, Duration latency) {
        TextTable table = new TextTable(
                0, "subscribers", "samples each", "in flight", "calls", "most rounds", "calls / rounds", "rows / call");
        for (int each : inFlight) {
            Served served = shared(workload, subscribers, samples, each, latency);
            table.row(
                    Integer.toString(subscribers),
                    Integer.toString(samples),
                    Integer.toString(each),
                    Long.toString(served.calls()),
                    Long.toString(served.mostRounds()),
                    format("%.3f", served.callsOverRounds()),
                    format("%.1f", (double) served.rows() / served.calls()));
        }
        return table.lines();
    }
}
