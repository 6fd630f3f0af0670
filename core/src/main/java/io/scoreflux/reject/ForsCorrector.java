package io.scoreflux.reject;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import java.util.Objects;

/**
 * The last part of the noise range by first-order rejection sampling: the state that a solver has landed on is taken for a draw at
 * that level, and the rest of the reverse process is drawn exactly from there. A draw forgets errors of the state above that are small
 * beside the noise at that level.
 *
 * @param fors how it draws; with steps by each chain itself, or of fixed gain
 * @param parts of the noise range, equal in the logarithm of the level, of which the last is drawn; at least 2
 */
public record ForsCorrector(Fors fors, int parts) implements Corrector {
    /** Checks the range. */
    public ForsCorrector {
        Objects.requireNonNull(fors, "fors");
        Require.atLeast("parts", parts, 2);
        if (!(fors.rule() instanceof StepRule.PerChain || fors.rule() instanceof StepRule.FixedGain)) {
            throw new InvalidArgumentException(
                    "rule", "must be by each chain itself or of fixed gain for a corrector", fors.rule());
        }
    }

    /** The last of four parts, at a tolerance. */
    public ForsCorrector(double tolerance) {
        this(new Fors(tolerance), 4);
    }

    @Override
    public String name() {
        return "fors";
    }

    @Override
    public double fromSigma(Problem problem) {
        // As a plan cuts, so that it is a stage's end where there are as many stages.
        return SigmaGrid.UNIFORM_LOG.levels(problem.fromSigma(), problem.toSigma(), parts)[parts - 1];
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        return fors.prepare(problem.between(fromSigma(problem), problem.toSigma()));
    }
}
