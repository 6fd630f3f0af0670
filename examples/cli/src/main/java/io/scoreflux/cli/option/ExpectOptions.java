package io.scoreflux.cli.option;

import io.scoreflux.Expectation;
import io.scoreflux.ExpectationBuilder;
import io.scoreflux.Sampler;
import io.scoreflux.cli.output.OutputTarget;
import io.scoreflux.error.Violation;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.UserError;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of the command {@code expect}. */
public final class ExpectOptions extends SamplerOptions {
    private static final int MOST_LEVELS = 4;

    @Mixin
    public final FunctionOptions function = new FunctionOptions();

    @Option(
            names = "--within",
            required = true,
            paramLabel = "E",
            description =
                    "Half-width of the interval at which the estimate is final, in the units of the function, bound on"
                            + " the bias included")
    public double within;

    @Option(
            names = "--confidence",
            paramLabel = "C",
            defaultValue = "0.95",
            description =
                    "Probability with which all intervals together contain the expectations, at least 0.5 and below 1"
                            + " (default: 0.95)")
    public double confidence;

    @Option(
            names = "--exact",
            description = "Stops by an interval that holds for any distribution and any number of samples; needs bounds"
                    + " (default: a rule that relies on the central limit theorem and takes less than half of the"
                    + " samples)")
    boolean exact;

    @Option(
            names = "--levels",
            paramLabel = "E,E,...",
            description = "Computes all samples at the first tolerance, and corrections for a few of them, so that the"
                    + " expectation is that of the last tolerance; two to four, descending (default: all samples have"
                    + " --tolerance)")
    @Nullable
    String levels;

    @Option(
            names = "--quasi-random",
            description =
                    "Starts from points of a scrambled Sobol sequence, which takes fewer samples in few dimensions")
    boolean quasiRandom;

    @Option(
            names = "--max-samples",
            paramLabel = "N",
            defaultValue = "1000000",
            description = "Number of samples after which the estimate is final in any case (default: 1000000)")
    long maxSamples;

    @Option(names = "--quiet", description = "Suppresses progress and the table")
    public boolean quiet;

    /** Checks the options that do not depend on the target. */
    @Override
    public void check() {
        super.check();
        function.check();
        OptionRules.positive("--within", within);
        if (!(confidence >= 0.5 && confidence < 1)) {
            throw new UserError("--confidence must be at least 0.5 and below 1, was " + Violation.text(confidence)
                    + "; 0.95 is usual");
        }
        OptionRules.atLeast("--max-samples", maxSamples, 1);
        if (exact && !function.isBounded()) {
            throw new UserError("--exact requires --bounds A,B, the range of the function; give both, or neither");
        }
        exclude(exact, "--exact", quasiRandom, "--quasi-random");
        exclude(exact, "--exact", levels != null, "--levels");
        exclude(quasiRandom, "--quasi-random", levels != null, "--levels");
        if (levels != null) {
            checkLevels(Numbers.list("--levels", levels));
        }
        inputs().spare("the result", OutputTarget.STANDARD);
    }

    private static void exclude(boolean one, String name, boolean other, String otherName) {
        if (one && other) {
            throw new UserError(name + " and " + otherName + " exclude each other; give one of them");
        }
    }

    private void checkLevels(List<Double> tolerances) {
        if (tolerance != null) {
            throw new UserError("--tolerance has no effect with --levels, which has the tolerances; leave it out");
        }
        if (tolerances.size() < 2 || tolerances.size() > MOST_LEVELS) {
            throw new UserError("--levels must have two to four tolerances, has " + tolerances.size()
                    + "; give them as in 1e-1,1e-3,1e-5");
        }
        for (int i = 0; i < tolerances.size(); i++) {
            if (SolverChoice.names().contains(solver) && SolverChoice.isAdaptive(solver)) {
                SolverChoice.requireTolerance("--levels", solver, tolerances.get(i));
            }
            if (i > 0 && !(tolerances.get(i) < tolerances.get(i - 1))) {
                throw new UserError("--levels must descend from the largest tolerance, was " + levels + "; sort them");
            }
        }
    }

    /** The functions of a sample whose expectations are wanted. */
    public List<FunctionOptions.Named> functions(Target of) {
        boolean estimated = estimatesErrors(of);
        if (levels != null && !estimated) {
            throw new UserError("--levels requires a solver with a tolerance and an error estimate, such as --solver "
                    + SolverChoice.DEFAULT + " without --budget; give one, or leave --levels out");
        }
        // With levels, too few samples have the last tolerance to bound the bias of an indicator.
        boolean biased = estimated && !(levels != null && function.isIndicator());
        return function.functions(of.info().dimension(), biased);
    }

    /** Builds the expectation. */
    public Expectation expectation(Sampler sampler, List<FunctionOptions.Named> functions) {
        try {
            ExpectationBuilder builder = Expectation.builder(sampler)
                    .statistics(functions.stream()
                            .map(FunctionOptions.Named::statistic)
                            .toList())
                    .within(within)
                    .confidence(confidence)
                    .maxSamples(maxSamples);
            if (exact) {
                builder.exact();
            }
            if (levels != null) {
                builder.levels(Numbers.list("--levels", levels).stream()
                        .mapToDouble(Double::doubleValue)
                        .toArray());
            }
            if (quasiRandom) {
                builder.quasiRandom();
            }
            return builder.build();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new UserError(MessageText.of(e), e);
        }
    }

    @Override
    public Sampler sampler(Target of, Workers workers) {
        requireOneCondition(of, "expect");
        return super.sampler(of, workers);
    }
}
