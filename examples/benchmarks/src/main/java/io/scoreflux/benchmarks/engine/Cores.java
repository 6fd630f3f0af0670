package io.scoreflux.benchmarks.engine;

import static io.scoreflux.benchmarks.Figures.format;

import io.scoreflux.Sampler;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.ParallelDenoiser;
import io.scoreflux.stream.Gateway;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The ratio of samples per second on two cores to that on one, for each mode. All modes take turns. */
final class Cores {
    private static final int CORES = 2;

    private Cores() {}

    /** A mode of using two cores. */
    enum Mode {
        /** One thread, as the reference for the other modes. */
        ONE_CORE {
            @Override
            void run(Workload workload, int concurrency, double[][] values) {
                collect(workload.sampler().concurrency(concurrency).build(), 0, values.length, values);
            }
        },
        /** One rail per core. Each has half of the concurrency and makes its own calls. */
        PARALLELISM {
            @Override
            void run(Workload workload, int concurrency, double[][] values) {
                Scheduler scheduler = Schedulers.newParallel("rail", CORES);
                try {
                    collect(
                            workload.sampler()
                                    .concurrency(concurrency)
                                    .parallelism(CORES, scheduler)
                                    .build(),
                            0,
                            values.length,
                            values);
                } finally {
                    scheduler.dispose();
                }
            }
        },
        /** The rows of each call on two threads, and everything else on one. */
        PARALLEL_DENOISER {
            @Override
            void run(Workload workload, int concurrency, double[][] values) {
                try (ParallelDenoiser denoiser = new ParallelDenoiser(workload.denoiser(), CORES)) {
                    ONE_CORE.run(workload.with(denoiser), concurrency, values);
                }
            }
        },
        /** Two calls in flight, each with half of the rows. The machines run on one thread at a time. */
        TWO_IN_FLIGHT {
            @Override
            void run(Workload workload, int concurrency, double[][] values) {
                Scheduler scheduler = Schedulers.newParallel("cores", CORES);
                try {
                    Gateway gateway = Gateway.builder(workload.denoiser(), scheduler)
                            .maxInFlight(CORES)
                            .maxRows((concurrency + 1) / CORES)
                            .build();
                    collect(workload.sampler(gateway).concurrency(concurrency).build(), 0, values.length, values);
                } finally {
                    scheduler.dispose();
                }
            }
        },
        /** Two subscribers that share nothing, with half of the samples each. This is the most that the cores allow. */
        TWO_SUBSCRIBERS {
            @Override
            void run(Workload workload, int concurrency, double[][] values) {
                Sampler sampler = workload.sampler()
                        .concurrency((concurrency + 1) / CORES)
                        .build();
                Flux.range(0, CORES)
                        .parallel(CORES)
                        .runOn(Schedulers.parallel())
                        .doOnNext(part -> collect(
                                sampler, part * values.length / CORES, (part + 1) * values.length / CORES, values))
                        .sequential()
                        .blockLast();
            }
        };

        /** Computes the samples from 0 on, and stores their values. */
        abstract void run(Workload workload, int concurrency, double[][] values);

        static void collect(Sampler sampler, int from, int to, double[][] values) {
            sampler.samples(from, to)
                    .doOnNext(sample -> values[(int) sample.index()] = sample.values())
                    .then()
                    .toFuture()
                    .join();
        }
    }

    /**
     * One line for each workload and mode.
     *
     * @param turns number of measured turns of each mode, after a third as many for warm-up
     */
    static List<String> table(List<Workload> workloads, int concurrency, int samples, int turns) {
        TextTable table = new TextTable(3, "model", "solver", "mode", "samples/s", "ratio", "quartiles", "same bits");
        for (Workload workload : workloads) {
            rows(table, workload, concurrency, samples, turns);
        }
        return table.lines();
    }

    private static void rows(TextTable table, Workload workload, int concurrency, int samples, int turns) {
        Mode[] modes = Mode.values();
        double[][] seconds = new double[modes.length][turns];
        boolean[] same = new boolean[modes.length];
        Arrays.fill(same, true);
        double[][] reference = new double[samples][];
        Mode.ONE_CORE.run(workload, concurrency, reference);
        for (int turn = -(turns + 2) / 3; turn < turns; turn++) {
            for (int m = 0; m < modes.length; m++) {
                double[][] values = new double[samples][];
                long start = System.nanoTime();
                modes[m].run(workload, concurrency, values);
                if (turn >= 0) {
                    seconds[m][turn] = 1e-9 * (System.nanoTime() - start);
                }
                same[m] &= Arrays.deepEquals(reference, values);
            }
        }
        // ONE_CORE is the first.
        for (int m = 0; m < modes.length; m++) {
            double[] taken = seconds[m];
            double[] ratios = new double[turns];
            for (int turn = 0; turn < turns; turn++) {
                ratios[turn] = seconds[0][turn] / taken[turn];
            }
            table.row(
                    workload.name(),
                    workload.solver().name(),
                    modes[m].name().toLowerCase(Locale.ROOT).replace('_', ' '),
                    format("%.0f", samples / Quantiles.median(taken)),
                    format("%.2f", Quantiles.median(ratios)),
                    Quantiles.quartiles("%.2f", ratios),
                    same[m] ? "yes" : "NO");
        }
    }
}
