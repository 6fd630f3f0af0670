package io.scoreflux.benchmarks.engine;

import static io.scoreflux.benchmarks.Figures.format;

import io.scoreflux.evaluation.TextTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The ratio of the samples per second of the stream to those of a hand-written loop. The two take turns, and the result is the median of
 * the ratios of consecutive turns, because the speed of a shared machine varies. The CPU time of the thread excludes other programs and
 * garbage collection.
 */
final class Overhead {
    private Overhead() {}

    /**
     * One line for each workload.
     *
     * @param pairs number of measured turns, after a third as many for warm-up
     */
    static List<String> table(List<Workload> workloads, int concurrency, int samples, int pairs) {
        TextTable table = new TextTable(
                2,
                "model",
                "solver",
                "loop/s",
                "stream/s",
                "ratio",
                "quartiles",
                "of cpu time",
                "quartiles",
                "denoiser %",
                "denoiser ns",
                "machine ns",
                "engine ns",
                "same bits");
        for (Workload workload : workloads) {
            row(table, workload, concurrency, samples, pairs);
        }
        return table.lines();
    }

    /**
     * CPU time of a row in the loop and in the stream, with one line for each workload and concurrency.
     *
     * @param rows number of rows in a turn, approximately
     * @param pairs number of measured turns, after a third as many for warm-up
     */
    static List<String> perRow(List<Workload> workloads, List<Integer> concurrencies, int rows, int pairs) {
        TextTable table = new TextTable(
                2,
                "model",
                "solver",
                "calls",
                "concurrency",
                "loop ns",
                "quartiles",
                "stream ns",
                "quartiles",
                "same bits");
        for (Workload workload : workloads) {
            for (int concurrency : concurrencies) {
                int calls = (int) Pass.loop(workload, 1, 1).rows();
                int samples = Math.max(1, rows / calls);
                Turns turns = Turns.of(workload, concurrency, samples, pairs);
                double[] loops = nanosPerRow(turns.loops());
                double[] streams = nanosPerRow(turns.streams());
                table.row(
                        workload.name(),
                        workload.solver().name(),
                        String.valueOf(calls),
                        String.valueOf(concurrency),
                        format("%.1f", Quantiles.median(loops)),
                        Quantiles.quartiles("%.1f", loops),
                        format("%.1f", Quantiles.median(streams)),
                        Quantiles.quartiles("%.1f", streams),
                        turns.same() ? "yes" : "NO");
            }
        }
        return table.lines();
    }

    private static double[] nanosPerRow(List<Pass> passes) {
        return passes.stream().mapToDouble(Pass::cpuNanosPerRow).toArray();
    }

    private static void row(TextTable table, Workload workload, int concurrency, int samples, int pairs) {
        Turns turns = Turns.of(workload, concurrency, samples, pairs);
        List<Pass> loops = turns.loops();
        List<Pass> streams = turns.streams();
        double[] ratios = new double[pairs];
        double[] cpuRatios = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            ratios[i] = (double) loops.get(i).nanos() / streams.get(i).nanos();
            cpuRatios[i] = (double) loops.get(i).cpuNanos() / streams.get(i).cpuNanos();
        }
        double loop = median(loops, Pass::cpuNanosPerRow);
        double denoiser = loop * median(loops, Pass::denoiserShare);
        double ratio = Quantiles.median(cpuRatios);
        table.row(
                workload.name(),
                workload.solver().name(),
                format("%.0f", median(loops, pass -> 1e9 * samples / pass.nanos())),
                format("%.0f", median(streams, pass -> 1e9 * samples / pass.nanos())),
                format("%.3f", Quantiles.median(ratios)),
                Quantiles.quartiles("%.3f", ratios),
                format("%.3f", ratio),
                Quantiles.quartiles("%.3f", cpuRatios),
                format("%.0f", 100 * median(streams, Pass::denoiserShare)),
                format("%.0f", denoiser),
                format("%.0f", loop - denoiser),
                format("%.0f", loop / ratio - loop),
                turns.same() ? "yes" : "NO");
    }

    /** Turns of the loop and the stream, and whether all had the same bits. */
    private record Turns(List<Pass> loops, List<Pass> streams, boolean same) {
        static Turns of(Workload workload, int concurrency, int samples, int pairs) {
            List<Pass> loops = new ArrayList<>();
            List<Pass> streams = new ArrayList<>();
            boolean same = true;
            for (int i = -(pairs + 2) / 3; i < pairs; i++) {
                Pass loop = Pass.loop(workload, concurrency, samples);
                Pass stream = Pass.flux(workload, concurrency, samples);
                same &= Arrays.deepEquals(loop.values(), stream.values());
                if (i >= 0) {
                    loops.add(loop);
                    streams.add(stream);
                }
            }
            return new Turns(loops, streams, same);
        }
    }

    private static double median(List<Pass> passes, ToDoubleFunction<Pass> figure) {
        return Quantiles.median(passes.stream().mapToDouble(figure).toArray());
    }
}
