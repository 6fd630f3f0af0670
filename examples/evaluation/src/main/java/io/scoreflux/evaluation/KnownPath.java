package io.scoreflux.evaluation;

import io.scoreflux.error.SampleFailedException;
import io.scoreflux.internal.collocation.Nodes;
import io.scoreflux.model.Denoiser;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import org.jspecify.annotations.Nullable;

/**
 * D along one accurate trajectory, at any noise level of its range.
 *
 * <p>The range is divided into cells of equal length in ln sigma. Sliding-window collocation at tolerance 1e-13 computes the trajectory,
 * and D is evaluated at {@value #NODES} Chebyshev-Lobatto nodes of each cell. Between the nodes, the polynomial through these values gives
 * D. A cell is about a sixth of a unit of ln sigma, so that the polynomial is accurate to about 1e-13.
 */
final class KnownPath {
    private static final int NODES = 12;
    private static final double CELLS_PER_UNIT = 6;
    private static final int LEAST_CELLS = 12;
    private static final int MOST_CELLS = 120;

    private static final Nodes LOBATTO = Nodes.chebyshevLobatto(NODES - 1);
    /** The solver is deterministic. */
    private static final NormalStream NO_NOISE = (out, at, n) -> {
        throw new IllegalStateException("sliding-window collocation draws no noise");
    };

    private final int dimension;
    private final int cells;
    /** The values of D by cell, node and coordinate. */
    private final double[] values;

    private KnownPath(int dimension, int cells, double[] values) {
        this.dimension = dimension;
        this.cells = cells;
        this.values = values;
    }

    /**
     * Follows one trajectory.
     *
     * @param condition the condition of its rows, or null
     * @param start the initial state at the largest noise level, which may be modified
     * @throws IllegalStateException if the trajectory fails
     */
    static KnownPath of(Denoiser denoiser, @Nullable Condition condition, Problem problem, double[] start) {
        double top = StrictMath.log(problem.fromSigma());
        double length = top - StrictMath.log(problem.toSigma());
        int cells = (int) Math.max(LEAST_CELLS, Math.min(MOST_CELLS, Math.round(CELLS_PER_UNIT * length)));
        PreparedSolver solver = new Sliding(Reference.TOLERANCE).prepare(problem);
        SolverRun run = new SolverRun(0, start, problem.fromSigma(), NO_NOISE, solver);
        Rows path = new Rows(problem.dimension(), cells * NODES);
        Rows asked = new Rows(problem.dimension(), 1);
        double[] answers = new double[problem.dimension()];
        for (int cell = 0; cell < cells; cell++) {
            for (int node = 0; node < NODES; node++) {
                double below = (cell + LOBATTO.node(node)) / cells * length;
                double sigma = Math.max(problem.toSigma(), Math.min(run.sigma(), StrictMath.exp(top - below)));
                run.target(sigma);
                while (!run.done()) {
                    asked.clear();
                    run.ask(asked);
                    asked.condition(0, condition);
                    denoiser.denoise(asked, answers);
                    run.tell(asked, answers, 0);
                }
                if (run.failure() != null) {
                    throw new SampleFailedException(run.index(), run.failure());
                }
                path.append(run.z(), 0, sigma);
                path.condition(path.count() - 1, condition);
            }
        }
        double[] values = new double[path.count() * problem.dimension()];
        denoiser.denoise(path, values);
        return new KnownPath(problem.dimension(), cells, values);
    }

    /** The number of cells. */
    int cells() {
        return cells;
    }

    /** The number of coordinates. */
    int dimension() {
        return dimension;
    }

    /**
     * Writes D.
     *
     * @param at the position: 0 at the largest noise level, {@link #cells()} at the smallest, linear in ln sigma
     * @param out receives D from index {@code first} on
     */
    void read(double at, double[] out, int first) {
        int cell = Math.min(cells - 1, (int) at);
        double[] basis = new double[NODES];
        LOBATTO.basis(at - cell, basis);
        for (int i = 0; i < dimension; i++) {
            double sum = 0;
            for (int node = 0; node < NODES; node++) {
                sum += basis[node] * values[(cell * NODES + node) * dimension + i];
            }
            out[first + i] = sum;
        }
    }
}
