package io.scoreflux.solve;

import io.scoreflux.error.Failure;
import io.scoreflux.state.Condition;
import org.jspecify.annotations.Nullable;

/**
 * A read-only view of one sample during its solution, for stages and listeners. It shows the present values. In a stage of
 * the sampler they change. While the sample is in a group of trajectories, they change only when the group ends. In a custom stage they do not
 * change.
 *
 * <p>Not thread-safe: use it on the thread that receives it, or pass it to another thread with Reactor's operators.
 */
public interface Trajectory {

    /** Returns the index of the sample. */
    long index();

    /** Returns the condition of the sample, or null. */
    @Nullable
    Condition condition();

    /** Returns the canonical noise level of the state. */
    double sigma();

    /** Returns the number of components of the state. */
    int dimension();

    /**
     * Returns component {@code i} of the state at {@link #sigma()}, in the data's units. Unlike {@link #z()}, it copies nothing, which suits
     * filters.
     */
    double z(int i);

    /** Returns a copy of the state at {@link #sigma()}, in the data's units. */
    double[] z();

    /** Returns the number of denoiser evaluations so far. */
    long calls();

    /** Returns the number of rounds of evaluations so far. */
    long rounds();

    /** Returns the number of accepted steps so far. */
    int steps();

    /** Returns the number of rejected steps so far. */
    int rejectedSteps();

    /** Returns the residual of the last step, relative to the largest allowed residual, or NaN if the solver reports none. */
    double residual();

    /** Returns the degree of the last step's polynomial, or 0 before the first step. */
    int degree();

    /** Returns why the sample failed, or null. */
    @Nullable
    Failure failure();

    /** Returns the certificate with the present values. */
    Certificate certificate();
}
