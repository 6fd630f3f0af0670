package io.scoreflux.internal.stream;

import io.scoreflux.error.Failure;
import io.scoreflux.solve.Certificate;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Condition;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An element of the stream between stages: a run with the data that the engine needs. Users see it as a {@link Trajectory}, which has no
 * access to the run.
 */
final class TrackedTrajectory implements Trajectory {
    final SolverRun run;
    /** The source of the run, which the subscriber receives again. */
    final OrderedRun source;
    /** The place in the order of delivery. */
    final long place;
    /** The operator at the end of its stream. */
    final RailOperator end;
    /** The deadline, on the clock of the subscription. */
    long due;

    private final AtomicInteger reached = new AtomicInteger(-1);
    private volatile boolean counted;

    TrackedTrajectory(OrderedRun source, RailOperator end) {
        this.run = source.run();
        this.source = source;
        this.place = source.place();
        this.end = end;
    }

    /** Counts the trajectory as ended; false if it is already counted. Must be called by one thread at a time. */
    boolean count() {
        boolean first = !counted;
        counted = true;
        return first;
    }

    /** Reverses {@link #count()}; false if the trajectory is not counted. Must be called by one thread at a time. */
    boolean uncount() {
        boolean was = counted;
        counted = false;
        return was;
    }

    /** Returns whether the trajectory is counted as ended. Thread-safe. */
    boolean isCounted() {
        return counted;
    }

    /** Returns the index of the last stage that the trajectory has entered, -1 before the first. Thread-safe. */
    int reached() {
        return reached.get();
    }

    /** Marks that the trajectory enters a stage; false if it has entered that stage or a later one before. */
    boolean enter(int stage) {
        return reached.getAndAccumulate(stage, Math::max) < stage;
    }

    @Override
    public long index() {
        return run.index();
    }

    @Override
    public @Nullable Condition condition() {
        return run.condition();
    }

    @Override
    public double sigma() {
        return run.sigma();
    }

    @Override
    public int dimension() {
        return run.dimension();
    }

    @Override
    public double z(int i) {
        return run.z(i);
    }

    @Override
    public double[] z() {
        return run.z();
    }

    @Override
    public long calls() {
        return run.calls();
    }

    @Override
    public long rounds() {
        return run.rounds();
    }

    @Override
    public int steps() {
        return run.steps();
    }

    @Override
    public int rejectedSteps() {
        return run.rejectedSteps();
    }

    @Override
    public double residual() {
        return run.residual();
    }

    @Override
    public int degree() {
        return run.degree();
    }

    @Override
    public @Nullable Failure failure() {
        return run.failure();
    }

    @Override
    public Certificate certificate() {
        return run.certificate();
    }
}
