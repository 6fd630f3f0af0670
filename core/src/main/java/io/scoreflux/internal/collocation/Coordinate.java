package io.scoreflux.internal.collocation;

/** A coordinate u of the noise range: an increasing function of ln sigma in which D is close to a polynomial. */
public interface Coordinate {
    /** Returns u at a noise level, up to a constant. */
    double atSigma(double sigma);

    /** Returns the number of changes of the coordinate so far. */
    int version();

    /** Returns du/dtau at a noise level, with tau = ln sigma. */
    double slope(double sigma);
}
