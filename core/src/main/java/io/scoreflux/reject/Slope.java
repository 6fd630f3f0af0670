package io.scoreflux.reject;

import io.scoreflux.internal.reject.RejectionException;

/**
 * An estimate of the denoiser's Jacobian {@code J = dD/dz} at the current state of a chain, from the past of the chain only. It is a
 * symmetric matrix with few separate eigenvalues, {@code shared I + sum_i (value_i - shared) u_i u_i'} with orthonormal u_i.
 *
 * <p>A step is exact with any estimate. The better the estimate, the fewer steps are needed. Not thread-safe.
 */
interface Slope {
    /**
     * The largest eigenvalue that secants may have. Those of a denoiser grow from 0 to 1 where the data fill the space, and above 1 between
     * modes.
     */
    double LARGEST = 4;

    /**
     * Takes the state at which the next step starts, and the value of the denoiser there.
     *
     * @throws RejectionException if the Jacobian there is not finite or not symmetric
     */
    void at(double[] z, double sigma, double[] answer);

    /** Takes a point at which the step that has ended evaluated the denoiser, and its value there. Call it before {@link #at}. */
    void point(double[] z, double[] answers, int at);

    /** Returns the eigenvalue of all directions without a separate one, not negative. */
    double shared();

    /** Returns the number of directions with separate eigenvalues. */
    int rank();

    /** Returns eigenvalue i, not negative. */
    double value(int i);

    /** Returns the u_i, row-major. */
    double[] vectors();
}
