package io.scoreflux.solve;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.Require;

/**
 * The probability flow from data to noise, solved by any solver that follows the flow.
 *
 * <p>The flow is its own dual. Let R be the radius and c a constant. With {@code y = R z / s} and {@code s' = c / s}, the posterior mean of
 * the noise, {@code E = R (z - D(z; s)) / s}, takes the place of the denoiser:
 *
 * <pre>
 * dz/dln s = z - D(z; s)   is equivalent to   dy/dln s' = y - E(y; s')
 * </pre>
 *
 * <p>As s increases, s' decreases. So a solver that goes from large to small s' solves the flow from small to large s, with its exact
 * linear part, its residuals and its error estimate. Where E is constant, the trajectory is straight and the solver makes no error. An error
 * estimate is relative to the largest noise level, which is the scale of the states there.
 *
 * <p>In z, residuals are relative to {@code tolerance sqrt(a^2 + s^2)} with {@code a = c / R}. Where the data are narrower than s, an error grows
 * in proportion to s, so the solver must compare it with s. Where the data are wider, errors grow less, and this would be needlessly strict. The
 * width of the data is unknown; a is {@value #LEVELS} smallest noise levels, but at most R. If the denoiser's rounding exceeds the tolerance at small
 * levels, a is larger, up to the geometric mean of R and the smallest level.
 *
 * <p>Along the flow, the log-density satisfies {@code d ln p(z; s)/dln s = T - d} with T = div D. If s is much larger than R, T approaches
 * {@code T_0 = d v / (v + s^2)} with {@code v = R^2 / d}. The integral is an additional component of y, so that the error control of the solver
 * applies to it:
 *
 * <pre>
 * m = w g int (T - T_0) dln s,   g = sqrt(R^2 + s'^2),   dm/dln s' = m - (m R^2 / g^2 + w g (T - T_0))
 * </pre>
 *
 * <p>Residuals of y are relative to {@code tolerance g}. So the tolerance of the integral is the same at all levels. The weight w makes it d times
 * that of the solver, or larger if the rounding of the probes at small s requires this.
 *
 * <p>T is either an additional number in each row of the denoiser's values, or an estimate {@code e . (D(z + h e) - D(z - h e)) / 2h} from a
 * probe e, which is a vector of random signs (Hutchinson 1990, doi 10.1080/03610919008812866). Each probe adds one component to y and two rows
 * to each query.
 *
 * <p>Immutable and thread-safe.
 */
public final class Inversion implements PreparedSolver {
    /**
     * A step of this length in ln s takes this share of the noise in its denoiser value. The tolerance is such that noise forces no shorter
     * steps.
     */
    private static final double LONG_STEP = 0.5;

    /** The level a is this number of smallest levels. So the flow amplifies an error of a tolerance to at most this number of tolerances. */
    private static final double LEVELS = 5;

    /** The largest tolerance that solvers accept. */
    private static final double LOOSEST = 0.1;

    /**
     * The share of the noise of the denoiser's values that remains at the end, over several steps. Measured values were 0.1 to 0.4, on mixtures
     * and a network.
     */
    private static final double NOISE_SHARE = 0.25;

    private final Problem problem;
    private final PreparedSolver solver;
    /** The constant c of {@code s' = c / s}. */
    private final double dual;

    private final Divergence divergence;
    /** The contribution of the denoiser's rounding to one step, in the data's units. */
    private final double noise;
    /** The requested tolerance, infinite if the solver has none. */
    private final double tolerance;
    /** The tolerance that the solver uses. */
    private final double possible;
    /** The solver's levels in the dual form, and below, in reverse order, the noise levels that correspond to them. */
    private final double[] levels;

    private final double[] stopLevels;

    /**
     * The source of div D.
     *
     * @param exact whether each row of the denoiser's values has div D as an additional number
     * @param probes the number of probes for an estimate, or 0
     */
    public record Divergence(boolean exact, int probes) {
        /** Div D is not computed. */
        public static final Divergence NONE = new Divergence(false, 0);

        /** The denoiser returns div D with each row. */
        public static final Divergence EXACT = new Divergence(true, 0);

        /** Returns the number of components that are added to the state. */
        int components() {
            return exact ? 1 : probes;
        }

        /** Returns the number of denoiser rows for one query. */
        int rows() {
            return 1 + 2 * probes;
        }
    }

    /**
     * Prepares a solver for the flow from data to noise.
     *
     * @param solver a solver that follows the flow and needs no pilot
     * @param problem the problem of the flow from noise to data. The inversion starts at its toSigma, which must be greater than 0
     * @param size the root mean square of the data; the denoiser's rounding is relative to it
     * @param divergence the source of div D
     * @throws IllegalArgumentException if the size is not finite and greater than 0
     * @throws IllegalStateException if the solver does not follow the flow, or toSigma is 0
     */
    public Inversion(Solver solver, Problem problem, double size, Divergence divergence) {
        require(solver, problem.toSigma());
        this.problem = problem;
        this.divergence = divergence;
        double radius = problem.radius();
        double smallest = problem.toSigma();
        this.tolerance = solver.accuracy().orElse(Double.POSITIVE_INFINITY);
        this.noise = LONG_STEP * problem.rounding() * Require.positive("size", size);
        // With a larger a, the tolerance exceeds the noise at small levels, and it can be kept at large ones.
        double ofNoise = Math.min(noise / tolerance, Math.sqrt(radius * Math.min(radius, smallest)));
        double a = Math.max(Math.min(radius, LEVELS * smallest), ofNoise);
        this.dual = radius * a;
        this.possible = Math.max(tolerance, Math.min(LOOSEST, noise / a));
        this.solver = (possible > tolerance ? solver.withTolerance(possible) : solver)
                .prepare(new Problem(
                                problem.dimension() + divergence.components(),
                                dual / problem.toSigma(),
                                dual / problem.fromSigma(),
                                radius)
                        .asDual());
        this.levels = this.solver.stopLevels();
        this.stopLevels = new double[levels.length];
        for (int i = 0; i < levels.length; i++) {
            stopLevels[i] = primal(levels[levels.length - 1 - i]);
        }
    }

    /**
     * Checks that a solver can solve the flow from data to noise, starting at a noise level.
     *
     * @throws IllegalStateException if it cannot
     */
    public static void require(Solver solver, double toSigma) {
        if (!solver.followsFlow()) {
            throw new InvalidConfigurationException(
                    "solver",
                    "must be deterministic and able to stop at any noise level to encode",
                    solver.name(),
                    "use {sliding}, {picard} or {parallel}",
                    "use a fixed-step solver without noise");
        }
        if (toSigma == 0) {
            throw new InvalidConfigurationException(
                    "toSigma",
                    "must be greater than 0 to encode from it",
                    0,
                    "encode from a small noise level, where the states are the data plus little noise");
        }
    }

    /** Returns the levels where it can stop, in descending order as for all solvers. Trajectories pass them from the last to the first. */
    @Override
    public double[] stopLevels() {
        return stopLevels.clone();
    }

    @Override
    public long bytes() {
        return solver.bytes() + InversionMachine.bytes(problem.dimension(), divergence, solver.rows());
    }

    @Override
    public int rows() {
        return divergence.rows() * solver.rows();
    }

    @Override
    public Machine start(SolverState trajectory) {
        return new InversionMachine(trajectory, this, solver, divergence);
    }

    Problem problem() {
        return problem;
    }

    /** Returns the dual {@code s' = c / s} of a noise level. */
    double dual(double sigma) {
        // One of the solver's own levels is mapped back exactly.
        for (int i = 0; i < stopLevels.length; i++) {
            if (stopLevels[i] == sigma) {
                return levels[levels.length - 1 - i];
            }
        }
        return dual / sigma;
    }

    /** Returns the noise level that corresponds to a dual level, limited to the noise range. */
    double primal(double level) {
        return Math.max(problem.toSigma(), Math.min(problem.fromSigma(), dual / level));
    }

    /** Returns T_0, the value of div D for an isotropic Gaussian of the same radius. */
    double usualDivergence(double s) {
        double variance = variance();
        return problem.dimension() * variance / (variance + s * s);
    }

    /** Returns the integral of T_0 over ln s from the smallest to the largest level. */
    double usualIntegral() {
        return problem.dimension() * (halfLog(problem.fromSigma()) - halfLog(problem.toSigma()));
    }

    private double halfLog(double s) {
        return -0.5 * StrictMath.log1p(variance() / (s * s));
    }

    private double variance() {
        return problem.radius() * problem.radius() / problem.dimension();
    }

    /** Returns the weight w of an additional component. */
    double weight() {
        double wanted = 1.0 / problem.dimension();
        // At small s, rounding makes probes noisy; this noise must not cause the rejection of steps.
        double ofProbes = divergence.probes() == 0 ? 0 : noise / differenceStep(problem.toSigma());
        return Math.min(wanted, possible / ofProbes) / Math.sqrt(divergence.components());
    }

    /** Returns g, the scale of the additional components at a dual level. */
    double integralScale(double level) {
        return Math.sqrt(problem.radius() * problem.radius() + level * level);
    }

    /**
     * Returns h of the probes, half the distance of their difference quotient. The quotient has an error of about (h / s)^2 from truncation,
     * and from rounding an error proportional to 1 / h; this h balances the two.
     */
    double differenceStep(double s) {
        double rest = Math.max(1, problem.radius() / (Math.sqrt(problem.dimension()) * s));
        return s * StrictMath.cbrt(problem.rounding() * rest);
    }

    /**
     * Returns the effect of the denoiser's rounding on the end, relative to the largest level. Where the data are narrower than s, the flow
     * does not damp the rounding.
     */
    double rounded(double[] state) {
        return NOISE_SHARE * problem.rounding() * Kernels.norm(state, 0, state.length) / problem.toSigma();
    }

    /** Returns the requested tolerance, infinite if the solver has none. */
    double tolerance() {
        return tolerance;
    }
}
