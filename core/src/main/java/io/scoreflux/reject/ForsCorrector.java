package io.scoreflux.reject;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import java.util.Objects;

/**
 * A corrector that draws the last part of the noise range by first-order rejection sampling. It takes the state at which a solver has
 * stopped as a draw at that level, and draws the rest of the reverse process exactly from there. Errors of this state that are small
 * compared with the noise at that level have little effect.
 *
 * @param fors the solver of the last part; its step rule must be {@link StepRule.PerChain} or {@link StepRule.FixedGain}
 * @param parts the number of parts of the noise range, equal in the logarithm of the level, of which the last is drawn; at least 2
 */
public record ForsCorrector(Fors fors, int parts) implements Corrector {
    /** Checks the range. */
    public ForsCorrector {
        Objects.requireNonNull(fors, "fors");
        Require.atLeast("parts", parts, 2);
        if (!(fors.rule() instanceof StepRule.PerChain || fors.rule() instanceof StepRule.FixedGain)) {
            throw new InvalidArgumentException("rule", "must be PerChain or FixedGain for a corrector", fors.rule());
        }
    }

    /** Creates a corrector that draws the last of four parts at a tolerance. */
    public ForsCorrector(double tolerance) {
        this(new Fors(tolerance), 4);
    }

    @Override
    public String name() {
        return "fors";
    }

    @Override
    public double fromSigma(Problem problem) {
        // This is a stage boundary of a plan with the same number of stages.
        return SigmaGrid.UNIFORM_LOG.levels(problem.fromSigma(), problem.toSigma(), parts)[parts - 1];
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        return fors.prepare(problem.between(fromSigma(problem), problem.toSigma()));
    }
}
