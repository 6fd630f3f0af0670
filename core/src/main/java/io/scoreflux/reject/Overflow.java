package io.scoreflux.reject;

/**
 * The mean overflow of a normal weight: E(|W| - B)+ for W with mean 0 and standard deviation tau. With u = B / tau, the normal density phi
 * and distribution function Phi it is {@code 2 tau (phi(u) - u Phi(-u))}.
 *
 * <p>The error functions of Commons Numbers use {@code Math}, whose last bits may differ between machines. The steps of a pilot depend on this
 * mean, so it uses {@code StrictMath} only.
 */
final class Overflow {
    private static final double DENSITY_AT_ZERO = 1 / Math.sqrt(2 * Math.PI);
    /** The u above which the mean is below 1e-300. */
    private static final double NEVER = 37;
    /** The u above which the continued fraction converges faster than the series. */
    private static final double TAIL = 2;

    private Overflow() {}

    /**
     * Returns the mean overflow.
     *
     * @param deviation tau, not negative
     * @param bound B, positive
     */
    static double mean(double deviation, double bound) {
        double u = bound / deviation;
        if (!(u <= NEVER)) {
            return 0;
        }
        double density = DENSITY_AT_ZERO * StrictMath.exp(-0.5 * u * u);
        return 2 * deviation * (u > TAIL ? density * tail(u) : density - u * (0.5 - density * series(u)));
    }

    /** Returns {@code 1 - u Phi(-u) / phi(u)} for large u, without cancellation. */
    private static double tail(double u) {
        // Phi(-u) / phi(u) = 1 / (u + r) with r = 1 / (u + 2 / (u + 3 / (u + ...))), which converges to rounding in
        // this many terms.
        double r = 0;
        for (int k = (int) (10 + 500 / (u * u)); k >= 1; k--) {
            r = k / (u + r);
        }
        return r / (u + r);
    }

    /** Returns {@code (Phi(u) - 1/2) / phi(u) = u + u^3 / 3 + u^5 / (3 5) + ...}. */
    private static double series(double u) {
        double sum = u;
        double term = u;
        for (int k = 3; term > Math.ulp(sum); k += 2) {
            term *= u * u / k;
            sum += term;
        }
        return sum;
    }
}
