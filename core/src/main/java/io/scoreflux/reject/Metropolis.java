package io.scoreflux.reject;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.reject.BernoulliFactory;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import java.util.Objects;

/**
 * Metropolis-adjusted Langevin moves at the last noise level s, which leave the distribution at this level invariant. With the score
 * {@code S(x) = (D(x; s) - x) / s^2} and the step rho,
 *
 * <pre>
 * x' = x + (rho / 2) S(x) + sqrt(rho) n,  d = x' - x
 * l = int_0^1 &lt;S(x + u d), d&gt; du - &lt;d, S(x) + S(x')&gt; / 2 - (rho / 8) (|S(x')|^2 - |S(x)|^2)
 * </pre>
 *
 * is the logarithm of the Metropolis ratio. Reference: Lam et al. 2026, arXiv 2605.09654.
 *
 * @param moves the number of moves, 1 to 10,000
 * @param step rho / s^2, in (0, 2)
 * @param form the method for the integral in l
 * @param bound b of the Bernoulli factories, in (0, 3]; for {@link Form#BARKER}
 */
public record Metropolis(int moves, double step, Form form, double bound) implements Corrector {
    private static final double LARGEST_STEP = 2;

    /** Methods for the integral along a move. */
    public enum Form {
        /**
         * Simpson's rule, with one additional call at the midpoint and an error of order rho^(5/2). A move is accepted with probability
         * min(1, e^l).
         */
        SIMPSON,
        /**
         * Without the integral: Barker's acceptance probability 1 / (1 + e^-l) by two Bernoulli factories, for l / 2 and -l / 2. Each round
         * of the method uses one of them, chosen with probability 1/2. Exact, except if a weight is clipped; takes about 2 (e^b - 1)
         * additional calls.
         */
        BARKER
    }

    /** Checks the ranges. */
    public Metropolis {
        Require.within("moves", moves, 1, 10_000);
        if (!(step > 0 && step < LARGEST_STEP)) {
            throw new InvalidArgumentException(
                    "step", "must be greater than 0 and below " + LARGEST_STEP + ", in units of sigma^2", step);
        }
        Objects.requireNonNull(form, "form");
        BernoulliFactory.requireBound(bound);
    }

    /** Returns a corrector with eight moves by Simpson's rule and the {@link #defaultStep}. */
    public static Metropolis of(int dimension) {
        return new Metropolis(8, defaultStep(dimension), Form.SIMPSON, 0.5);
    }

    /** Returns {@code 0.8 d^(-1/3)}. Langevin moves of this order are accepted in any dimension. */
    public static double defaultStep(int dimension) {
        return 0.8 * StrictMath.cbrt(1.0 / Require.atLeast("dimension", dimension, 1));
    }

    @Override
    public String name() {
        return "metropolis";
    }

    @Override
    public double fromSigma(Problem problem) {
        return problem.toSigma();
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        return PreparedSolver.of(
                trajectory -> new MetropolisMachine(trajectory, this), MetropolisMachine.bytes(problem.dimension()), 2);
    }
}
