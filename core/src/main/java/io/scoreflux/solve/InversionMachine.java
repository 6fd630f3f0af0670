package io.scoreflux.solve;

import io.scoreflux.error.Failure;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Kernels;
import io.scoreflux.state.Rows;
import java.util.Arrays;

/** The machine of an inversion: it runs the machine of a solver in the dual form, and translates its queries and the denoiser's values. */
final class InversionMachine implements Machine {
    private final SolverState trajectory;
    private final SolverRun dual;
    /** The state of {@link #dual}. */
    private final SolverState seen;

    private final Inversion inversion;
    private final Inversion.Divergence divergence;
    private final int dimension;
    private final int components;
    private final double radius;
    private final double weight;
    private final double rounded;
    private final double[] probes;
    private final double[] row;
    private final Rows questions;
    private double[] answers;
    private double target;

    /**
     * Returns the memory of the arrays that grow with the dimension, without those of the solver.
     *
     * @param rows the solver's rows in one round
     */
    static long bytes(int dimension, Inversion.Divergence divergence, int rows) {
        long width = (long) dimension + divergence.components();
        return Double.BYTES * ((divergence.probes() + 1L) * dimension + (1 + 2L * rows) * width);
    }

    InversionMachine(
            SolverState trajectory, Inversion inversion, PreparedSolver solver, Inversion.Divergence divergence) {
        this.trajectory = trajectory;
        this.inversion = inversion;
        this.divergence = divergence;
        this.dimension = trajectory.z().length;
        this.components = divergence.components();
        this.radius = inversion.problem().radius();
        this.weight = components == 0 ? 0 : inversion.weight();
        this.rounded = inversion.rounded(trajectory.z());
        this.target = trajectory.sigma();
        this.probes = new double[divergence.probes() * dimension];
        for (int i = 0; i < probes.length; i++) {
            probes[i] = trajectory.noise().uniform() < 0.5 ? -1 : 1;
        }
        this.row = new double[dimension + (divergence.exact() ? 1 : 0)];
        this.questions = new Rows(dimension + components, 1);
        this.answers = new double[dimension + components];
        double[] y = new double[dimension + components];
        Kernels.setScaled(y, 0, radius / target, trajectory.z(), 0, dimension);
        this.dual = new SolverRun(trajectory.index(), y, inversion.dual(target), trajectory.noise(), solver);
        this.seen = dual.state();
    }

    @Override
    public void target(double sigma) {
        target = sigma;
        dual.target(inversion.dual(sigma));
        follow();
    }

    @Override
    public boolean done() {
        return trajectory.sigma() >= target;
    }

    @Override
    public int ask(Rows append) {
        questions.clear();
        int asked = dual.ask(questions);
        for (int k = 0; k < asked; k++) {
            double s = inversion.primal(questions.sigma(k));
            double ofY = s / radius;
            int at = questions.offset(k);
            Kernels.setScaled(row, 0, ofY, questions.values(), at, dimension);
            append.append(row, 0, s);
            double h = inversion.differenceStep(s);
            for (int p = 0; p < probes.length; p += dimension) {
                for (int side = 1; side >= -1; side -= 2) {
                    for (int i = 0; i < dimension; i++) {
                        row[i] = ofY * questions.values()[at + i] + side * h * probes[p + i];
                    }
                    append.append(row, 0, s);
                }
            }
        }
        return asked * divergence.rows();
    }

    @Override
    public void tell(Rows asked, double[] told, int firstRow) {
        toDual(asked, told, firstRow);
        dual.tell(questions, answers, 0);
        follow();
    }

    @Override
    public boolean tellNonFinite(Rows asked, double[] told, int firstRow) {
        toDual(asked, told, firstRow);
        boolean continues = dual.tellNonFinite(questions, answers, 0);
        if (continues) {
            follow();
        }
        return continues;
    }

    /** Computes the answers of the dual form from those of the denoiser. */
    private void toDual(Rows asked, double[] told, int firstRow) {
        int count = questions.count();
        int width = dimension + components;
        if (answers.length < count * width) {
            answers = Arrays.copyOf(answers, count * width);
        }
        int stride = asked.dimension();
        for (int k = 0; k < count; k++) {
            double level = questions.sigma(k);
            double s = inversion.primal(level);
            int from = (firstRow + k * divergence.rows()) * stride;
            int at = questions.offset(k);
            double ofNoise = radius / s;
            double scale = inversion.integralScale(level);
            double share = (radius / scale) * (radius / scale);
            for (int i = 0; i < dimension; i++) {
                answers[at + i] = questions.values()[at + i] - ofNoise * told[from + i];
            }
            if (divergence.exact()) {
                answers[at + dimension] = share * questions.values()[at + dimension]
                        + weight * scale * (told[from + dimension] - inversion.usualDivergence(s));
            }
            double h = inversion.differenceStep(s);
            for (int p = 0; p < divergence.probes(); p++) {
                int up = from + (1 + 2 * p) * stride;
                double product = Kernels.dot(probes, p * dimension, told, up, dimension)
                        - Kernels.dot(probes, p * dimension, told, up + stride, dimension);
                answers[at + dimension + p] = share * questions.values()[at + dimension + p]
                        + weight * scale * (product / (2 * h) - inversion.usualDivergence(s));
            }
        }
    }

    /** Transfers the progress of the dual run to the trajectory. */
    private void follow() {
        SolverStatistics statistics = seen.statistics;
        while (trajectory.statistics.rejectedSteps < statistics.rejectedSteps) {
            trajectory.stepRejected();
        }
        while (trajectory.statistics.steps < statistics.steps) {
            trajectory.stepAccepted(statistics.degree);
        }
        trajectory.residual(statistics.residual);
        Failure failure = seen.failure();
        if (failure != null) {
            String place = "encoding above sigma " + Violation.text(trajectory.sigma())
                    + ", in the dual form, whose levels are inverse: " + failure.place();
            trajectory.fail(
                    new Failure(failure.kind(), trajectory.sigma(), place, failure.violation(), failure.cause()));
            return;
        }
        if (!dual.done() || done()) {
            return;
        }
        double s = target;
        Kernels.setScaled(trajectory.z(), 0, s / radius, seen.z(), 0, dimension);
        trajectory.reached(s);
        if (s == inversion.problem().fromSigma()) {
            trajectory.estimateLike(seen, rounded, inversion.tolerance());
            if (components > 0) {
                double[] integrals = new double[components];
                Arrays.fill(integrals, inversion.usualIntegral());
                double scale = weight * inversion.integralScale(seen.sigma());
                Kernels.addScaled(integrals, 0, 1 / scale, seen.z(), dimension, components);
                trajectory.divergenceIntegrals(new DivergenceIntegrals(integrals));
            }
        }
    }
}
