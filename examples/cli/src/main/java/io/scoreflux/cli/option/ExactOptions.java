package io.scoreflux.cli.option;

import io.scoreflux.error.HasViolation;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.UserError;
import io.scoreflux.posterior.Posterior;
import io.scoreflux.posterior.PosteriorSummary;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The options for the exact posterior of an observation. */
public final class ExactOptions {
    /** The coverage of intervals was measured with this number, and the pilot costs about as much. */
    private static final int DEFAULT_ISLANDS = 8;

    private static final int DEFAULT_PARTICLES = 256;

    private static final List<String> OF_SOLVERS = List.of(
            "--solver",
            "--tolerance",
            "--budget",
            "--grid",
            "--pilot-chains",
            "--correct",
            "--correct-tolerance",
            "--moves",
            "--stages",
            "--save-plan",
            "--plan");

    private static final List<String> OF_SAMPLES = List.of("--renoise", "--film");

    @Option(
            names = "--exact",
            description = "With --observe: draws from the exact posterior instead of the approximation, for a target"
                    + " whose mean and variance are known. The results are --islands of --particles with weights, and"
                    + " a table of means with intervals")
    @Nullable
    Boolean exact;

    @Option(
            names = "--islands",
            paramLabel = "K",
            description = "With --exact: number of islands, which are independent runs, at least "
                    + PosteriorSummary.LEAST_ISLANDS + ". Intervals compare islands (default: " + DEFAULT_ISLANDS + ")")
    @Nullable
    Integer islands;

    @Option(
            names = "--particles",
            paramLabel = "N",
            description = "With --exact: number of particles of an island (default: " + DEFAULT_PARTICLES + ")")
    @Nullable
    Integer particles;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // Picocli sets it.
    private CommandSpec command;

    /** Whether the exact posterior is wanted. */
    public boolean isExact() {
        return exact != null && exact;
    }

    /** The number of islands. */
    public int islands() {
        return islands == null ? DEFAULT_ISLANDS : islands;
    }

    /** The number of particles of an island. */
    public int particles() {
        return particles == null ? DEFAULT_PARTICLES : particles;
    }

    /** Checks the options that do not depend on the target, and rejects options that have no meaning with these. */
    public void check(RunOptions options) {
        if (!isExact()) {
            needsExact("--islands", islands);
            needsExact("--particles", particles);
            return;
        }
        ParseResult given = command.commandLine().getParseResult();
        for (String option : OF_SOLVERS) {
            reject(given, option, "whose steps are fixed; leave it out");
        }
        for (String option : OF_SAMPLES) {
            reject(given, option, "whose particles start together from noise; leave it out");
        }
        reject(given, "--count", "which draws islands of particles; give --islands and --particles");
        reject(
                given,
                "--receipts",
                "whose particles depend on each other; leave it out, as seed and index identify an island");
        for (String option : List.of("--shard", "--part-size")) {
            reject(given, option, "; give each process its own --first-index and --islands, and its own --out");
        }
        options.requireObserved("--exact");
        OptionRules.atLeast("--islands", islands(), PosteriorSummary.LEAST_ISLANDS);
        OptionRules.atLeast("--first-index", options.firstIndex, 0);
        // The index of a particle must be a long. The library checks the number of particles.
        long most = Math.min(Posterior.MOST_ISLANDS, Long.MAX_VALUE / Math.max(1, particles()));
        if (options.firstIndex > most - islands()) {
            throw new UserError("--first-index must be at most " + (most - islands()) + " with --exact, --islands "
                    + islands() + " and --particles " + particles() + ", was " + options.firstIndex
                    + "; it is the index of the first island");
        }
        Format format = options.output.format();
        if (!format.hasFields()) {
            throw new UserError("--format " + format + " does not apply to --exact, because it has no weights; use "
                    + Format.namesWithFields());
        }
    }

    private static void needsExact(String option, @Nullable Object value) {
        if (value != null) {
            throw new UserError(option + " requires --exact; add --exact, or leave out " + option);
        }
    }

    private static void reject(ParseResult given, String option, String why) {
        if (given.hasMatchedOption(option)) {
            throw new UserError(option + " does not apply to --exact" + (why.startsWith(";") ? why : ", " + why));
        }
    }

    /** Builds the posterior. */
    public Posterior posterior(RunOptions options, Target target, Workers workers) {
        OptionRules.Range range = options.range(target);
        try {
            return options.posterior(target, workers)
                    .noiseRange(range.from(), range.to())
                    .particles(particles())
                    .build();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new UserError(place(options, e) + MessageText.of(e), e);
        }
    }

    /** The file that contains an invalid setting, for messages. */
    private static String place(RunOptions options, RuntimeException e) {
        String setting = e instanceof HasViolation refused ? refused.violation().setting() : "";
        Path observed = options.observed();
        return switch (setting) {
            case "noise", "values" -> observed + ": ";
            case "moments" -> options.target + ": ";
            default -> "";
        };
    }
}
