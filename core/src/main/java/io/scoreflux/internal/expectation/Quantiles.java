package io.scoreflux.internal.expectation;

import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.distribution.TDistribution;

/** The quantiles of the stopping rules. */
public final class Quantiles {
    /**
     * A rule stops when an estimate of the variance is low, so that a plain quantile covers a little less than it says. This factor, 2.1 in
     * place of 1.96 at 95 per cent, makes up for it.
     */
    private static final double CAUTION = 2.1 / 1.959963984540054;

    private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

    private Quantiles() {}

    /** Returns the factor z of the fixed-width rule: the two-sided normal quantile, enlarged for the rule's own stop. */
    public static double fixedWidth(double alpha) {
        return CAUTION * NORMAL.inverseSurvivalProbability(alpha / 2);
    }

    /** Returns the one-sided normal quantile. */
    public static double upper(double alpha) {
        return NORMAL.inverseSurvivalProbability(alpha);
    }

    /** Returns the two-sided quantile of Student's t distribution. */
    public static double student(int degrees, double alpha) {
        return TDistribution.of(degrees).inverseSurvivalProbability(alpha / 2);
    }

    /** Returns the factor t of the rule with replicates: Student's quantile, enlarged for the rule's own stop. */
    public static double stoppedStudent(int degrees, double alpha) {
        return CAUTION * student(degrees, alpha);
    }
}
