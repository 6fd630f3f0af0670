package io.scoreflux.reject;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.solve.Setting;
import java.io.Serializable;

/** The rule for the lengths of steps of the reverse process. A step from s to s' removes the fraction eps = 1 - (s' / s)^2 of the variance. */
public sealed interface StepRule extends Serializable {

    /**
     * Each chain chooses its steps from the residuals of its own past. This is the default, and it needs no pilot. eps exceeds 0.25 only
     * where the radius of the data permits it, and grows slowly. This prevents a step from skipping the levels where modes split before any
     * weight has detected them.
     */
    record PerChain() implements StepRule {}

    /**
     * Each chain chooses its steps, with a given caution, for example that of a pilot. The tolerance has no effect.
     *
     * @param caution the smallest ratio of the bound B to the standard deviation of a weight, as predicted from the past of the chain, that
     *     a step may have; 1 to 1e4. The clipping bound and the lengths of steps decrease as it increases
     */
    record Cautious(double caution) implements StepRule {
        /** Checks the range. */
        public Cautious {
            if (!(caution >= 1 && caution <= 1e4)) {
                throw new InvalidArgumentException("caution", "must be at least 1 and at most 10000", caution);
            }
        }
    }

    /**
     * Each chain chooses its steps, with a small {@linkplain Cautious caution} that meets the tolerance on the problem. A separate pilot
     * makes runs with increasing caution until the clipping bound plus its standard error is at most the tolerance. It then increases the
     * caution once more. If no caution up to 1e4 meets the tolerance, the pilot fails with an {@link InvalidConfigurationException}.
     *
     * @param chains the number of chains of a run, 32 to 100,000. The bound consists of rare events, so a small tolerance needs several
     *     thousand
     */
    record Pilot(int chains) implements StepRule {
        /** The range of the number of chains. */
        public static final Setting CHAINS = Setting.whole("chains", 32, 100_000, null);

        /** Checks the range. */
        public Pilot {
            CHAINS.check(chains);
        }
    }

    /**
     * The same eps = 1 / (gain + 1) for every step, as in the paper (arXiv 2602.01338). The tolerance has no effect.
     *
     * @param gain G, at least 0.1 and at most 10,000
     */
    record FixedGain(double gain) implements StepRule {
        /** Checks the range. */
        public FixedGain {
            if (!(gain >= 0.1 && gain <= 10_000)) {
                throw new InvalidArgumentException("gain", "must be at least 0.1 and at most 10000", gain);
            }
        }
    }
}
