package io.scoreflux.reject;

import io.scoreflux.internal.reject.RejectionException;

/**
 * A chain's estimate of the denoiser's Jacobian {@code J = dD/dz} at its present state, from the past alone: a symmetric matrix with
 * few eigenvalues of its own, {@code shared I + sum_i (value_i - shared) u_i u_i'} with orthonormal u_i.
 *
 * <p>Whatever the estimate, the step that uses it is exact; the better it is, the fewer steps are needed. Not thread-safe.
 */
interface Slope {
    /** The largest eigenvalue that secants are believed; a denoiser's grow from 0 to 1 where the data are full, and beyond 1 between modes. */
    double LARGEST = 4;

    /**
     * The state at which the next step starts, and the denoiser's answer to it.
     *
     * @throws RejectionException if what is found there is no Jacobian
     */
    void at(double[] z, double sigma, double[] answer);

    /** A question of the step that has ended, and its answer, before {@link #at} is told where the next one starts. */
    void point(double[] z, double[] answers, int at);

    /** The eigenvalue of all directions without one of their own, not negative. */
    double shared();

    /** Directions with an eigenvalue of their own. */
    int rank();

    /** Eigenvalue i, not negative. */
    double value(int i);

    /** The u_i, row-major. */
    double[] vectors();
}
