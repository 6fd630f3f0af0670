package io.scoreflux.solve.budget;

import io.scoreflux.internal.Kernels;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.noise.Purpose;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.state.Rows;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * A model of the denoiser around recorded paths, on which the error of a plan costs no call: {@code D(z; s) = D*(s) + c(s) (z - z*(s))}, where D*
 * and z* are on the path.
 *
 * <p>All methods are linear in the state and in the values of D, with the same coefficients for each component. So the end on the model is
 * {@code a z*(top) + sum_i w_i (D*_i - c_i z*_i)}. One solve with the state {@code (0, ..., 0, 1)} and the answers {@code e_i + c_i z} returns all w_i
 * and a.
 */
final class PathModel {
    private static final NormalStream NO_NOISE = new NoiseSource(0).normals(Purpose.STEP, 0);

    private final Problem problem;
    private final List<RecordedPath> paths;
    private final List<DoubleUnaryOperator> slopes;
    private final int dimension;

    /**
     * Creates a model.
     *
     * @param slopes the function c of ln s for each path
     */
    PathModel(Problem problem, List<RecordedPath> paths, List<DoubleUnaryOperator> slopes) {
        this.problem = problem;
        this.paths = paths;
        this.slopes = slopes;
        this.dimension = paths.get(0).dimension();
    }

    /** Returns the root mean square error of a plan over all paths, relative to the radius. */
    double error(PlacedBudget plan) {
        int calls = plan.calls();
        double[] tau = plan.sigma().stream().mapToDouble(StrictMath::log).toArray();
        PreparedSolver solver = plan.prepare(
                new Problem(calls + 1, problem.fromSigma(), problem.toSigma(), problem.radius()), Corrections.IGNORED);
        double[][] answers = new double[calls][dimension];
        double[][] states = new double[calls][dimension];
        double[] c = new double[calls];
        double sum = 0;
        for (int k = 0; k < paths.size(); k++) {
            for (int i = 0; i < calls; i++) {
                paths.get(k).at(tau[i], answers[i], states[i]);
            }
            for (int i = 0; i < calls; i++) {
                c[i] = slopes.get(k).applyAsDouble(tau[i]);
            }
            sum += squaredError(paths.get(k), response(solver, c), c, answers, states);
        }
        double error = Math.sqrt(sum * problem.dimension() / dimension / paths.size()) / problem.radius();
        return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }

    private double squaredError(RecordedPath path, double[] w, double[] c, double[][] answers, double[][] states) {
        double[] error = new double[dimension];
        path.end(error);
        double[] start = new double[dimension];
        path.start(start);
        Kernels.setScaled(error, 0, -1, error, 0, dimension);
        Kernels.addScaled(error, 0, w[c.length], start, 0, dimension);
        for (int i = 0; i < c.length; i++) {
            Kernels.addScaled(error, 0, w[i], answers[i], 0, dimension);
            Kernels.addScaled(error, 0, -w[i] * c[i], states[i], 0, dimension);
        }
        return Kernels.dot(error, 0, error, 0, dimension);
    }

    /** Returns the weights w_i and, as the last entry, a. */
    private double[] response(PreparedSolver solver, double[] c) {
        int calls = c.length;
        double[] unit = new double[calls + 1];
        unit[calls] = 1;
        SolverRun run = new SolverRun(0, unit, problem.fromSigma(), NO_NOISE, solver);
        run.target(problem.toSigma());
        Rows rows = new Rows(calls + 1, 1);
        double[] answer = new double[calls + 1];
        for (int i = 0; !run.done(); i++) {
            rows.clear();
            run.ask(rows);
            Kernels.setScaled(answer, 0, c[i], rows.values(), 0, calls + 1);
            answer[i]++;
            run.tell(rows, answer, 0);
        }
        return run.z();
    }
}
