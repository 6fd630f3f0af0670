package io.scoreflux.benchmarks.rejection;

import io.scoreflux.benchmarks.Figures;
import io.scoreflux.benchmarks.rejection.TransitionDistribution.Mode;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.Covariance;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.model.Moments;
import io.scoreflux.reject.ClippingBound;
import io.scoreflux.reject.Fors;
import io.scoreflux.reject.Slopes;
import io.scoreflux.reject.StepRule;
import io.scoreflux.solve.Problem;
import io.scoreflux.state.Rows;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * Prints the tables of {@code docs/rejection.md}. The arguments are the directory of the known problems and some of law, bound, tolerances, rare,
 * slopes, dimensions, and errors.
 */
public final class RejectionBenchmarks {
    private static final double FROM = 20;
    private static final double TO = 0.05;
    private static final int PILOT = 300;
    private static final StepRule PER_CHAIN = new StepRule.PerChain();
    /** The columns of the table {@code law}. */
    private static final String[] LAW = {"steps by", "steps", "calls", "TV", "sum of steps", "bound", "overflow"};
    /** The columns of the table {@code bound}. */
    private static final String[] BOUND = {"A", "B", "TV", "bound / sum of steps", "bound / TV"};

    private RejectionBenchmarks() {}

    /** Prints the requested tables, or all. */
    public static void main(String[] args) {
        Path problems = Path.of(args[0]);
        List<String> chosen = args.length == 1 || args[1].equals("all")
                ? List.of("law", "bound", "tolerances", "rare", "slopes", "dimensions", "errors")
                : List.of(args).subList(1, args.length);
        for (String name : chosen) {
            List<String> lines = switch (name) {
                case "law" -> law();
                case "bound" -> bound();
                case "tolerances" -> ToleranceTable.lines(problems);
                case "rare" -> RareModeTable.lines();
                case "slopes" -> slopes();
                case "dimensions" -> dimensions();
                case "errors" -> errors();
                default ->
                    throw new InvalidArgumentException(
                            "table",
                            "must be law, bound, tolerances, rare, slopes, dimensions or errors",
                            "'" + name + "'");
            };
            System.out.println(name);
            lines.forEach(System.out::println);
            System.out.println();
        }
    }

    /** Returns the columns of tables that are the same on the page. */
    static Map<String, List<String>> columns() {
        return Map.of("law", List.of(LAW), "bound", List.of(BOUND), "rare", RareModeTable.columns());
    }

    private static List<String> law() {
        TextTable table = new TextTable(1, LAW);
        for (Mode mode : new Mode[] {Mode.PLAIN, Mode.JACOBIAN}) {
            for (double share : new double[] {2e-3, 5e-4, 1e-4, 1e-5}) {
                String name = (mode == Mode.PLAIN ? "A = 0" : "exact Jacobian") + ", a bound of "
                        + Violation.text(share) + " for each step";
                lawRow(table, name, mode, 0.5, TransitionDistribution.levels(mode, 0.5, share, FROM, TO));
            }
        }
        for (int gain : new int[] {3, 8, 21}) {
            lawRow(
                    table,
                    "ancestral, G = " + gain,
                    Mode.UNCORRECTED,
                    0.5,
                    TransitionDistribution.levels(gain, FROM, TO));
        }
        double[] coarse = TransitionDistribution.levels(3, FROM, TO);
        lawRow(table, "the initial distribution alone", Mode.UNCLIPPED, 0.7, new double[] {FROM});
        lawRow(table, "G = 3, without clipping", Mode.UNCLIPPED, 0.7, coarse);
        lawRow(table, "G = 3, B = 0.7, A = 0", Mode.PLAIN, 0.7, coarse);
        lawRow(table, "the same, rejecting draws with a clipped weight: biased", Mode.DISCARDING, 0.7, coarse);
        lawRow(table, "the same, replacing such a step by two of half the length: biased", Mode.ADAPTING, 0.7, coarse);
        lawRow(table, "G = 3, B = 0.7, exact Jacobian", Mode.JACOBIAN, 0.7, coarse);
        lawRow(table, "the same, with the opposite sign of A in the weight: wrong", Mode.WRONG_SIGN, 0.7, coarse);
        return table.lines();
    }

    private static void lawRow(TextTable table, String name, Mode mode, double bound, double[] sigma) {
        TransitionDistribution.Outcome law = TransitionDistribution.of(mode, bound, sigma);
        // The bound holds for correct steps only, and other sums of steps are not those of clipping.
        boolean correct = mode == Mode.PLAIN || mode == Mode.JACOBIAN;
        table.row(
                name,
                Integer.toString(sigma.length - 1),
                Figures.format("%.1f", law.calls()),
                Figures.format("%.1e", law.error()),
                correct ? Figures.format("%.1e", law.distances()) : "",
                correct ? Figures.format("%.1e", law.clipping()) : "",
                mode.clips() ? Figures.format("%.1e", law.overflow()) : "");
    }

    /** 32 schedules on shorter ranges, in which the error of the initial distribution is small compared with that of clipping. */
    private static List<String> bound() {
        TextTable table = new TextTable(2, BOUND);
        for (Mode mode : new Mode[] {Mode.PLAIN, Mode.JACOBIAN}) {
            for (double bound : new double[] {0.3, 0.5, 1, 2}) {
                List<TransitionDistribution.Outcome> laws = DoubleStream.of(1, 2, 4, 8)
                        .mapToObj(gain ->
                                TransitionDistribution.of(mode, bound, TransitionDistribution.levels(gain, FROM, 0.1)))
                        .toList();
                table.row(
                        mode == Mode.PLAIN ? "0" : "exact Jacobian",
                        Double.toString(bound),
                        range(laws, law -> law.error(), "%.1e"),
                        range(laws, law -> law.clipping() / law.distances(), "%.1f"),
                        range(laws, law -> law.clipping() / law.error(), "%.0f"));
            }
        }
        return table.lines();
    }

    private static String range(
            List<TransitionDistribution.Outcome> laws,
            ToDoubleFunction<TransitionDistribution.Outcome> value,
            String format) {
        DoubleSummaryStatistics values = laws.stream().mapToDouble(value).summaryStatistics();
        return Figures.format(format, values.getMin()) + " to " + Figures.format(format, values.getMax());
    }

    static GaussianMixture ring() {
        GaussianMixture.Builder ring = GaussianMixture.builder(2);
        for (int k = 0; k < 8; k++) {
            ring.component(1, new double[] {Math.cos(k * Math.PI / 4), Math.sin(k * Math.PI / 4)}, 0.1);
        }
        return ring.build();
    }

    /** The ring in the first two of d coordinates. */
    private static Denoiser embedded(int dimension) {
        GaussianMixture ring = ring();
        return Denoiser.rowwise(dimension, (z, sigma, out) -> {
            var rows = new Rows(2, 1);
            rows.append(z, 0, sigma);
            double[] plane = new double[2];
            ring.denoise(rows, plane);
            Arrays.fill(out, 0);
            out[0] = plane[0];
            out[1] = plane[1];
        });
    }

    private static Moments embeddedMoments(int dimension) {
        double[] std = new double[dimension];
        Arrays.fill(std, 1e-9);
        std[0] = Math.sqrt(0.51);
        std[1] = std[0];
        return new Moments(new double[dimension], Covariance.diagonal(std));
    }

    private static TextTable runs(String first) {
        return new TextTable(
                1,
                first,
                "tolerance",
                "samples",
                "calls",
                "+-",
                "steps",
                "acceptance",
                "overflow",
                "bound",
                "+-",
                "modes' variance - 1");
    }

    private static void run(TextTable table, String name, Denoiser denoiser, Moments moments, Fors fors, int samples) {
        Problem problem = new Problem(denoiser.dimension(), 10, 0.01, moments.radius());
        ChainRun run = new ChainRun(denoiser, moments, problem, 1);
        double calls = 0;
        double squares = 0;
        double steps = 0;
        double variance = 0;
        ClippingBound clipping = new ClippingBound();
        Fors placed = fors.needsPilot()
                ? fors.placed(fors.place(problem, new ChainRun(denoiser, moments, problem, 2)))
                : fors;
        for (var chain : run.run(placed.prepare(problem), samples)) {
            calls += chain.calls();
            squares += (double) chain.calls() * chain.calls();
            steps += chain.steps();
            variance += fromCentre(chain.z());
            clipping.add(chain.certificate());
        }
        double mean = calls / samples;
        table.row(
                name,
                String.format(Locale.ROOT, "%s", fors.tolerance()),
                Integer.toString(samples),
                Figures.format("%.1f", mean),
                Figures.format("%.1f", Math.sqrt((squares / samples - mean * mean) / samples)),
                Figures.format("%.1f", steps / samples),
                Figures.format("%.3f", clipping.acceptance()),
                Figures.format("%.1e", clipping.overflow()),
                Figures.format("%.1e", clipping.mean()),
                Figures.format("%.1e", clipping.standardError()),
                Figures.format("%+.4f", variance / (2 * samples) / 0.0101 - 1));
    }

    private static double fromCentre(double[] z) {
        double least = Double.MAX_VALUE;
        for (int k = 0; k < 8; k++) {
            double dx = z[0] - Math.cos(k * Math.PI / 4);
            double dy = z[1] - Math.sin(k * Math.PI / 4);
            least = Math.min(least, dx * dx + dy * dy);
        }
        return least;
    }

    private static List<String> slopes() {
        TextTable table = runs("ring in 2 dimensions");
        Moments moments = ring().moments().orElseThrow();
        for (double tolerance : new double[] {0.1, 0.01}) {
            int samples = tolerance == 0.1 ? 2_000 : 1_000;
            run(table, "A = 0", ring(), moments, new Fors(tolerance, 0.5, Slopes.none(), PER_CHAIN), samples / 2);
            run(table, "scalar", ring(), moments, new Fors(tolerance, 0.5, Slopes.scalar(), PER_CHAIN), samples / 2);
            run(
                    table,
                    "low rank",
                    ring(),
                    moments,
                    new Fors(tolerance, 0.5, Slopes.lowRank(6), PER_CHAIN),
                    samples / 2);
            run(table, "scalar and low rank", ring(), moments, new Fors(tolerance), samples);
            run(
                    table,
                    "the same, pilot of 300",
                    ring(),
                    moments,
                    new Fors(tolerance, 0.5, Slopes.secants(6), new StepRule.Pilot(PILOT)),
                    samples / 2);
        }
        run(table, "scalar and low rank", ring(), moments, new Fors(1e-3), 500);
        run(table, "scalar and low rank", ring(), moments, new Fors(1e-4), 500);
        return table.lines();
    }

    private static List<String> dimensions() {
        TextTable table = runs("ring");
        for (int dimension : new int[] {2, 64, 512}) {
            Denoiser denoiser = embedded(dimension);
            Moments moments = embeddedMoments(dimension);
            int samples = dimension == 512 ? 100 : 200;
            run(
                    table,
                    "A = 0, d = " + dimension,
                    denoiser,
                    moments,
                    new Fors(0.1, 0.5, Slopes.none(), PER_CHAIN),
                    samples);
            run(
                    table,
                    "low rank, d = " + dimension,
                    denoiser,
                    moments,
                    new Fors(0.1, 0.5, Slopes.lowRank(6), PER_CHAIN),
                    samples);
            run(
                    table,
                    "scalar, d = " + dimension,
                    denoiser,
                    moments,
                    new Fors(0.1, 0.5, Slopes.scalar(), PER_CHAIN),
                    samples / 2);
            run(table, "scalar and low rank, d = " + dimension, denoiser, moments, new Fors(0.1), samples);
        }
        return table.lines();
    }

    private static List<String> errors() {
        TextTable table = runs("ring, denoiser wrong by");
        Moments moments = ring().moments().orElseThrow();
        GaussianMixture ring = ring();
        Fors fors = new Fors(0.1, 0.5, Slopes.none(), new StepRule.FixedGain(10));
        for (double size : new double[] {0, 0.01, 0.03, 0.1, 0.3}) {
            Denoiser wrong = Denoiser.rowwise(2, (z, sigma, out) -> {
                var rows = new Rows(2, 1);
                rows.append(z, 0, sigma);
                ring.denoise(rows, out);
                out[0] += size * sigma * Math.sin(2 * z[1]);
                out[1] += size * sigma * Math.cos(3 * z[0]);
            });
            run(table, size + " sigma", wrong, moments, fors, 2_000);
        }
        return table.lines();
    }
}
