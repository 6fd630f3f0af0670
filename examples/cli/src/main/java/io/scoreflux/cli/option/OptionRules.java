package io.scoreflux.cli.option;

import io.scoreflux.cli.output.OutputTarget;
import io.scoreflux.cli.targets.Target;
import io.scoreflux.cli.text.UserError;
import io.scoreflux.error.Violation;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Checks of options that several commands share. */
public final class OptionRules {
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
    static void different(String name, @Nullable Path file, String otherName, @Nullable Path other) {
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

    /** The noise range. The target supplies what is not given. */
    public static Range range(@Nullable Double fromSigma, @Nullable Double toSigma, Target target) {
        double from = fromSigma == null ? target.fromSigma() : fromSigma;
        double to = toSigma == null ? target.toSigma() : toSigma;
        if (!(from > to)) {
            throw new UserError("--from-sigma must be greater than --to-sigma, was "
                    + Violation.text(from) + (fromSigma == null ? " (the target's default)" : "") + " <= "
                    + Violation.text(to) + (toSigma == null ? " (the target's default)" : ""));
        }
        return new Range(from, to);
    }
}
