package io.scoreflux.solve;

import io.scoreflux.error.Failure;
import io.scoreflux.state.Condition;
import org.jspecify.annotations.Nullable;

/**
 * A read-only view of one sample on its way through the noise range, for stages and listeners. It shows the present values: they change
 * while the sample is in one of the sampler's own stages, and not while it is in a user's stage.
 *
 * <p>Not thread-safe: use it on the thread that receives it, or pass it to another with Reactor's operators.
 */
public interface Trajectory {

    /** The index of the sample. */
    long index();

    /** The condition of the sample, or null. */
    @Nullable
    Condition condition();

    /** The canonical noise level of the state. */
    double sigma();

    /** Numbers in the state. */
    int dimension();

    /** Number {@code i} of the state at {@link #sigma()}, in the data's units. It copies nothing: use it in filters. */
    double z(int i);

    /** A copy of the state at {@link #sigma()}, in the data's units. */
    double[] z();

    /** Denoiser evaluations so far. */
    long calls();

    /** Rounds of evaluations so far. */
    long rounds();

    /** Accepted steps so far. */
    int steps();

    /** Rejected steps so far. */
    int rejectedSteps();

    /** The residual of the last step, relative to the largest that is allowed; NaN if the solver observes none. */
    double residual();

    /** The degree of the last step's polynomial; 0 before the first step. */
    int degree();

    /** Why the sample failed, or null. */
    @Nullable
    Failure failure();

    /** The certificate as it stands. */
    Certificate certificate();
}
