package io.scoreflux.cli.option;

import io.scoreflux.cli.output.OutputTarget;
import io.scoreflux.error.Violation;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.UserError;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Checks of options that several commands share. */
public final class OptionRules {
    /** Guidance multiplies the rounding errors of a network. In single precision, 6e-8 of the data, no digit is left at 1e7. */
    private static final int LARGEST_GUIDANCE = 10_000;

    /** The exclusive end of a range must fit into a long. */
    private static final long LARGEST_INDEX = Long.MAX_VALUE - 1;

    private OptionRules() {}

    /** The noise levels where trajectories start and end; {@code from > to}. */
    public record Range(double from, double to) {}

    /** Checks the lower bound of a whole number. */
    public static void atLeast(String name, long value, long least) {
        if (value < least) {
            throw new UserError(name + " must be at least " + least + ", was " + value);
        }
    }

    /** Checks the upper bound of a whole number. */
    public static void atMost(String name, long value, long most) {
        if (value > most) {
            throw new UserError(name + " must be at most " + most + ", was " + value);
        }
    }

    /** Checks that a number is finite and positive, unless it is null. */
    public static void positive(String name, @Nullable Double value) {
        if (value != null && !(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new UserError(name + " must be finite and greater than 0, was " + Violation.text(value));
        }
    }

    /** Checks that a number is finite and not negative, unless it is null. */
    static void notNegative(String name, @Nullable Double value) {
        if (value != null && !(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new UserError(name + " must be finite and at least 0, was " + Violation.text(value));
        }
    }

    /** Checks the range of indices from the first on. */
    static void indices(long first, long count) {
        atLeast("--first-index", first, 0);
        if (first > LARGEST_INDEX) {
            throw new UserError(
                    "--first-index must be at most " + LARGEST_INDEX + ", the largest sample index, was " + first);
        }
        if (first > Long.MAX_VALUE - count) {
            throw new UserError("--first-index " + first + " and --count " + count
                    + " go beyond the largest sample index, " + LARGEST_INDEX + "; lower one of them");
        }
    }

    /** The error for an option of guidance without guidance. */
    static UserError withoutGuidance(String option) {
        return new UserError(
                option + " has no effect with --guidance 1, which uses only the condition; leave it out, or"
                        + " give another weight");
    }

    /** Checks a weight of guidance. */
    static void guidance(double weight) {
        if (!Double.isFinite(weight)) {
            throw new UserError("--guidance must be finite, was " + Violation.text(weight)
                    + "; usual weights are from 1" + " to 20");
        }
        if (Math.abs(weight) > LARGEST_GUIDANCE) {
            throw new UserError("--guidance must be at least -" + LARGEST_GUIDANCE + " and at most " + LARGEST_GUIDANCE
                    + ", was " + Violation.text(weight) + "; usual weights are from 1 to 20");
        }
    }

    /** Checks that the name of a picture ends in .png, unless it is null. */
    public static void picture(String name, @Nullable Path file) {
        if (file != null && !isNamed(file, ".png")) {
            throw new UserError(name + " writes PNG; name a file that ends in .png, was " + file);
        }
    }

    /** Checks that the name of a JSON file ends in .json, unless it is null. */
    static void json(String name, @Nullable Path file) {
        if (file != null && !isNamed(file, ".json")) {
            throw new UserError(name + " writes JSON; name a file that ends in .json, was " + file);
        }
    }

    /** Whether a file has this extension, in upper or lower case; pipes, devices and standard output may have any name. */
    private static boolean isNamed(Path file, String ending) {
        return file.toString().toLowerCase(Locale.ROOT).endsWith(ending)
                || OutputTarget.of(file).kind() != OutputTarget.Kind.FILE;
    }

    /** Checks that two outputs have different targets. */
    public static void different(String name, @Nullable Path file, String otherName, @Nullable Path other) {
        if (file == null || other == null) {
            return;
        }
        OutputTarget one = OutputTarget.of(file);
        if (!one.isSame(OutputTarget.of(other))) {
            return;
        }
        throw new UserError(
                one.kind() == OutputTarget.Kind.STANDARD_OUTPUT
                        ? name + " and " + otherName + " both go to standard output; name a file for one of them"
                        : name + " and " + otherName + " name the same file " + file + "; name two");
    }

    /**
     * The noise range. The target supplies what is not given.
     *
     * @param name the name of the target, for messages
     */
    static Range range(@Nullable Double fromSigma, @Nullable Double toSigma, Target target, String name) {
        double from = fromSigma == null ? target.fromSigma() : fromSigma;
        double to = toSigma == null ? target.toSigma() : toSigma;
        double most = target.info().maxSigma();
        if (from > most) {
            throw new UserError((fromSigma == null ? name + ": from-sigma" : "--from-sigma") + " must be at most "
                    + Violation.text(most) + ", the largest noise level of the target's schedule, was "
                    + Violation.text(from) + "; lower it"
                    + (fromSigma == null ? ", or leave it out" : ""));
        }
        if (!(from > to)) {
            throw new UserError("--from-sigma must be greater than --to-sigma, was "
                    + Violation.text(from) + (fromSigma == null ? " (the target's default)" : "") + " <= "
                    + Violation.text(to) + (toSigma == null ? " (the target's default)" : ""));
        }
        return new Range(from, to);
    }
}
