package io.scoreflux.internal.collocation;

import io.scoreflux.internal.Require;

/**
 * The coordinate u in which D along a trajectory is close to a polynomial. It varies like ln sigma at noise levels where the data have
 * structure, and is nearly constant elsewhere.
 *
 * <p>{@code du/dtau = s^2 / (s^2 + a^2) b / (s + b)} with tau = ln s. Far above the radius of the data, D is a power series in 1/s, and so
 * is u if b is about the radius. Below the noise floor of the data around the trajectory, D is a power series in s^2, and so is u if a is
 * about that floor. The length in u of the noise range from infinity to 0 is then at most ln(b / a). The coordinate is strictly increasing
 * for any a and b, so a poor choice costs steps but not accuracy.
 */
public final class NoiseCoordinate implements Coordinate {
    private final double b;
    private double a;
    private int version;
    private double ofLogs;
    private double ofAngle;

    /** Creates a coordinate with b = {@code radius}, positive, and a = 0. */
    public NoiseCoordinate(double radius) {
        this.b = Require.positive("radius", radius);
        floor(0);
    }

    /** Sets a; at least 0. */
    public void floor(double newA) {
        version += newA == a ? 0 : 1;
        a = newA;
        double scale = b / (a * a + b * b);
        ofLogs = scale * b / 2;
        ofAngle = scale * a;
    }

    /** Returns u at ln sigma = {@code tau}, up to a constant that depends on a. */
    public double at(double tau) {
        return atSigma(StrictMath.exp(tau));
    }

    @Override
    public double atSigma(double s) {
        // ln(s^2 + a^2) - 2 ln(s + b) and atan(s / a), in a form without cancellation far above a and b.
        if (a == 0) {
            return -2 * ofLogs * StrictMath.log1p(b / s);
        }
        double ratio = a / s;
        return ofLogs * (StrictMath.log1p(ratio * ratio) - 2 * StrictMath.log1p(b / s))
                - ofAngle * StrictMath.atan(ratio);
    }

    @Override
    public int version() {
        return version;
    }

    @Override
    public double slope(double s) {
        double ratio = a / s;
        return b / ((1 + ratio * ratio) * (s + b));
    }
}
