package io.scoreflux.solve;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.Require;

/**
 * The probability flow from data to noise, by any solver that follows it down.
 *
 * <p>The flow is its own dual. With {@code y = R z / s} and {@code s' = c / s} the posterior mean of the noise,
 * {@code E = R (z - D(z; s)) / s}, takes the place of the denoiser:
 *
 * <pre>
 * dz/dln s = z - D(z; s)   is the same as   dy/dln s' = y - E(y; s'),
 * </pre>
 *
 * and s' falls as s rises. So a solver goes up by going down in (y, s'), with its exact linear part, residuals and error estimate; a
 * straight path, where E is constant, costs nothing. Residuals are over {@code tolerance sqrt(a^2 + s^2)} in z with
 * {@code a = c / R}, the geometric mean of the radius R and the least noise level. An error estimate is relative to the largest level,
 * which is what states there are made of.
 *
 * <p>The log-density: {@code d ln p(z; s)/dln s = T - d} along the flow, T = div D. With {@code T_0 = d v / (v + s^2)}, v = R^2 / d,
 * which T comes to far above any data, {@code m = w s' int (T - T_0) dln s} is a further component of y whose denoiser is
 * {@code w s' (T - T_0)}, so that it is under the same control; w makes the tolerance that of the integral over d at s = R, or a looser one where probes of few
 * digits allow no other at small s. T comes from the denoiser itself, as one more number of each
 * row, or from probes v of signs (Hutchinson 1990, doi 10.1080/03610919008812866), one component each:
 * {@code v . (D(z + h v) - D(z - h v)) / 2h}, two more rows of each query.
 *
 * <p>Immutable and thread-safe.
 */
public final class Inversion implements PreparedSolver {
    /** A step need not be shorter in ln s, so that of the noise in its answer it takes this share. */
    private static final double LONG_STEP = 0.5;

    /** Solvers take no looser tolerance. */
    private static final double LOOSEST = 0.1;

    /** The share of the noise in an answer that comes to the end, over several steps: 0.1 to 0.4 was measured on mixtures and a network. */
    private static final double NOISE_SHARE = 0.25;

    private final Problem problem;
    private final PreparedSolver solver;
    /** c. */
    private final double dual;

    private final Divergence divergence;
    /** What a step takes of the rounding in D. */
    private final double noise;
    /** The tolerance asked for; infinite where there is none. */
    private final double tolerance;
    /** The one that the solver is given. */
    private final double possible;
    /** The solver's own stopLevels, and their duals in turn. */
    private final double[] levels;

    private final double[] stopLevels;

    /**
     * Where div D comes from.
     *
     * @param exact whether each answer has one more number, div D
     * @param probes of the estimate, 0 for none
     */
    public record Divergence(boolean exact, int probes) {
        /** Nobody asks for it. */
        public static final Divergence NONE = new Divergence(false, 0);

        /** The denoiser answers with it. */
        public static final Divergence EXACT = new Divergence(true, 0);

        /** Components that are carried beside the state. */
        int components() {
            return exact ? 1 : probes;
        }

        /** Rows of the denoiser for one query. */
        int rows() {
            return 1 + 2 * probes;
        }
    }

    /**
     * Prepares a solver for the way up.
     *
     * @param solver follows the flow, and needs no pilot
     * @param problem the range, as for the way down; its end, where this begins, greater than 0
     * @param size the root mean square of the data, which is what a denoiser's rounding is relative to
     * @throws IllegalStateException if the solver draws, or the range begins at 0
     */
    public Inversion(Solver solver, Problem problem, double size, Divergence divergence) {
        require(solver, problem.toSigma());
        this.problem = problem;
        this.divergence = divergence;
        double radius = problem.radius();
        this.dual = radius * Math.sqrt(radius * Math.min(radius, problem.toSigma()));
        this.tolerance = solver.accuracy().orElse(Double.POSITIVE_INFINITY);
        this.noise = LONG_STEP * problem.rounding() * Require.positive("size", size);
        this.possible = Math.max(tolerance, Math.min(LOOSEST, noise / Math.sqrt(radius * problem.toSigma())));
        this.solver = (possible > tolerance ? solver.withTolerance(possible) : solver)
                .prepare(new Problem(
                        problem.dimension() + divergence.components(),
                        dual / problem.toSigma(),
                        dual / problem.fromSigma(),
                        radius));
        this.levels = this.solver.stopLevels();
        this.stopLevels = new double[levels.length];
        for (int i = 0; i < levels.length; i++) {
            stopLevels[i] = primal(levels[levels.length - 1 - i]);
        }
    }

    /**
     * Checks that a solver can go up from a level.
     *
     * @throws IllegalStateException if it cannot
     */
    public static void require(Solver solver, double toSigma) {
        if (!solver.followsFlow()) {
            throw new InvalidConfigurationException(
                    "solver",
                    "must follow the flow at any level to encode",
                    solver.name(),
                    "take {sliding}, {picard} or {parallel}",
                    "take fixed steps without noise");
        }
        if (toSigma == 0) {
            throw new InvalidConfigurationException(
                    "toSigma",
                    "must be greater than 0 to encode from it",
                    0,
                    "encode from a small noise level, where states are those at 0 but for that noise");
        }
    }

    /** The levels where it can stop, descending as everywhere; it passes them from the last to the first. */
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

    /** The dual of a level. */
    double dual(double sigma) {
        // A level that came from one of the solver's own goes back to it exactly.
        for (int i = 0; i < stopLevels.length; i++) {
            if (stopLevels[i] == sigma) {
                return levels[levels.length - 1 - i];
            }
        }
        return dual / sigma;
    }

    /** The level of a dual one, in the range exactly. */
    double primal(double level) {
        return Math.max(problem.toSigma(), Math.min(problem.fromSigma(), dual / level));
    }

    /** div D of an isotropic Gaussian of the same radius: T_0. */
    double usualDivergence(double s) {
        double variance = variance();
        return problem.dimension() * variance / (variance + s * s);
    }

    /** Its integral over ln s from the least to the largest level. */
    double usualIntegral() {
        return problem.dimension() * (halfLog(problem.fromSigma()) - halfLog(problem.toSigma()));
    }

    private double halfLog(double s) {
        return -0.5 * StrictMath.log1p(variance() / (s * s));
    }

    private double variance() {
        return problem.radius() * problem.radius() / problem.dimension();
    }

    /** The weight w of a component. */
    double weight() {
        double radius = problem.radius();
        double atRadius = dual / radius;
        double wanted = Math.sqrt(1 + (radius / atRadius) * (radius / atRadius)) / problem.dimension();
        // Probes of few digits are noise at small s, for which steps must not be refused.
        double s = problem.toSigma();
        double allowed = possible * StrictMath.hypot(1, radius * s / dual);
        double ofProbes = divergence.probes() == 0 ? 0 : noise / differenceStep(s);
        return Math.min(wanted, allowed / ofProbes) / Math.sqrt(divergence.components());
    }

    /** Half the length over which probes take a difference: its error is about (h / s)^2, that of rounding about the rest over h. */
    double differenceStep(double s) {
        double rest = Math.max(1, problem.radius() / (Math.sqrt(problem.dimension()) * s));
        return s * StrictMath.cbrt(problem.rounding() * rest);
    }

    /** What the denoiser's rounding does to the end, relative to the largest level: where data are narrower than s, nothing damps it. */
    double rounded(double[] state) {
        return NOISE_SHARE * problem.rounding() * Kernels.norm(state, 0, state.length) / problem.toSigma();
    }

    /** The tolerance asked for; infinite where there is none. */
    double tolerance() {
        return tolerance;
    }
}
