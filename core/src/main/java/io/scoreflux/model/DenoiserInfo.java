package io.scoreflux.model;

import java.util.Optional;

/** What is known of a denoiser before it is called. */
public interface DenoiserInfo {

    /** Numbers in a row, at least 1. */
    int dimension();

    /** Mean and covariance of the data, where they are known: they give the radius and a better start. */
    default Optional<Moments> moments() {
        return Optional.empty();
    }

    /** The largest canonical noise level that it can be asked for; by default there is none. */
    default double maxSigma() {
        return Double.POSITIVE_INFINITY;
    }
}
