package io.scoreflux.benchmarks.engine;

import static io.scoreflux.benchmarks.Figures.format;

import io.scoreflux.evaluation.TextTable;
import io.scoreflux.evaluation.plot.CurveChart;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.Moments;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.state.Rows;
import java.awt.image.BufferedImage;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The processor time and the memory of the stream against the number of samples, the dimension and the concurrency, on one thread. Consumers keep
 * no samples.
 */
final class Scaling {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final double SECONDS = 0.2;
    private static final int RUNS = 20;
    /** The trajectories in flight do not take more than this memory. */
    private static final long MOST_BYTES = 512L << 20;

    /** A concurrency at which the memory of all trajectories is a small multiple of the caches of the processor. */
    private static final int FEW = 16;

    /** The heap is measured after this share of the calls. */
    private static final double NEAR_THE_END = 0.9;

    private final List<CurveChart.Panel> panels = new ArrayList<>();

    /** The table of times against the number of samples. */
    List<String> counts(List<Workload> workloads, int concurrency, List<Long> counts) {
        TextTable table = new TextTable(2, "model", "solver", "samples", "us/sample", "live MB at the end");
        List<CurveChart.Series> series = new ArrayList<>();
        for (Workload workload : workloads) {
            List<Double> x = new ArrayList<>();
            List<Double> y = new ArrayList<>();
            // The compilers finish before the first measurement.
            leastNanosPerSample(workload, concurrency);
            for (long count : counts) {
                LiveHeap heap = new LiveHeap();
                double[] live = new double[1];
                long start = THREADS.getCurrentThreadCpuTime();
                workload.sampler()
                        .concurrency(concurrency)
                        .build()
                        .samples(0, count)
                        .subscribe(sample -> {
                            if (sample.index() == count - 1) {
                                live[0] = heap.growth();
                            }
                        });
                double micros = (THREADS.getCurrentThreadCpuTime() - start) / 1e3 / count;
                table.row(
                        workload.name(),
                        workload.solver().name(),
                        Long.toString(count),
                        format("%.2f", micros),
                        format("%.1f", live[0] / 1e6));
                x.add((double) count);
                y.add(micros);
            }
            series.add(new CurveChart.Series(label(workload), x, y, false));
        }
        panels.add(new CurveChart.Panel("Number of samples", "samples", "us per sample", series));
        return table.lines();
    }

    /**
     * The table of times and memory against the dimension. Each row is measured in a virtual machine of its own.
     *
     * @param solvers {@code sliding} or {@code unipc}
     */
    List<String> dimensions(List<String> solvers, List<Integer> dimensions) {
        TextTable table = new TextTable(
                1,
                "solver",
                "dimension",
                "concurrency",
                "calls",
                "us/call",
                "ns/number",
                "with " + FEW,
                "plan, B/number",
                "live, B/number",
                "live / plan");
        List<CurveChart.Series> times = new ArrayList<>();
        List<CurveChart.Series> bytes = new ArrayList<>();
        for (String solver : solvers) {
            List<Double> x = new ArrayList<>();
            List<Double> nanos = new ArrayList<>();
            List<Double> memory = new ArrayList<>();
            for (int dimension : dimensions) {
                Measured row =
                        Measured.parse(Jvm.lastLine(List.of(), Scaling.class, solver, Integer.toString(dimension)));
                double calls = row.calls();
                table.row(
                        solver,
                        Integer.toString(dimension),
                        Integer.toString(row.concurrency()),
                        format("%.1f", calls),
                        format("%.2f", row.nanos() / calls / 1e3),
                        format("%.1f", row.nanos() / calls / dimension),
                        row.concurrency() < FEW ? "" : format("%.1f", row.nanosWithFew() / calls / dimension),
                        format("%.0f", row.plannedBytes() / dimension),
                        format("%.0f", row.liveBytes() / dimension),
                        format("%.2f", row.liveBytes() / row.plannedBytes()));
                x.add((double) dimension);
                nanos.add(row.nanos() / calls / dimension);
                memory.add(row.liveBytes() / dimension);
            }
            times.add(new CurveChart.Series(solver, x, nanos, false));
            bytes.add(new CurveChart.Series(solver, x, memory, false));
        }
        panels.add(new CurveChart.Panel("Dimension: time", "dimension", "ns per number and call", times));
        panels.add(new CurveChart.Panel("Dimension: memory", "dimension", "bytes per number of a trajectory", bytes));
        return table.lines();
    }

    /** Measures one solver in one dimension, the arguments, and prints a line. */
    public static void main(String[] args) {
        Solver solver = args[0].equals("sliding") ? Sliding.DEFAULT : new FixedStep(Scheme.UNIPC, 20);
        Workload workload = Workload.gaussian(Integer.parseInt(args[1]), solver);
        long planned = workload.sampler().build().plan().trajectoryBytes();
        int concurrency = (int) Math.max(1, Math.min(256, MOST_BYTES / planned));
        // The compilers finish before the first measurement.
        leastNanosPerSample(workload, concurrency);
        double calls = meanCalls(workload);
        Measured row = new Measured(
                concurrency,
                calls,
                leastNanosPerSample(workload, concurrency),
                concurrency < FEW ? 0 : leastNanosPerSample(workload, FEW),
                planned,
                liveBytes(workload, concurrency, calls) / concurrency);
        System.out.println(row.line());
    }

    /** The calls and nanoseconds of a sample, and the bytes of a trajectory. */
    private record Measured(
            int concurrency, double calls, double nanos, double nanosWithFew, double plannedBytes, double liveBytes) {
        String line() {
            return concurrency + " " + calls + " " + nanos + " " + nanosWithFew + " " + plannedBytes + " " + liveBytes;
        }

        static Measured parse(String line) {
            String[] parts = line.split(" ", -1);
            return new Measured(
                    Integer.parseInt(parts[0]),
                    Double.parseDouble(parts[1]),
                    Double.parseDouble(parts[2]),
                    Double.parseDouble(parts[3]),
                    Double.parseDouble(parts[4]),
                    Double.parseDouble(parts[5]));
        }
    }

    /** The table of times against the concurrency, which is the number of rows of a call. */
    List<String> widths(List<Workload> workloads, List<Integer> widths) {
        TextTable table = new TextTable(2, "model", "solver", "concurrency", "us/sample");
        List<CurveChart.Series> series = new ArrayList<>();
        for (Workload workload : workloads) {
            List<Double> x = new ArrayList<>();
            List<Double> y = new ArrayList<>();
            for (int width : widths) {
                double micros = leastNanosPerSample(workload, width) / 1e3;
                table.row(workload.name(), workload.solver().name(), Integer.toString(width), format("%.1f", micros));
                x.add((double) width);
                y.add(micros);
            }
            series.add(new CurveChart.Series(label(workload), x, y, false));
        }
        panels.add(new CurveChart.Panel("Rows per call", "concurrency", "us per sample", series));
        return table.lines();
    }

    /** The pictures of all tables so far. */
    BufferedImage plot() {
        return CurveChart.panels(panels);
    }

    private static String label(Workload workload) {
        return workload.solver().name() + ", " + workload.name();
    }

    /** Returns the processor time of a sample: the least of some runs, which are long enough for the compilers. */
    private static double leastNanosPerSample(Workload workload, int concurrency) {
        long samples = concurrency;
        while (nanos(workload, concurrency, samples) < SECONDS * 1e9) {
            samples *= 2;
        }
        long least = Long.MAX_VALUE;
        for (int run = 0; run < RUNS; run++) {
            least = Math.min(least, nanos(workload, concurrency, samples));
        }
        return (double) least / samples;
    }

    private static long nanos(Workload workload, int concurrency, long samples) {
        long start = THREADS.getCurrentThreadCpuTime();
        workload.sampler().concurrency(concurrency).build().samples(0, samples).subscribe();
        return THREADS.getCurrentThreadCpuTime() - start;
    }

    private static double meanCalls(Workload workload) {
        double[] calls = new double[1];
        int samples = 16;
        workload.sampler()
                .concurrency(1)
                .build()
                .samples(0, samples)
                .subscribe(sample -> calls[0] += (double) sample.certificate().calls() / samples);
        return calls[0];
    }

    /**
     * Returns the growth of the live heap when most trajectories are near their ends, where they are largest.
     *
     * @param calls the mean calls of a trajectory
     */
    private static double liveBytes(Workload workload, int concurrency, double calls) {
        LiveHeap heap = new LiveHeap();
        double[] bytes = new double[1];
        Denoiser observed = new Denoiser() {
            private int call;

            @Override
            public int dimension() {
                return workload.denoiser().dimension();
            }

            @Override
            public Optional<Moments> moments() {
                return workload.denoiser().moments();
            }

            @Override
            public void denoise(Rows in, double[] out) {
                workload.denoiser().denoise(in, out);
                if (++call == Math.max(1, (int) (NEAR_THE_END * calls))) {
                    bytes[0] = heap.growth();
                }
            }
        };
        workload.with(observed)
                .sampler()
                .concurrency(concurrency)
                .build()
                .samples(0, concurrency)
                .subscribe();
        if (bytes[0] == 0) {
            throw new IllegalStateException("the heap was not measured: the solver asks several rows in a round");
        }
        return bytes[0];
    }

    /** The growth of the heap, without garbage. */
    private static final class LiveHeap {
        private final long before = live();

        double growth() {
            return live() - before;
        }

        private static long live() {
            System.gc();
            return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        }
    }
}
