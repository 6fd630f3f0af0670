package io.scoreflux.cli.option;

import io.scoreflux.Plan;
import io.scoreflux.Sampler;
import io.scoreflux.files.format.PlanFile;
import io.scoreflux.files.format.PlanTarget;
import io.scoreflux.files.format.RowSet;
import io.scoreflux.files.format.SampleFile;
import io.scoreflux.files.input.InputFile;
import io.scoreflux.files.input.Sha256;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.targets.TargetHash;
import io.scoreflux.files.text.UserError;
import io.scoreflux.model.ObservedDirections;
import io.scoreflux.posterior.PosteriorBuilder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options of the commands that write samples. */
public final class RunOptions extends SamplerOptions {
    public static final long DEFAULT_COUNT = 16;

    /** The start of the argument with the target. */
    public static final String TARGET = "--target=";

    private static final String RESULTS = "the samples";

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "Number of samples (default: 16, or one for each given state)")
    @Nullable
    Long count;

    @Option(
            names = "--first-index",
            paramLabel = "I",
            defaultValue = "0",
            description = "Index of the first sample, or with --exact of the first island (default: 0)")
    public long firstIndex;

    @Option(
            names = "--save-plan",
            paramLabel = "FILE.json",
            converter = FileName.class,
            description = "Writes the plan: noise range, stages, radius, and the results of the pilot run")
    @Nullable
    public Path savePlan;

    @Mixin
    public final OutputOptions output = new OutputOptions();

    @Option(
            names = "--plot",
            paramLabel = "FILE.png",
            converter = FileName.class,
            description = "Plots the samples as images, a histogram, or a scatter plot")
    @Nullable
    public Path plot;

    @Option(names = "--quiet", description = "Suppresses progress and the table")
    public boolean quiet;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // Picocli sets it.
    private CommandSpec command;

    /** The given count, or another number without one. */
    public long countOr(long other) {
        return count == null ? other : count;
    }

    /** Checks the options that do not depend on the target. */
    @Override
    public void check() {
        check(false);
    }

    /**
     * Checks the options that do not depend on the target.
     *
     * @param toDirectory whether the output is a directory
     */
    public void check(boolean toDirectory) {
        super.check();
        if (!toDirectory) {
            output.requireFile();
        }
        if (count != null) {
            OptionRules.atLeast("--count", count, 0);
        }
        OptionRules.indices(firstIndex, countOr(DEFAULT_COUNT));
        output.requireDifferent(RESULTS, "--save-plan", savePlan);
        OptionRules.different("--plot", plot, "--save-plan", savePlan);
        OptionRules.picture("--plot", plot);
        output.requireDifferent(RESULTS, "--plot", plot);
        spare(inputs());
        output.format();
    }

    /** Rejects options that encoding cannot use, because it solves the probability flow backwards from one state to one state. */
    public void checkEncoding() {
        if (correction.name != null) {
            throw new UserError("--correct does not apply to encode, because it draws at random, and encoding has one"
                    + " result for each state; leave it out");
        }
        if (SolverChoice.names().contains(solver) && !SolverChoice.isDeterministic(solver)) {
            throw new UserError("--solver must be deterministic to encode, was " + solver + "; available: "
                    + String.join(
                            ", ",
                            SolverChoice.names().stream()
                                    .filter(SolverChoice::isDeterministic)
                                    .toList()));
        }
        if (budget != null && solver.equals(SolverChoice.DEFAULT)) {
            throw new UserError(
                    "--budget does not apply to encode with " + solver + ", whose pilot run places the calls"
                            + " for the way from noise to data; give --tolerance, or a fixed-step solver such as --solver"
                            + " dpmpp-2m");
        }
    }

    /** Rejects an additional output of a command that is also another output or an input. */
    public void checkOutput(String option, @Nullable Path file) {
        output.requireDifferent(RESULTS, option, file);
        OptionRules.different("--plot", plot, option, file);
        OptionRules.different("--save-plan", savePlan, option, file);
        inputs().spare(option, file);
    }

    /** Rejects an output that is an input. */
    public void requireSpared(String option, @Nullable Path file) {
        inputs().spare(option, file);
    }

    private void spare(InputFiles inputs) {
        output.requireSpared(RESULTS, inputs).spare("--plot", plot).spare("--save-plan", savePlan);
    }

    /** Rejects an option that needs an observation. */
    void requireObserved(String option) {
        given.requireObserved(option);
    }

    /** The file of the observation, or null. */
    public @Nullable Path observed() {
        return given.observe;
    }

    /** A builder of the exact posterior of the target given the observation. */
    PosteriorBuilder posterior(Target of, Workers workers) {
        return given.posterior(of, workers).seed(seed);
    }

    /** The directions that the observation measures. */
    public ObservedDirections directions(Target of) {
        return given.directions(of.info());
    }

    /** A sampler for the target without the observation, with the default solver. */
    public Sampler prior(Target of, Workers workers) {
        OptionRules.Range range = range(of);
        return given.prior(of, workers)
                .noiseRange(range.from(), range.to())
                .seed(seed)
                .build();
    }

    /**
     * The options that determine the samples, as {@code --name=value}, in the order of their names. Defaults are included, options for the
     * output and for the speed are not.
     */
    public List<String> arguments() {
        return Arguments.of(command);
    }

    /** The seed of the samples. */
    public long seed() {
        return seed;
    }

    /** Hashes of the files that the options name, by the option with its file. The target is not among them. */
    public Map<String, String> hashes() {
        Map<String, String> hashes = new TreeMap<>();
        addFiles(new InputFiles()).all().forEach((file, option) -> hashes.put(option + "=" + file, Sha256.of(file)));
        return hashes;
    }

    /** The target as a run names it. */
    public PlanTarget name(Target of) {
        return TargetHash.ofRun(target, of);
    }

    /** The content of --save-plan, which names the target. */
    public byte[] planBytes(Plan known, Target of) {
        return PlanFile.bytes(known, TargetHash.of(target, of));
    }

    /**
     * Reads the rows of a file up to the last requested one, and checks their dimension.
     *
     * @param option the option that names the file
     */
    public double[][] rows(String option, Path file, Target of) {
        spare(new InputFiles().add(option, file));
        RowSet known = InputFile.read(file, () -> SampleFile.states(file));
        int dimension = of.info().dimension();
        if (known.dimension() != dimension) {
            throw new UserError(
                    file + ": the states have dimension " + known.dimension() + ", the target has " + dimension);
        }
        int number = known.rows().size();
        long first = firstIndex;
        String shown = file + ", which has " + number + (number == 1 ? " row" : " rows");
        if (first > number) {
            throw new UserError("--first-index " + first + " is beyond the last row of " + shown
                    + "; rows are numbered from 0, so give at most " + (number - 1));
        }
        if (count != null && count > number - first) {
            throw new UserError("--count " + count + " from row " + first + " goes beyond the last row of " + shown
                    + "; give at most " + (number - first));
        }
        long end = count == null ? number : first + count;
        return Arrays.copyOf(known.toArray(), (int) end);
    }
}
