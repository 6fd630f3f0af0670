package io.scoreflux.benchmarks;

import io.scoreflux.evaluation.Experiment;
import io.scoreflux.files.targets.Inputs;
import io.scoreflux.model.Denoiser;
import io.scoreflux.solve.Problem;
import java.nio.file.Path;
import java.util.Arrays;

/** The problems of {@code examples/problems}, whose exact end states are known to about 1e-13. */
public enum KnownProblem {
    RING8("ring8-2d", 20, 0.005, 1),
    GRID25("grid25-2d", 20, 0.01, 2),
    SPHERE10("sphere10-64d", 80, 0.02, 5),
    UNEVEN3("uneven3-1d", 20, 0.002, 1.2);

    private static final int MAX_ROWS = 4096;

    private final String label;
    private final double fromSigma;
    private final double toSigma;
    private final double radius;

    KnownProblem(String label, double fromSigma, double toSigma, double radius) {
        this.label = label;
        this.fromSigma = fromSigma;
        this.toSigma = toSigma;
        this.radius = radius;
    }

    /** The name of its files. */
    public String label() {
        return label;
    }

    /** The unit of true errors. */
    public double radius() {
        return radius;
    }

    /** The first {@code rows} initial states. The unit of the solvers' tolerances is the radius of the target. */
    public Experiment experiment(Path directory, int rows) {
        Denoiser denoiser =
                Inputs.denoiser(directory.resolve(label + ".target.json").toString());
        double own = denoiser.moments().orElseThrow().radius();
        Problem problem = new Problem(denoiser.dimension(), fromSigma, toSigma, own);
        return new Experiment(
                denoiser, problem, rows(directory, "initial", rows), builder -> builder.maxRows(MAX_ROWS));
    }

    /** The exact end states of the first {@code rows} initial states. */
    public double[][] reference(Path directory, int rows) {
        return rows(directory, "reference", rows);
    }

    private double[][] rows(Path directory, String what, int rows) {
        double[][] all = Inputs.rows(directory.resolve(label + "." + what + ".csv"));
        return Arrays.copyOf(all, Math.min(rows, all.length));
    }
}
