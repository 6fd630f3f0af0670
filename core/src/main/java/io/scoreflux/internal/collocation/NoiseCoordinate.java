package io.scoreflux.internal.collocation;

import io.scoreflux.internal.Require;

/**
 * The coordinate in which D along a trajectory is close to a polynomial: it is ln sigma where the data has structure, and
 * stands nearly still where it has none.
 *
 * <p>{@code du/dtau = s^2 / (s^2 + a^2) b / (s + b)} with tau = ln s: far above the data's radius D is a power series in 1/s,
 * and so is u when b is about the radius; below the noise floor of the data around the trajectory D is a power series in s^2, and
 * so is u when a is about that floor. The noise range from infinity to 0 is then no longer than ln(b / a). Strictly increasing for
 * any a and b, so that a wrong guess costs steps and not accuracy.
 */
public final class NoiseCoordinate {
    private final double b;
    private double a;
    private double ofLogs;
    private double ofAngle;

    /** With b = {@code radius}, positive, and a = 0. */
    public NoiseCoordinate(double radius) {
        this.b = Require.positive("radius", radius);
        floor(0);
    }

    /** Sets a, not negative. */
    public void floor(double newA) {
        a = newA;
        double scale = b / (a * a + b * b);
        ofLogs = scale * b / 2;
        ofAngle = scale * a;
    }

    /** u at ln sigma = {@code tau}, up to a constant that depends on a. */
    public double at(double tau) {
        double s = StrictMath.exp(tau);
        // ln(s^2 + a^2) - 2 ln(s + b) and atan(s / a), in the form that does not cancel far above a and b.
        double ratio = a / s;
        return ofLogs * (StrictMath.log1p(ratio * ratio) - 2 * StrictMath.log1p(b / s))
                - ofAngle * StrictMath.atan(ratio);
    }
}
