package io.scoreflux.internal.collocation;

/**
 * Weights of values of D at given nodes in integrals of the probability flow, {@code int_0^h e^{-(h - t)} P(v(t)) dt}, where P is the polynomial
 * through the values, t is the distance from the top of the interval in ln sigma, and v is the coordinate u with a chosen origin and unit.
 * Not thread-safe.
 */
public final class LagrangeQuadrature {
    private final NoiseCoordinate coordinate;
    private final FlowQuadrature quadrature = new FlowQuadrature(new FlowQuadrature.Workspace());
    private double origin;
    private double unit = 1;

    /** Creates a quadrature in a coordinate, which may change between uses. */
    public LagrangeQuadrature(NoiseCoordinate coordinate) {
        this.coordinate = coordinate;
    }

    /** Sets v = 0 at {@code tau0} and v = 1 at {@code tau1}, which is less than {@code tau0}. */
    public void between(double tau0, double tau1) {
        origin = coordinate.at(tau0);
        unit = origin - coordinate.at(tau1);
    }

    /** Returns v at a level. */
    public double v(double tau) {
        return (origin - coordinate.at(tau)) / unit;
    }

    /**
     * Writes the weights of the values at the {@code n} nodes from {@code v[first]} on, for the interval of length {@code h} below {@code top}.
     */
    public void weights(double top, double h, double[] v, int first, int n, double[] weights) {
        double sigma = StrictMath.exp(top);
        quadrature.interval(sigma, h);
        quadrature.coordinate(coordinate);
        quadrature.weights((origin - coordinate.atSigma(sigma)) / unit, unit, v, first, n, weights);
    }
}
