package io.scoreflux.benchmarks.rejection;

import java.util.ArrayList;
import java.util.List;
import org.hipparchus.analysis.integration.gauss.GaussIntegrator;
import org.hipparchus.analysis.integration.gauss.GaussIntegratorFactory;

/**
 * The distribution of the reverse process of rejection sampling for {@link Line}, with clipping, its expected calls, and the expected
 * clipping bound, all by deterministic quadrature. It shares no code with the sampler.
 *
 * <p>The steps transform a density on a uniform grid. Given y, the accepted draw has the density {@code q(x) exp(g(x)) / Z}, where g(x) is
 * the mean of the clipped weight over r (Gauss-Legendre quadrature) and z (trapezoidal rule). The trapezoidal rule converges exponentially
 * for a Gaussian, also over x and y.
 */
final class TransitionDistribution {
    private static final GaussIntegrator ANGLES = new GaussIntegratorFactory().legendre(12, 0, 1);
    private static final double SIDE_STEP = 0.8;
    private static final int SIDE = 8;
    private static final double[] SINES = new double[ANGLES.getNumberOfPoints()];
    private static final double[] COSINES = new double[ANGLES.getNumberOfPoints()];
    /** The weights of the trapezoidal rule over z, at {@code SIDE_STEP (i - SIDE)}. */
    private static final double[] SIDES = new double[2 * SIDE + 1];

    static {
        for (int a = 0; a < SINES.length; a++) {
            double angle = Math.PI / 2 * ANGLES.getPoint(a);
            SINES[a] = Math.sin(angle);
            COSINES[a] = Math.cos(angle);
        }
        for (int i = 0; i < SIDES.length; i++) {
            double zeta = SIDE_STEP * (i - SIDE);
            SIDES[i] = SIDE_STEP * Math.exp(-0.5 * zeta * zeta) / Math.sqrt(2 * Math.PI);
        }
    }

    /**
     * The grid step in units of the proposal's standard deviation. The error of the rule is exp(-2 pi^2 / step^2) for a smooth transition.
     */
    private static final double GRID = 0.5;

    private static final double REACH = 6.5;
    private static final double LONGEST = 0.9;
    private static final double SHORTER = 0.85;

    /** The variants of a step. */
    enum Mode {
        /** The correct step with A = 0. */
        PLAIN,
        /** The correct step with the exact Jacobian. */
        JACOBIAN,
        /** A step without clipping, which gives the exact distribution, as a check of the quadrature. */
        UNCLIPPED,
        /** A step without correction, as in ancestral sampling. */
        UNCORRECTED,
        /** An incorrect step: if a weight of an accepted draw was clipped, the draw is discarded and repeated. */
        DISCARDING,
        /** An incorrect step: if a weight of an accepted draw was clipped, two steps of half the length replace the step. */
        ADAPTING,
        /** An incorrect step: A has the opposite sign in the weight. */
        WRONG_SIGN;

        /** Returns whether weights are clipped. */
        boolean clips() {
            return this != UNCLIPPED && this != UNCORRECTED;
        }

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
    private double distances;
    private double overflow;
    private double weights;

    private TransitionDistribution(Mode mode, double bound) {
        this.mode = mode;
        this.bound = bound;
    }

    /**
     * The results.
     *
     * @param error total variation distance from the exact distribution at the last level
     * @param calls expected denoiser calls per sample
     * @param clipping the expected clipping bound
     * @param distances the sum of the expected total variation distances of the steps, given the states at which they start. No bound that
     *     adds up steps can be lower
     * @param overflow the expected share of weights that are clipped
     */
    record Outcome(double error, double calls, double clipping, double distances, double overflow) {}

    /** The distribution at the last of the given levels, from the Gaussian with the moments of the data at the first. */
    static Outcome of(Mode mode, double bound, double[] sigma) {
        TransitionDistribution law = new TransitionDistribution(mode, bound);
        law.start(sigma[0] * sigma[0]);
        for (int i = 1; i < sigma.length; i++) {
            law.step(sigma[i] * sigma[i]);
        }
        double overflow = law.weights == 0 ? 0 : law.overflow / law.weights;
        return new Outcome(law.error(), law.calls, law.clipping, law.distances, overflow);
    }

    /** Returns levels for which each step adds at most {@code share} to the clipping bound, and nearly that. */
    static double[] levels(Mode mode, double bound, double share, double from, double to) {
        TransitionDistribution law = new TransitionDistribution(mode, bound);
        law.start(from * from);
        List<Double> levels = new ArrayList<>(List.of(from));
        double eps = LONGEST;
        while (law.top > to * to) {
            TransitionDistribution before = law;
            double v = Math.max(to * to, before.top * (1 - eps));
            law = before.after(v);
            while (law.clipping - before.clipping > share) {
                eps *= SHORTER;
                v = Math.max(to * to, before.top * (1 - eps));
                law = before.after(v);
            }
            levels.add(Math.sqrt(v));
            eps = Math.min(LONGEST, eps / (SHORTER * SHORTER));
        }
        levels.set(levels.size() - 1, to);
        return levels.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private TransitionDistribution after(double v) {
        TransitionDistribution next = new TransitionDistribution(mode, bound);
        next.top = top;
        next.grid = grid;
        next.density = density;
        next.clipping = clipping;
        next.step(v);
        return next;
    }

    /** The total variation distance that clipping causes in one step from the state y. */
    static double distance(Mode mode, double bound, double y, double sigma, double next) {
        TransitionDistribution law = new TransitionDistribution(mode, bound);
        law.top = sigma * sigma;
        double v = next * next;
        double eps = (1 - next / sigma) * (1 + next / sigma);
        double[] to = grid(v, GRID * Math.sqrt(law.top * eps * (1 - eps)));
        law.new Transition(y, v, eps).spread(1, to, new double[to.length]);
        return law.distances;
    }

    /** Noise levels at which each step has the share 1 / (gain + 1). */
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

    /** The density at y. A parabola through the nearest points interpolates its ratio to the exact density, which is smooth. */
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

    /** Adds the states whose draws were discarded, after two correct steps. */
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
        distances += halves.distances;
        overflow += halves.overflow;
        weights += halves.weights;
    }

    /** One step from one state. */
    private final class Transition {
        private final double v;
        private final Line.Level end;
        private final double mean;
        private final double denoised;
        private final double curvature;
        private final double deviation;
        /**
         * Means over the last proposal: the clipped weight, the same with -B for clipped weights, the excess above B and below -B, and the
         * overflow.
         */
        private double g;

        private double clean;

        private double above;
        private double below;
        private double over;

        Transition(double y, double v, double eps) {
            this.v = v;
            this.end = new Line.Level(v);
            this.denoised = Line.denoised(y, top);
            this.mean = y + eps * (denoised - y);
            double j = mode.hasJacobian() ? Line.slope(y, top) : 0;
            this.deviation = Math.sqrt(top * eps * (1 - eps + eps * j));
            double a = j / (1 - eps + eps * j);
            this.curvature = mode == Mode.WRONG_SIGN ? -a : a;
        }

        /** Adds the distribution of the accepted draw. Returns the share of draws that are discarded. */
        double spread(double mass, double[] to, double[] next) {
            double h = to[1] - to[0];
            int first = (int) Math.max(0, Math.ceil((mean - REACH * deviation - to[0]) / h));
            int last = (int) Math.min(to.length - 1, Math.floor((mean + REACH * deviation - to[0]) / h));
            double[] density = new double[last - first + 1];
            double total = 0;
            double kept = 0;
            double exact = 0;
            double ofWeights = 0;
            double ofExcess = 0;
            double[] unclipped = new double[last - first + 1];
            double ofProducts = 0;
            double ofOver = 0;
            double accepted = 0;
            for (int i = first; i <= last; i++) {
                double xi = (to[i] - mean) / deviation;
                double q = h * Math.exp(-0.5 * xi * xi) / Math.sqrt(2 * Math.PI) / deviation;
                weigh(to[i]);
                density[i - first] = q * Math.exp(mode == Mode.ADAPTING ? clean : g);
                total += q * Math.exp(g);
                unclipped[i - first] = q * Math.exp(g + above - below);
                exact += unclipped[i - first];
                kept += density[i - first];
                double t = bound - g;
                double tossed = q * 2 * bound * (t < 1e-12 ? 1 : -Math.expm1(-t) / t);
                ofWeights += tossed;
                ofExcess += q * (above + below);
                ofProducts += q * (Math.expm1(above) - above);
                ofOver += tossed * over;
                accepted += q * Math.exp(g - bound);
            }
            double distance = 0;
            for (int i = first; i <= last; i++) {
                distance += 0.5 * Math.abs(density[i - first] / total - unclipped[i - first] / exact);
                next[i] += mass * density[i - first] / total / h;
            }
            calls += mass * (1 + (mode.clips() ? ofWeights / accepted : 0));
            weights += mass * ofWeights / accepted;
            overflow += mass * ofOver / accepted;
            clipping += mass * (0.5 * ofExcess + ofProducts) / accepted;
            distances += mass * distance;
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
            for (int a = 0; a < SINES.length; a++) {
                double sine = SINES[a];
                double cosine = COSINES[a];
                double angle = ANGLES.getWeight(a);
                for (int b = 0; b < SIDES.length; b++) {
                    double zeta = SIDE_STEP * (b - SIDE);
                    double weight = angle * SIDES[b];
                    double offset = sine * (x - mean) + cosine * deviation * zeta;
                    double tangent = Math.PI / 2 * (cosine * (x - mean) - sine * deviation * zeta);
                    double w = tangent * (end.denoised(mean + offset) - denoised - curvature * offset) / v;
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
                // A discarded clipped weight counts as one that is never accepted: B + w = 0.
                clean -= weight * bound;
                g += weight * (mode == Mode.DISCARDING ? -bound : Math.copySign(bound, w));
                above += w > 0 ? weight * beyond : 0;
                below += w < 0 ? weight * beyond : 0;
                over += weight;
            }
        }
    }
}
