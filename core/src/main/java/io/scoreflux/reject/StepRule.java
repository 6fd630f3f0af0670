package io.scoreflux.reject;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import io.scoreflux.solve.Setting;
import java.io.Serializable;
import java.util.List;

/**
 * How long the reverse-kernel steps are. The share of the noise variance that a step takes away is eps = 1 - (s' / s)^2 for a step
 * from s to s'.
 */
public sealed interface StepRule extends Serializable {

    /**
     * Each chain by itself, from the residuals of its own past: the default, without a pilot. Longer than 0.25 only where the data's
     * radius allows it, and growing slowly, so that no step jumps over the levels where modes split before a weight has shown them.
     */
    record PerChain() implements StepRule {}

    /**
     * The same levels for all chains, found by a pilot of its own chains: at each level the longest step that clips no more than its
     * share of the tolerance in their mean.
     *
     * @param chains 32 to 100,000; some thousand see the rare weights that matter. Two million weights of them all are kept, which take about
     *     200 MB; of more, an equal part of each chain's
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
     * The same share for every step, eps = 1 / (gain + 1), as in the paper (arXiv 2602.01338); the tolerance is not looked at.
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

    /**
     * Given levels, as a pilot finds them; the tolerance is not looked at.
     *
     * @param sigma noise levels, descending, from the top of the noise range to its end
     */
    record Levels(List<Double> sigma) implements StepRule {
        /** Checks the order, and copies. */
        public Levels {
            sigma = Require.finite("sigma", sigma);
            Require.entries("levels", sigma.size(), 2);
            for (int i = 1; i < sigma.size(); i++) {
                if (!(sigma.get(i) > 0 && sigma.get(i) < sigma.get(i - 1))) {
                    throw new InvalidArgumentException(
                            Require.element("levels", i),
                            "must be positive and below the one before",
                            Violation.text(sigma.get(i)) + " after " + Violation.text(sigma.get(i - 1)));
                }
            }
        }
    }
}
