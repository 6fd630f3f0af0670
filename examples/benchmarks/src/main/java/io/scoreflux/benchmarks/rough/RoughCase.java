package io.scoreflux.benchmarks.rough;

import io.scoreflux.benchmarks.GeneralIntegrator;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.files.targets.Inputs;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.targets.Targets;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.solve.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A rough denoiser with initial states and their exact ends.
 *
 * @param labelled whether row k has label k
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record RoughCase(
        String name, Denoiser denoiser, Problem problem, double[][] starts, double[][] ends, boolean labelled) {
    private static final long SEED = 77;
    /** The tolerance of exact ends. The general integrator follows a ripple, and it restarts at each jump. */
    private static final double EXACT = 1e-11;

    /** The unit of errors: the root mean square of the data, as a vector. */
    double unit() {
        double sum = 0;
        for (double[] end : ends) {
            for (double x : end) {
                sum += x * x / ends.length;
            }
        }
        return Math.sqrt(sum);
    }

    /** Reads a network: a target file, and files of initial states and of their ends, separated by colons. */
    static RoughCase network(String files) {
        String[] parts = files.split(":", -1);
        Target target = Targets.find(parts[0]);
        Denoiser denoiser = target.denoiser();
        Problem problem = new Problem(
                denoiser.dimension(),
                target.fromSigma(),
                target.toSigma(),
                target.radius().orElseThrow(),
                denoiser.rounding());
        return new RoughCase(
                Path.of(parts[0]).getFileName().toString().replaceFirst("\\.json$", ""),
                denoiser,
                problem,
                Inputs.rows(Path.of(parts[1])),
                Inputs.rows(Path.of(parts[2])),
                denoiser.classes() > 0);
    }

    /** Returns the synthetic cases, whose exact ends take some seconds. */
    static List<RoughCase> synthetic(int rows) {
        GaussianMixture mixture = RoughDenoisers.mixture();
        double radius = mixture.moments().orElseThrow().radius();
        List<RoughCase> cases = new ArrayList<>();
        for (double size : new double[] {1e-3, 3e-3}) {
            Problem problem = new Problem(mixture.dimension(), 150, 0.01, radius);
            cases.add(smooth("ripple " + size, RoughDenoisers.ripple(mixture, size, 1), mixture, problem, rows));
        }
        Problem problem = new Problem(mixture.dimension(), 40 * radius, 0.01 * radius, radius);
        cases.add(smooth("half precision", RoughDenoisers.half(mixture), mixture, problem, rows));
        for (int levels : new int[] {1000, 100}) {
            cases.add(levels(mixture, problem, levels, rows));
        }
        return cases;
    }

    private static RoughCase smooth(
            String name, Denoiser denoiser, GaussianMixture mixture, Problem problem, int rows) {
        double[][] starts = Experiment.starts(mixture, problem.fromSigma(), SEED, rows);
        double[][] ends = new double[rows][];
        for (int k = 0; k < rows; k++) {
            ends[k] = exact(denoiser, problem, starts[k]);
        }
        return new RoughCase(name, denoiser, problem, starts, ends, false);
    }

    private static RoughCase levels(GaussianMixture mixture, Problem problem, int levels, int rows) {
        double top = StrictMath.log(problem.fromSigma());
        double width = (top - StrictMath.log(problem.toSigma())) / levels;
        UnaryOperator<Double> rounded =
                sigma -> StrictMath.exp(top - width * Math.rint((top - StrictMath.log(sigma)) / width));
        double[][] starts = Experiment.starts(mixture, problem.fromSigma(), SEED, rows);
        double[][] ends = new double[rows][];
        for (int k = 0; k < rows; k++) {
            double[] z = starts[k];
            double from = problem.fromSigma();
            for (int i = 0; i <= levels; i++) {
                double level = StrictMath.exp(top - i * width);
                double to = Math.max(problem.toSigma(), StrictMath.exp(top - (i + 0.5) * width));
                Denoiser constant = Denoiser.rowwise(
                        mixture.dimension(), (x, sigma, out) -> RoughDenoisers.denoise(mixture, x, level, out));
                z = exact(constant, problem.between(from, to), z);
                from = to;
            }
            ends[k] = z;
        }
        return new RoughCase(levels + " levels", RoughDenoisers.levels(mixture, rounded), problem, starts, ends, false);
    }

    private static double[] exact(Denoiser denoiser, Problem problem, double[] start) {
        return GeneralIntegrator.DORMAND_PRINCE_853
                .run(denoiser, problem, start.clone(), null, EXACT)
                .end()
                .orElseThrow();
    }
}
