package io.scoreflux.cli.option;

import io.scoreflux.error.Violation;
import io.scoreflux.files.targets.PosteriorTarget;
import io.scoreflux.files.targets.PosteriorTargets;
import io.scoreflux.files.text.Names;
import io.scoreflux.files.text.UserError;
import io.scoreflux.logconcave.Preconditioner;
import io.scoreflux.logconcave.ProximalSampler;
import io.scoreflux.logconcave.ProximalSamplerBuilder;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of the command {@code posterior}. */
public final class PosteriorOptions {
    private static final String RESULTS = "the draws";
    private static final List<String> PRECONDITIONERS = List.of("mode", "none");
    private static final int MOST_CHAINS = 10_000;
    private static final int USUAL_DRAWS = 1000;

    @Option(
            names = "--target",
            required = true,
            paramLabel = "T",
            description = "JSON file of a log-concave target, or the built-in target tumours")
    public String target = "";

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "Number of draws of all chains together (default: 1000 per chain)")
    @Nullable
    Long count;

    @Option(names = "--chains", paramLabel = "C", defaultValue = "4", description = "Number of chains (default: 4)")
    public int chains;

    @Option(
            names = "--burn-in",
            paramLabel = "N",
            defaultValue = "500",
            description = "Number of burn-in steps of each chain. They adapt its step size and are not delivered"
                    + " (default: 500)")
    public int burnIn;

    @Option(names = "--every", paramLabel = "N", defaultValue = "1", description = "Steps per draw (default: 1)")
    int every;

    @Option(
            names = "--bound",
            paramLabel = "B",
            defaultValue = "0.5",
            description = "Bound at which weights are clipped, in (0, 3]. A step costs 2 e^B - 1 gradients (default:"
                    + " 0.5)")
    double bound;

    @Option(
            names = "--safety",
            paramLabel = "C",
            defaultValue = "4",
            description = "Safety factor, at least 1. A larger factor makes steps shorter and clipping rarer"
                    + " (default: 4)")
    double safety;

    @Option(
            names = "--precondition",
            paramLabel = "NAME",
            defaultValue = "mode",
            description = "mode: adapts the steps to the Hessian at the mode, which is found with gradients, and adds"
                    + " Hamiltonian moves, which a pilot adapts (default). none: does neither")
    String precondition = "mode";

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "0",
            description = "Seed of the random numbers (default: 0)")
    long seed;

    @Mixin
    public final WorkerOptions workerOptions = new WorkerOptions();

    @Mixin
    public final OutputOptions output = new OutputOptions();

    @Option(
            names = "--summary",
            paramLabel = "FILE.json",
            converter = FileName.class,
            description = "Writes moments, quantiles, effective sample sizes and split R-hat")
    @Nullable
    public Path summary;

    @Option(
            names = "--plot",
            paramLabel = "FILE.png",
            converter = FileName.class,
            description = "Plots the median and the 50 %% and 95 %% intervals of each coefficient")
    @Nullable
    public Path plot;

    @Option(names = "--quiet", description = "Suppresses progress, the table and warnings")
    public boolean quiet;

    /** The number of draws of all chains together. */
    public long count() {
        return count == null ? (long) USUAL_DRAWS * chains : count;
    }

    /** Checks the options that do not depend on the target. */
    public void check() {
        output.requireFile();
        if (target.isEmpty()) {
            throw new UserError("--target must name a file or a built-in target");
        }
        if (count != null) {
            OptionRules.atLeast("--count", count, 0);
        }
        OptionRules.atLeast("--chains", chains, 1);
        if (chains > MOST_CHAINS) {
            throw new UserError("--chains must be at most " + MOST_CHAINS + ", was " + chains);
        }
        OptionRules.atLeast("--burn-in", burnIn, 0);
        OptionRules.atLeast("--every", every, 1);
        workerOptions.check();
        if (!(bound > 0 && bound <= 3)) {
            throw new UserError("--bound must be greater than 0 and at most 3, was " + Violation.text(bound));
        }
        if (!(safety >= 1 && safety < Double.POSITIVE_INFINITY)) {
            throw new UserError("--safety must be finite and at least 1, was " + Violation.text(safety));
        }
        if (!PRECONDITIONERS.contains(precondition)) {
            throw new UserError("unknown --precondition '" + precondition + "'"
                    + Names.hint(precondition, PRECONDITIONERS) + "; available: " + String.join(", ", PRECONDITIONERS));
        }
        output.format();
        OptionRules.picture("--plot", plot);
        OptionRules.json("--summary", summary);
        output.requireDifferent(RESULTS, "--plot", plot);
        output.requireDifferent(RESULTS, "--summary", summary);
        OptionRules.different("--plot", plot, "--summary", summary);
        output.requireSpared(RESULTS, new InputFiles().addTarget(target, List.of(PosteriorTargets.BUILT_IN)))
                .spare("--plot", plot)
                .spare("--summary", summary);
    }

    /** The sampler, which computes on the workers. */
    public ProximalSampler sampler(PosteriorTarget of, Workers workers) {
        ProximalSamplerBuilder builder = ProximalSampler.builder(of.density())
                .term(of.term())
                .chains(chains)
                .burnIn(burnIn)
                .thinning(every)
                .bound(bound)
                .safety(safety)
                .seed(seed);
        if (precondition.equals("none")) {
            builder.preconditioner(Preconditioner.identity()).moves(false);
        }
        return workers.compute(builder).build();
    }
}
