package io.scoreflux.solve;

import io.scoreflux.error.Failure;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.util.List;
import java.util.function.DoubleToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * One sample with the machine that solves it, for code that drives the machine: the engine, or a plain loop.
 *
 * <pre>{@code
 * SolverRun run = new SolverRun(0, z, problem.fromSigma(), noise, solver.prepare(problem));
 * run.target(problem.toSigma());
 * while (!run.done()) {
 *     rows.clear();
 *     run.ask(rows);
 *     denoiser.denoise(rows, answers);
 *     run.tell(rows, answers, 0);
 * }
 * Certificate certificate = run.certificate();
 * }</pre>
 *
 * <p>Not thread-safe: any thread may drive it, but only one at a time.
 */
public final class SolverRun implements Trajectory {
    private final SolverState state;
    private final @Nullable Condition condition;
    private final DoubleToIntFunction evaluations;
    private long calls;
    private @Nullable Machine machine;

    /** Creates a run without a condition, for a denoiser that needs one evaluation for each row. */
    public SolverRun(long index, double[] z, double sigma, NormalStream noise, PreparedSolver solver) {
        this(index, null, level -> 1, z, sigma, noise, solver);
    }

    /**
     * Creates a run at its initial state.
     *
     * @param index the index of the sample
     * @param condition the condition of the sample, which is passed to the denoiser with each row, or null
     * @param evaluations returns the number of denoiser evaluations for one row at a noise level, at least 1
     * @param z the initial state; owned by the run from now on
     * @param sigma the noise level of the initial state
     * @param noise the random numbers of this sample's steps
     * @param solver creates the machine
     */
    public SolverRun(
            long index,
            @Nullable Condition condition,
            DoubleToIntFunction evaluations,
            double[] z,
            double sigma,
            NormalStream noise,
            PreparedSolver solver) {
        this.state = new SolverState(index, z, sigma, noise);
        this.condition = condition;
        this.evaluations = evaluations;
        this.machine = solver.start(state);
    }

    /** Sets the noise level at which the machine stops exactly. */
    public void target(double target) {
        machine().target(target);
    }

    /** Returns whether the target level has been reached or the sample has failed. */
    public boolean done() {
        Machine now = machine;
        return state.failure() != null || now == null || now.done();
    }

    /** Appends the rows of the next round and returns their number. */
    public int ask(Rows append) {
        int first = append.count();
        int rows = machine().ask(append);
        append.condition(first, condition);
        state.statistics.queries += rows;
        state.statistics.rounds++;
        for (int row = first; row < append.count(); row++) {
            calls += evaluations.applyAsInt(append.sigma(row));
        }
        return rows;
    }

    /** Passes the denoiser's values for the last round to the machine. */
    public void tell(Rows asked, double[] answers, int firstRow) {
        machine().tell(asked, answers, firstRow);
    }

    /** Passes values of which some are not finite to the machine. Returns false if the machine cannot use them. */
    public boolean tellNonFinite(Rows asked, double[] answers, int firstRow) {
        return machine().tellNonFinite(asked, answers, firstRow);
    }

    /** Fails the sample. If it has already failed, the first failure is kept. */
    public void fail(Failure why) {
        state.fail(why);
    }

    /**
     * Releases the machine and its memory. The state and the certificate remain available.
     *
     * @return false if the machine has already been released
     */
    public boolean retire() {
        boolean had = machine != null;
        machine = null;
        return had;
    }

    /** Returns the points of the trace from the initial state on. The list is empty unless the solver is a {@link TracedSolver}. */
    public List<TracePoint> trace() {
        return state.trace();
    }

    /** Returns the integrals of the divergence over the whole range, or null unless the solver is an {@link Inversion} that computes them. */
    public @Nullable DivergenceIntegrals divergenceIntegrals() {
        return state.divergenceIntegrals();
    }

    SolverState state() {
        return state;
    }

    /** Counts rounds of one row each, which a group has asked for. */
    void asked(double[] levels, int count) {
        state.statistics.queries += count;
        state.statistics.rounds += count;
        for (int i = 0; i < count; i++) {
            calls += evaluations.applyAsInt(levels[i]);
        }
    }

    @Override
    public long index() {
        return state.index();
    }

    @Override
    public @Nullable Condition condition() {
        return condition;
    }

    @Override
    public double sigma() {
        return state.sigma();
    }

    @Override
    public int dimension() {
        return state.z().length;
    }

    @Override
    public double z(int i) {
        return state.z()[i];
    }

    @Override
    public double[] z() {
        return state.z().clone();
    }

    @Override
    public long calls() {
        return calls;
    }

    @Override
    public long rounds() {
        return state.statistics.rounds;
    }

    @Override
    public int steps() {
        return state.statistics.steps;
    }

    @Override
    public int rejectedSteps() {
        return state.statistics.rejectedSteps;
    }

    @Override
    public double residual() {
        return state.statistics.residual;
    }

    @Override
    public int degree() {
        return state.statistics.degree;
    }

    @Override
    public @Nullable Failure failure() {
        return state.failure();
    }

    @Override
    public Certificate certificate() {
        return state.statistics.certificate(calls(), failure());
    }

    Machine machine() {
        Machine now = machine;
        if (now == null) {
            throw new IllegalStateException("trajectory " + state.index() + " is retired");
        }
        return now;
    }
}
