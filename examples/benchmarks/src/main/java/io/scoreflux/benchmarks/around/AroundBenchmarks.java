package io.scoreflux.benchmarks.around;

import io.scoreflux.Encoded;
import io.scoreflux.Likelihood;
import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.model.Observation;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.solve.sliding.Sliding;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import reactor.core.publisher.Flux;

/** Prints errors and calls of encoding and decoding, of log-densities, and of observations of a mixture. */
public final class AroundBenchmarks {
    private static final double FINEST = 1e-12;
    private static final int PROBES = 16;

    private AroundBenchmarks() {}

    /** Runs for about a minute. */
    public static void main(String[] args) {
        print(40, 4_000, System.out);
    }

    /**
     * Measures and prints.
     *
     * @param states number of states of each mixture
     * @param samples number of samples given an observation
     */
    static void print(int states, int samples, PrintStream out) {
        out.println("Sliding, from 20 radii to a tenth of the smallest width and back: rms errors");
        TextTable around = new TextTable(
                1, "target", "tolerance", "calls up", "calls down", "end / s_max", "its estimate", "back / R");
        TextTable densities = new TextTable(
                1, "target", "tolerance", "radii", "calls", "worst error", PROBES + " probes", "in its se", "calls");
        TextTable fixed = new TextTable(1, "target", "solver", "calls", "end / s_max");
        for (KnownMixture mixture : KnownMixture.all()) {
            double[][] data = values(sampler(mixture, 20, new Sliding(FINEST)).samples(0, states));
            double[][] exact = values(sampler(mixture, 20, new Sliding(FINEST)).encode(data));
            for (int exponent = 4; exponent <= 8; exponent++) {
                double tolerance = StrictMath.pow(10, -exponent);
                Solver solver = new Sliding(tolerance);
                around.row(thereAndBack(mixture, solver, data, exact, "1e-" + exponent));
                for (int radii : new int[] {20, 200}) {
                    densities.row(densities(mixture, solver, radii, data, "1e-" + exponent));
                }
            }
            for (FixedStep solver : List.of(
                    new FixedStep(Scheme.HEUN, 80),
                    new FixedStep(Scheme.UNIPC, 40),
                    new FixedStep(Scheme.DPMPP_3M, 40))) {
                double[][] ends = values(sampler(mixture, 20, solver).encode(data));
                double error = apart(ends, exact) / (20 * radius(mixture));
                fixed.row(mixture.name(), solver.name(), "" + solver.calls(), number("%.1e", error));
            }
        }
        around.lines().forEach(out::println);
        out.println();
        out.println("Fixed steps up: rms errors");
        fixed.lines().forEach(out::println);
        out.println();
        out.println("ln p against the density: exact divergence; probes");
        densities.lines().forEach(out::println);
        out.println();
        out.println("Two modes of width 0.3 at -(a, a) and (a, a), the second number seen as 0.4 with noise 0.3: the"
                + " first");
        observations(samples).lines().forEach(out::println);
    }

    private static String[] thereAndBack(
            KnownMixture mixture, Solver solver, double[][] data, double[][] exact, String tolerance) {
        Sampler sampler = sampler(mixture, 20, solver);
        List<Sample> up = all(sampler.encode(data));
        double[][] ends = up.stream().map(Sample::values).toArray(double[][]::new);
        List<Sample> back = all(sampler.decode(ends));
        double estimate = Math.sqrt(up.stream()
                .mapToDouble(sample -> sample.certificate().error().orElseThrow())
                .map(error -> error * error)
                .average()
                .orElseThrow());
        return new String[] {
            mixture.name(),
            tolerance,
            number("%.1f", calls(up)),
            number("%.1f", calls(back)),
            number("%.1e", apart(ends, exact) / (20 * radius(mixture))),
            number("%.1e", estimate),
            number("%.1e", apart(back.stream().map(Sample::values).toArray(double[][]::new), data) / radius(mixture))
        };
    }

    private static String[] densities(
            KnownMixture mixture, Solver solver, int radii, double[][] data, String tolerance) {
        Sampler sampler = sampler(mixture, radii, solver);
        List<Encoded> exact = all(sampler.likelihood(data, Likelihood.exact()));
        List<Encoded> probed = all(sampler.likelihood(data, Likelihood.probes(PROBES)));
        double worst = 0;
        double worstProbed = 0;
        double scores = 0;
        for (int k = 0; k < data.length; k++) {
            double known = mixture.logDensity(floor(mixture), data[k]);
            worst = Math.max(worst, Math.abs(exact.get(k).logDensity() - known));
            double off = Math.abs(probed.get(k).logDensity() - exact.get(k).logDensity());
            worstProbed = Math.max(worstProbed, off);
            scores = Math.max(scores, off / probed.get(k).standardError().orElseThrow());
        }
        boolean noSpread = mixture.components().size() == 1;
        return new String[] {
            mixture.name(),
            tolerance,
            "" + radii,
            number("%.1f", calls(exact.stream().map(Encoded::sample).toList())),
            number("%.1e", worst),
            number("%.1e", worstProbed),
            noSpread ? "" : number("%.1f", scores),
            number("%.0f", calls(probed.stream().map(Encoded::sample).toList()))
        };
    }

    private static TextTable observations(int samples) {
        TextTable table = new TextTable(1, "a", "mean", "exact", "std", "exact");
        for (double a : new double[] {0.3, 0.6, 1}) {
            GaussianMixture target = GaussianMixture.builder(2)
                    .component(0.5, new double[] {-a, -a}, 0.3)
                    .component(0.5, new double[] {a, a}, 0.3)
                    .build();
            Denoiser observed =
                    Observation.pixels(new int[] {1}, new double[] {0.4}, 0.3).of(target);
            double[][] found = values(Sampler.builder(observed)
                    .noiseRange(20, 1e-3)
                    .solver(new Sliding(1e-4))
                    .build()
                    .samples(0, samples));
            double mean = 0;
            double square = 0;
            for (double[] row : found) {
                mean += row[0] / samples;
                square += row[0] * row[0] / samples;
            }
            // The second number has variance 0.3^2 around a mode, and 0.3^2 of noise.
            double upper = 1 / (1 + StrictMath.exp(-2 * a * 0.4 / 0.18));
            double exact = a * (2 * upper - 1);
            table.row(
                    number("%.1f", a),
                    number("%.3f", mean),
                    number("%.3f", exact),
                    number("%.3f", Math.sqrt(square - mean * mean)),
                    number("%.3f", Math.sqrt(0.09 + a * a - exact * exact)));
        }
        return table;
    }

    private static Sampler sampler(KnownMixture mixture, int radii, Solver solver) {
        SamplerBuilder builder = Sampler.builder(mixture.denoiser());
        return builder.noiseRange(radii * radius(mixture), floor(mixture))
                .solver(solver)
                .build();
    }

    private static double radius(KnownMixture mixture) {
        return mixture.denoiser().moments().orElseThrow().radius();
    }

    private static double floor(KnownMixture mixture) {
        return mixture.denoiser().smallestStd() / 10;
    }

    private static <T> List<T> all(Flux<T> flux) {
        return Objects.requireNonNull(flux.collectList().block());
    }

    private static double[][] values(Flux<Sample> samples) {
        return all(samples.map(Sample::values)).toArray(new double[0][]);
    }

    private static double calls(List<Sample> samples) {
        return samples.stream()
                .mapToLong(sample -> sample.certificate().calls())
                .average()
                .orElseThrow();
    }

    private static double apart(double[][] a, double[][] b) {
        double sum = 0;
        for (int k = 0; k < a.length; k++) {
            for (int i = 0; i < a[k].length; i++) {
                sum += (a[k][i] - b[k][i]) * (a[k][i] - b[k][i]);
            }
        }
        return Math.sqrt(sum / a.length);
    }

    private static String number(String pattern, double value) {
        return String.format(Locale.ROOT, pattern, value);
    }
}
