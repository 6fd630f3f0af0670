package io.scoreflux.benchmarks.engine;

import static io.scoreflux.benchmarks.Figures.format;

import io.scoreflux.Sample;
import io.scoreflux.evaluation.TextTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** Compares the denoiser calls until the first sample of {@code request(1)} arrives with the rounds that this sample needs. */
final class FirstSample {
    private FirstSample() {}

    /**
     * One first sample.
     *
     * @param calls denoiser calls before it arrived
     * @param rounds rounds of this sample
     */
    record First(long calls, long rounds) {}

    /** Requests one sample, at {@code index}. */
    static First at(Workload workload, int concurrency, int prefetch, long index) {
        MeteredDenoiser denoiser = new MeteredDenoiser(workload.denoiser());
        First[] first = new First[1];
        workload.with(denoiser)
                .sampler()
                .concurrency(concurrency)
                .prefetch(prefetch)
                .build()
                .samples(index)
                .subscribe(new BaseSubscriber<Sample>() {
                    @Override
                    protected void hookOnSubscribe(Subscription subscription) {
                        request(1);
                    }

                    @Override
                    protected void hookOnNext(Sample sample) {
                        first[0] =
                                new First(denoiser.calls(), sample.certificate().rounds());
                    }
                });
        return Objects.requireNonNull(first[0]);
    }

    /** One line for each workload and prefetch: the first samples of several streams, which start at different indices. */
    static List<String> table(List<Workload> workloads, int concurrency, List<Integer> readAheads, int streams) {
        TextTable table = new TextTable(
                2, "model", "solver", "prefetch", "streams", "mean rounds", "mean calls before it", "most calls more");
        for (Workload workload : workloads) {
            for (int prefetch : readAheads) {
                List<First> firsts = new ArrayList<>();
                for (int i = 0; i < streams; i++) {
                    firsts.add(at(workload, concurrency, prefetch, i));
                }
                table.row(
                        workload.name(),
                        workload.solver().name(),
                        Integer.toString(prefetch),
                        Integer.toString(streams),
                        format(
                                "%.1f",
                                firsts.stream()
                                        .mapToLong(First::rounds)
                                        .average()
                                        .orElseThrow()),
                        format(
                                "%.1f",
                                firsts.stream()
                                        .mapToLong(First::calls)
                                        .average()
                                        .orElseThrow()),
                        Long.toString(firsts.stream()
                                .mapToLong(first -> first.calls() - first.rounds())
                                .max()
                                .orElseThrow()));
            }
        }
        return table.lines();
    }
}
