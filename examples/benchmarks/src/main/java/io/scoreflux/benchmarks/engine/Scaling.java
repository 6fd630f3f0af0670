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
import java.util.Arrays;
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
     * @param budgets the numbers of calls of the solvers with fixed steps, or 0 for the default solver
     */
    List<String> dimensions(List<Integer> budgets, List<Integer> dimensions) {
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
        for (int budget : budgets) {
            String name = solver(budget).name();
            List<Double> x = new ArrayList<>();
            List<Double> nanos = new ArrayList<>();
            List<Double> memory = new ArrayList<>();
            for (int dimension : dimensions) {
                double[] found = Arrays.stream(Jvm.lastLine(
                                        List.of(), Scaling.class, String.valueOf(budget), String.valueOf(dimension))
                                .split(" "))
                        .mapToDouble(Double::parseDouble)
                        .toArray();
                double calls = found[1];
                double planned = found[4];
                double perTrajectory = found[5];
                table.row(
                        name,
                        Integer.toString(dimension),
                        format("%.0f", found[0]),
                        format("%.1f", calls),
                        format("%.2f", found[2] / calls / 1e3),
                        format("%.1f", found[2] / calls / dimension),
                        found[0] < FEW ? "" : format("%.1f", found[3] / calls / dimension),
                        format("%.0f", planned / dimension),
                        format("%.0f", perTrajectory / dimension),
                        format("%.2f", perTrajectory / planned));
                x.add((double) dimension);
                nanos.add(found[2] / calls / dimension);
                memory.add(perTrajectory / dimension);
            }
            times.add(new CurveChart.Series(name, x, nanos, false));
            bytes.add(new CurveChart.Series(name, x, memory, false));
        }
        panels.add(new CurveChart.Panel("Dimension: time", "dimension", "ns per number and call", times));
        panels.add(new CurveChart.Panel("Dimension: memory", "dimension", "bytes per number of a trajectory", bytes));
        return table.lines();
    }

    /**
     * Prints the concurrency, the mean calls, the nanoseconds of a sample with this concurrency and with few trajectories, and the planned and
     * live bytes of a trajectory. The arguments are the number of fixed steps, 0 for the default solver, and the dimension.
     */
    public static void main(String[] args) {
        Workload workload = Workload.gaussian(Integer.parseInt(args[1]), solver(Integer.parseInt(args[0])));
        long planned = workload.sampler().build().plan().trajectoryBytes();
        int concurrency = (int) Math.max(1, Math.min(256, MOST_BYTES / planned));
        // The compilers finish before the first measurement.
        leastNanosPerSample(workload, concurrency);
        double perSample = leastNanosPerSample(workload, concurrency);
        double withFew = concurrency < FEW ? perSample : leastNanosPerSample(workload, FEW);
        double calls = meanCalls(workload);
        double perTrajectory = liveBytes(workload, concurrency, calls) / concurrency;
        System.out.println(
                concurrency + " " + calls + " " + perSample + " " + withFew + " " + planned + " " + perTrajectory);
    }

    private static Solver solver(int budget) {
        return budget == 0 ? Sliding.DEFAULT : new FixedStep(Scheme.UNIPC, budget);
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
