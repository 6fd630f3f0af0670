package io.scoreflux.benchmarks.rejection;

import org.hipparchus.analysis.integration.gauss.GaussIntegrator;
import org.hipparchus.analysis.integration.gauss.GaussIntegratorFactory;

/**
 * The law of rejection sampling's reverse process for {@link Line}, by deterministic quadrature, clipping included; also its expected
 * calls, and the expected clipping bound. It shares no code with the sampler.
 *
 * <p>A density on a uniform grid goes through one step after the other. Given y, the accepted draw has the density
 * {@code q(x) exp(g(x)) / Z} with g(x) the mean of the clipped weight over r (Gauss and Legendre) and z (trapezoidal rule, which converges
 * exponentially on a Gaussian, as it does over x and y).
 */
final class TransitionDistribution {
    private static final GaussIntegrator ANGLES = new GaussIntegratorFactory().legendre(12, 0, 1);
    private static final double SIDE_STEP = 0.8;
    private static final int SIDE = 8;
    /** Grid steps in units of the proposal's deviation: the rule's error is exp(-2 pi^2 / step^2) for a smooth transition. */
    private static final double GRID = 0.5;

    private static final double REACH = 6.5;

    /** How a step is drawn. */
    enum Mode {
        /** As it should be, A = 0. */
        PLAIN,
        /** As it should be, with the exact Jacobian. */
        JACOBIAN,
        /** Without clipping: the exact law, as a check of the quadrature. */
        UNCLIPPED,
        /** Without any correction: ancestral sampling. */
        UNCORRECTED,
        /** Wrong: an accepted draw is thrown away and drawn again if one of its weights was clipped. */
        DISCARDING,
        /** Wrong: after an accepted draw with a clipped weight the step is planned anew, as two of half its length, and drawn again. */
        ADAPTING,
        /** Wrong: A with the opposite sign in the weight. */
        WRONG_SIGN;

        boolean hasJacobian() {
            return this == JACOBIAN || this == WRONG_SIGN;
        }
    }

    private final Mode mode;
    private final double bound;
    private double top;
    private double[] grid = new double[0];
    private double[] density = new double[0];
    private double calls;
    private double clipping;
    private double overflow;
    private double weights;

    private TransitionDistribution(Mode mode, double bound) {
        this.mode = mode;
        this.bound = bound;
    }

    /**
     * What comes out.
     *
     * @param error total variation distance from the exact law at the last level
     * @param calls expected denoiser calls of a sample
     * @param clipping the expected clipping bound
     * @param overflow the expected share of weights that are clipped
     */
    record Outcome(double error, double calls, double clipping, double overflow) {}

    /** The law at the end of given levels, from the Gaussian of the data's moments at the first. */
    static Outcome of(Mode mode, double bound, double[] sigma) {
        TransitionDistribution law = new TransitionDistribution(mode, bound);
        law.start(sigma[0] * sigma[0]);
        for (int i = 1; i < sigma.length; i++) {
            law.step(sigma[i] * sigma[i]);
        }
        return new Outcome(law.error(), law.calls, law.clipping, law.weights == 0 ? 0 : law.overflow / law.weights);
    }

    /** Levels of equal shares 1 / (gain + 1). */
    static double[] levels(double gain, double from, double to) {
        int steps = (int) Math.ceil(Math.log(to / from) / (0.5 * Math.log(gain / (gain + 1))) - 1e-6);
        double[] sigma = new double[steps + 1];
        for (int i = 0; i < steps; i++) {
            sigma[i] = from * Math.pow(gain / (gain + 1), 0.5 * i);
        }
        sigma[steps] = to;
        return sigma;
    }

    private void start(double v) {
        top = v;
        grid = grid(v, 0.1 * Math.sqrt(v));
        density = new double[grid.length];
        double variance = Line.VARIANCE + v;
        for (int i = 0; i < grid.length; i++) {
            double offset = grid[i] - Line.MEAN;
            density[i] = Math.exp(-offset * offset / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);
        }
    }

    private static double[] grid(double v, double step) {
        double reach = REACH + 0.5;
        double from = -1 - reach * Math.sqrt(0.09 + v);
        double to = 1.2 + reach * Math.sqrt(0.16 + v);
        double[] grid = new double[(int) Math.ceil((to - from) / step) + 1];
        for (int i = 0; i < grid.length; i++) {
            grid[i] = from + i * step;
        }
        return grid;
    }

    private double error() {
        double h = grid[1] - grid[0];
        double sum = 0;
        for (int i = 0; i < grid.length; i++) {
            sum += Math.abs(density[i] - Line.density(grid[i], top));
        }
        return 0.5 * h * sum;
    }

    /** The density at y: its ratio to the exact one, which is smooth, by the parabola through the nearest points. */
    private double densityAt(double y) {
        double h = grid[1] - grid[0];
        int i = (int) Math.max(1, Math.min(grid.length - 2, Math.round((y - grid[0]) / h)));
        double t = (y - grid[i]) / h;
        if (Math.abs(t) > 1) {
            return 0;
        }
        double ratio = 0.5 * t * (t - 1) * ratio(i - 1) + (1 - t * t) * ratio(i) + 0.5 * t * (t + 1) * ratio(i + 1);
        return ratio * Line.density(y, top);
    }

    private double ratio(int i) {
        return density[i] / Line.density(grid[i], top);
    }

    private void step(double v) {
        double eps = 1 - v / top;
        double h = GRID * Math.sqrt(top * eps * (1 - eps));
        double[] from = grid(top, h);
        double[] to = grid(v, h);
        double[] next = new double[to.length];
        double[] again = new double[from.length];
        for (int i = 0; i < from.length; i++) {
            double mass = h * densityAt(from[i]);
            if (mass > 1e-13) {
                again[i] = mass / h * new Transition(from[i], v, eps).spread(mass, to, next);
            }
        }
        if (mode == Mode.ADAPTING) {
            addInHalves(from, again, v, to, next);
        }
        grid = to;
        density = next;
        top = v;
    }

    /** The states whose draw was thrown away go the same way in two steps, as they should be. */
    private void addInHalves(double[] from, double[] again, double v, double[] to, double[] next) {
        TransitionDistribution halves = new TransitionDistribution(Mode.PLAIN, bound);
        halves.top = top;
        halves.grid = from;
        halves.density = again;
        halves.step(Math.sqrt(top * v));
        halves.step(v);
        for (int i = 0; i < to.length; i++) {
            next[i] += halves.densityAt(to[i]);
        }
        calls += halves.calls;
        clipping += halves.clipping;
        overflow += halves.overflow;
        weights += halves.weights;
    }

    /** One step from one state. */
    private final class Transition {
        private final double v;
        private final double mean;
        private final double denoised;
        private final double curvature;
        private final double deviation;
        /** Of the last proposal: the mean clipped weight, the same with -B for what is clipped, the means of what lies above B and below -B, and of overflow. */
        private double g;

        private double clean;

        private double above;
        private double below;
        private double over;

        Transition(double y, double v, double eps) {
            this.v = v;
            this.denoised = Line.denoised(y, top);
            this.mean = y + eps * (denoised - y);
            double j = mode.hasJacobian() ? Line.slope(y, top) : 0;
            this.deviation = Math.sqrt(top * eps * (1 - eps + eps * j));
            double a = j / (1 - eps + eps * j);
            this.curvature = mode == Mode.WRONG_SIGN ? -a : a;
        }

        /** Adds the accepted draw's law; the share of draws that are thrown away instead. */
        double spread(double mass, double[] to, double[] next) {
            double h = to[1] - to[0];
            int first = (int) Math.max(0, Math.ceil((mean - REACH * deviation - to[0]) / h));
            int last = (int) Math.min(to.length - 1, Math.floor((mean + REACH * deviation - to[0]) / h));
            double[] density = new double[last - first + 1];
            double total = 0;
            double kept = 0;
            double ofWeights = 0;
            double ofExcess = 0;
            double ofProducts = 0;
            double ofOver = 0;
            double accepted = 0;
            for (int i = first; i <= last; i++) {
                double xi = (to[i] - mean) / deviation;
                double q = h * Math.exp(-0.5 * xi * xi) / Math.sqrt(2 * Math.PI) / deviation;
                weigh(to[i]);
                density[i - first] = q * Math.exp(mode == Mode.ADAPTING ? clean : g);
                total += q * Math.exp(g);
                kept += density[i - first];
                double t = bound - g;
                double tossed = q * 2 * bound * (t < 1e-12 ? 1 : -Math.expm1(-t) / t);
                ofWeights += tossed;
                ofExcess += tossed * (above + below);
                ofProducts += q * (Math.expm1(above) - above);
                ofOver += tossed * over;
                accepted += q * Math.exp(g - bound);
            }
            for (int i = first; i <= last; i++) {
                next[i] += mass * density[i - first] / total / h;
            }
            boolean tosses = mode != Mode.UNCORRECTED && mode != Mode.UNCLIPPED;
            calls += mass * (1 + (tosses ? ofWeights / accepted : 0));
            weights += mass * ofWeights / accepted;
            overflow += mass * ofOver / accepted;
            clipping += mass * (ofExcess / (2 * bound) + ofProducts) / accepted;
            return 1 - kept / total;
        }

        private void weigh(double x) {
            g = 0;
            clean = 0;
            above = 0;
            below = 0;
            over = 0;
            if (mode == Mode.UNCORRECTED) {
                return;
            }
            for (int a = 0; a < ANGLES.getNumberOfPoints(); a++) {
                double angle = Math.PI / 2 * ANGLES.getPoint(a);
                double sine = Math.sin(angle);
                double cosine = Math.cos(angle);
                for (int b = -SIDE; b <= SIDE; b++) {
                    double zeta = SIDE_STEP * b;
                    double weight =
                            ANGLES.getWeight(a) * SIDE_STEP * Math.exp(-0.5 * zeta * zeta) / Math.sqrt(2 * Math.PI);
                    double offset = sine * (x - mean) + cosine * deviation * zeta;
                    double tangent = Math.PI / 2 * (cosine * (x - mean) - sine * deviation * zeta);
                    double w = tangent * (Line.denoised(mean + offset, v) - denoised - curvature * offset) / v;
                    add(weight, w);
                }
            }
        }

        private void add(double weight, double w) {
            double beyond = Math.abs(w) - bound;
            if (mode == Mode.UNCLIPPED) {
                g += weight * w;
            } else if (beyond <= 0) {
                g += weight * w;
                clean += weight * w;
            } else {
                // A clipped weight that is thrown away counts as one that is never kept: B + w = 0.
                clean -= weight * bound;
                g += weight * (mode == Mode.DISCARDING ? -bound : Math.copySign(bound, w));
                above += w > 0 ? weight * beyond : 0;
                below += w < 0 ? weight * beyond : 0;
                over += weight;
            }
        }
    }
}
