package io.scoreflux.benchmarks.network;

import ai.onnxruntime.OrtException;
import com.sun.management.OperatingSystemMXBean;
import io.scoreflux.Request;
import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.benchmarks.Figures;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.evaluation.Outcome;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.RowsPerCall;
import io.scoreflux.model.onnx.OnnxDenoiser;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.budget.Budget;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.state.Condition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import reactor.core.publisher.Flux;

/**
 * Samples per second of processor time at equal true error, against a loop in Python. The sides take turns, on one thread each, with the number of
 * rows in a call that is fastest for them.
 */
final class SpeedTable {
    private static final List<Double> ERRORS = List.of(1e-3, 2.7e-4, 1e-4);
    private static final int KNOWN = 64;
    private static final int SAMPLES = 128;
    private static final int ROUNDS = 5;
    private static final int MOST_CALLS = 100;
    /** For single calls, because the time of the process has a resolution of 10 ms. */
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final OnnxDenoiser network;
    private final double[][] ends;
    private final int width;

    private SpeedTable(OnnxDenoiser network, double[][] ends) {
        this.network = network;
        this.ends = ends;
        this.width = Math.min(
                SAMPLES / 2,
                RowsPerCall.measure(network, 1, null, THREADS::getCurrentThreadCpuTime)
                        .fastest());
    }

    /** A sampler that reaches an error. */
    private record Way(String name, String setting, Sampler sampler) {}

    static List<String> table(Path examples) {
        return table(examples, ERRORS);
    }

    static List<String> table(Path examples, List<Double> errors) {
        List<String> lines = new ArrayList<>();
        double[][] ends;
        try (DigitRuns runs = new DigitRuns(examples, KNOWN)) {
            ends = runs.run(new Sliding(ErrorTable.REFERENCE)).ends();
        }
        try (OnnxDenoiser network = Digits.builder(examples).open();
                PythonLoop python = new PythonLoop(
                        System.getProperty("python", "python3"),
                        examples,
                        Experiment.starts(network, Digits.FROM_SIGMA, 0, KNOWN),
                        ends)) {
            SpeedTable table = new SpeedTable(network, ends);
            for (double error : errors) {
                lines.addAll(table.compare(examples, python, error));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (OrtException e) {
            throw new IllegalStateException("the bare session failed", e);
        }
        return lines;
    }

    private List<String> compare(Path examples, PythonLoop python, double error) throws OrtException {
        PythonLoop.Setting other = python.solve(error);
        List<Way> ways = List.of(sliding(error), budget(error));
        double[][] seconds = new double[ways.size()][ROUNDS];
        double[] theirs = new double[ROUNDS];
        double[] bare = new double[ROUNDS];
        List<List<Sample>> samples = new ArrayList<>();
        try (BareSession session = new BareSession(Digits.network(examples), Throughput.rows(width))) {
            for (int round = 0; round < ROUNDS; round++) {
                theirs[round] = python.seconds(SAMPLES);
                bare[round] = secondsPerRow(session);
                samples.clear();
                for (int i = 0; i < ways.size(); i++) {
                    long start = SYSTEM.getProcessCpuTime();
                    samples.add(run(ways.get(i).sampler(), SAMPLES));
                    seconds[i][round] = (SYSTEM.getProcessCpuTime() - start) / 1e9;
                }
            }
        }
        TextTable table = new TextTable(
                2,
                Figures.format("%.1e", error),
                "setting",
                "error",
                "calls",
                "rows",
                "us a call",
                "bare session",
                "samples/s",
                "over Python");
        table.row(
                "onnxruntime " + other.version(),
                "dpmpp-3m",
                Figures.format("%.1e", other.error()),
                Integer.toString(other.calls()),
                Integer.toString(other.width()),
                Figures.format("%.0f", 1e6 * median(theirs) / SAMPLES / other.calls()),
                "",
                Figures.format("%.1f", SAMPLES / median(theirs)),
                "1");
        for (int i = 0; i < ways.size(); i++) {
            double calls = samples.get(i).stream()
                    .mapToLong(sample -> sample.certificate().calls())
                    .average()
                    .orElseThrow();
            double each = median(seconds[i]);
            double[] ratios = new double[ROUNDS];
            double[] shares = new double[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                ratios[round] = theirs[round] / seconds[i][round];
                shares[round] = bare[round] * calls * SAMPLES / seconds[i][round];
            }
            table.row(
                    ways.get(i).name(),
                    ways.get(i).setting(),
                    Figures.format("%.1e", error(samples.get(i))),
                    Figures.format("%.1f", calls),
                    Integer.toString(width),
                    Figures.format("%.0f", 1e6 * each / SAMPLES / calls),
                    Figures.format("%.0f %%", 100 * median(shares)),
                    Figures.format("%.1f", SAMPLES / each),
                    Figures.format("%.2f", median(ratios)));
        }
        List<String> lines = new ArrayList<>(table.lines());
        lines.add(
                "calls of budget mode's pilot: " + ways.get(1).sampler().plan().pilotCalls());
        lines.add("");
        return lines;
    }

    private Way sliding(double error) {
        double tolerance = 6 * error;
        Sampler sampler = sampler(new Sliding(tolerance));
        while (error(run(sampler, KNOWN)) > error) {
            tolerance *= 0.9;
            sampler = sampler(new Sliding(tolerance));
        }
        return new Way("sliding", Figures.format("%.1e", tolerance), sampler);
    }

    private Way budget(double error) {
        int tooFew = 4;
        int enough = MOST_CALLS;
        Sampler found = sampler(new Budget(enough));
        while (enough - tooFew > 1) {
            int calls = (tooFew + enough) / 2;
            Sampler sampler = sampler(new Budget(calls));
            if (error(run(sampler, KNOWN)) <= error) {
                enough = calls;
                found = sampler;
            } else {
                tooFew = calls;
            }
        }
        return new Way("budget", Integer.toString(enough), found);
    }

    private Sampler sampler(Solver solver) {
        Sampler sampler = Sampler.builder(network)
                .noiseRange(Digits.FROM_SIGMA, Digits.TO_SIGMA)
                .radius(Digits.RADIUS)
                .solver(solver)
                .stages(1)
                .concurrency(width)
                .build();
        sampler.prepare().block();
        return sampler;
    }

    private static List<Sample> run(Sampler sampler, int count) {
        return Objects.requireNonNull(sampler.samples(Flux.range(0, count)
                        .map(k -> Request.of(0, k).withCondition(new Condition(k % KNOWN % Digits.CLASSES))))
                .collectList()
                .block());
    }

    /** The root mean square error per pixel of the known samples. */
    private double error(List<Sample> samples) {
        List<Outcome> outcomes = samples.stream()
                .filter(sample -> sample.index() < KNOWN)
                .map(sample -> Outcome.of(sample, Digits.RADIUS))
                .toList();
        return DigitRuns.measure("", 0, outcomes, ends).rmsError();
    }

    /** The median of calls of the bare session. */
    private double secondsPerRow(BareSession session) throws OrtException {
        double[] seconds = new double[Math.max(5, 512 / width)];
        for (int i = 0; i < seconds.length; i++) {
            long start = THREADS.getCurrentThreadCpuTime();
            session.run();
            seconds[i] = (THREADS.getCurrentThreadCpuTime() - start) / 1e9 / width;
        }
        return median(seconds);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
