package io.scoreflux.cli.command;

import io.scoreflux.cli.option.CompareOptions;
import io.scoreflux.cli.option.Contenders;
import io.scoreflux.cli.option.OptionRules;
import io.scoreflux.cli.option.Workers;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Output;
import io.scoreflux.cli.output.Png;
import io.scoreflux.cli.output.Progress;
import io.scoreflux.error.Violation;
import io.scoreflux.evaluation.Comparison;
import io.scoreflux.evaluation.ComparisonCsv;
import io.scoreflux.evaluation.ComparisonPlot;
import io.scoreflux.evaluation.ComparisonTable;
import io.scoreflux.evaluation.Contender;
import io.scoreflux.evaluation.Curve;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.evaluation.Floor;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.evaluation.Reference;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.RunError;
import io.scoreflux.files.text.UserError;
import io.scoreflux.model.Denoiser;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.Problem;
import io.scoreflux.state.Condition;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Compares the cost and the true error of solvers. */
@Command(
        name = "compare",
        description = "Compares several solvers on one target: denoiser calls and rounds against the true error.",
        footer = "%n"
                + "All solvers start from the same states. The table goes to standard output, or to standard error"
                + " if --csv or --plot is -. It contains denoiser calls per row (mean, 99th percentile, maximum),"
                + " rounds, the true error relative to the radius (root mean square, maximum), and the number of"
                + " failed rows. For solvers with an error estimate, low is the percentage of rows whose estimate is"
                + " below a third of the true error, and high the percentage whose estimate is above ten times the"
                + " larger of the true and the rms error. A second table contains the calls at four errors, by"
                + " interpolation. Failed rows count in the calls, but not in the errors. With --times, the last column"
                + " is the processor time per row in microseconds, and a third table contains it at these errors.%n"
                + "Exit code 0: success; 1: the run failed; 2: invalid arguments or input.",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class CompareCommand implements Callable<Integer> {
    /** Errors at which the floor is computed. */
    private static final double[] FLOOR_ERRORS = {1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10};

    private final Console console;

    @Mixin
    private final CompareOptions options = new CompareOptions();

    public CompareCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        options.check();
        List<Contender> contenders = Contenders.of(options.solvers, options.tolerances, options.budgets, options.grid);
        if (!options.quiet) {
            warn();
        }
        try (Target target = options.target()) {
            return compare(contenders, target);
        }
    }

    /** Warns of options without effect. They are no errors, because scripts may give the same options for all solvers. */
    private void warn() {
        Contenders.remarks(options.solvers, options.tolerances, options.budgets, options.grid)
                .forEach(console.err()::println);
        if (options.seed != null && options.initial != null) {
            console.err().println("warning: --seed has no effect with --initial, which gives the states");
        }
    }

    private int compare(List<Contender> contenders, Target target) {
        Denoiser denoiser = options.given.denoiser(target);
        Condition condition = options.given.condition(target.info());
        OptionRules.Range range = options.range(target);
        options.given.requireGuided(range.from(), range.to());
        CompareRows rows = CompareRows.of(options, denoiser, range.from());
        Double given = options.radius;
        double radius = target.radius().orElseGet(() -> {
            if (given == null) {
                throw new UserError("--target " + options.target
                        + ": the radius of the data is unknown; give mean and variance, or radius, in the target"
                        + " file, or give --radius");
            }
            return given;
        });
        requireUnit(radius);
        Problem problem = new Problem(denoiser.dimension(), range.from(), range.to(), radius, denoiser.rounding());
        prepare(contenders, problem);
        try {
            SigmaGrid.requireRepresentable(range.from(), range.to());
            SigmaGrid.requireRadius(radius);
        } catch (IllegalArgumentException e) {
            throw new UserError(MessageText.of(e), e);
        }
        // Opened before the computation, so that a path that cannot be written is rejected at once.
        try (Output csv = Output.openIfGiven(console, "--csv", options.csv);
                Output plot = Output.openIfGiven(console, "--plot", options.plot);
                Workers workers = options.workers()) {
            Experiment experiment = new Experiment(denoiser, condition, problem, rows.states(), workers::compute);
            deliver(measure(contenders, experiment, rows), csv, plot);
        }
        return 0;
    }

    /** Rejects a unit in which the square of an error as large as the data would overflow. */
    private void requireUnit(double radius) {
        Double unit = options.radius;
        if (unit != null && !Double.isFinite((radius / unit) * (radius / unit))) {
            throw new UserError("--radius " + Violation.text(unit) + " is too small for data of radius "
                    + Violation.text(radius) + "; give a larger one");
        }
    }

    /** Rejects settings that a solver does not accept for this problem. */
    private static void prepare(List<Contender> contenders, Problem problem) {
        for (Contender contender : contenders) {
            try {
                if (!contender.solver().needsPilot()) {
                    contender.solver().prepare(problem);
                }
            } catch (IllegalArgumentException | IllegalStateException e) {
                throw new UserError("--solvers: " + contender.name() + ": " + MessageText.of(e), e);
            }
        }
    }

    private Comparison measure(List<Contender> contenders, Experiment experiment, CompareRows rows) {
        double unit = options.radius == null ? experiment.problem().radius() : options.radius;
        int solves = contenders.size() + (rows.reference() == null ? 2 : 0);
        solves += options.times ? contenders.size() : 0;
        long steps = (long) solves * rows.states().length + (options.floor ? Floor.rows(experiment) : 0);
        try (Progress progress = Progress.of(console.err(), steps, "samples", options.quiet)) {
            double[][] reference = rows.reference();
            if (reference == null) {
                reference = reference(experiment, unit, progress);
            }
            List<Measurement> measurements = new ArrayList<>();
            for (Contender one : contenders) {
                Measurement measured = Measurement.of(
                        one.name(), one.setting(), experiment.run(one.solver(), progress::step), reference, unit);
                measurements.add(
                        options.times
                                ? measured.withMicroseconds(experiment.microseconds(one.solver(), progress::step))
                                : measured);
            }
            return new Comparison(measurements, options.floor ? floor(experiment, unit, progress) : null);
        }
    }

    private static Curve floor(Experiment experiment, double unit, Progress progress) {
        try {
            return Floor.of(experiment, unit, FLOOR_ERRORS, progress::step);
        } catch (IllegalStateException e) {
            throw new RunError(
                    "--floor needs accurate trajectories, but one could not be computed: " + MessageText.of(e)
                            + "; leave out --floor",
                    e);
        }
    }

    private double[][] reference(Experiment experiment, double unit, Progress progress) {
        Reference reference = Reference.of(experiment, unit, progress::step);
        if (reference.failed() > 0) {
            throw new RunError(
                    reference.failed() + " of " + experiment.rows()
                            + " rows of the reference failed, which sliding computes at tolerance "
                            + Violation.text(Reference.TOLERANCE)
                            + "; give exact end states with --reference",
                    null);
        }
        if (!options.quiet) {
            console.err()
                    .println(String.format(
                            Locale.ROOT,
                            "the reference is computed by sliding at tolerance %.0e; its result at %.0e differs by"
                                    + " %.1e rms, %.1e at most: smaller errors are meaningless",
                            Reference.TOLERANCE,
                            Reference.CHECK_TOLERANCE,
                            reference.check().rmsError(),
                            reference.check().largestError()));
        }
        return reference.rows();
    }

    private void deliver(Comparison found, @Nullable Output csv, @Nullable Output plot) {
        List<String> lines = new ArrayList<>(ComparisonTable.measurements(found.measurements()));
        lines.add("");
        lines.addAll(ComparisonTable.callsAt(found.curves()));
        if (options.times) {
            lines.add("");
            lines.addAll(ComparisonTable.timesAt(Curve.ofTimes(found.measurements())));
        }
        table(lines);
        if (csv != null) {
            csv.write(ComparisonCsv.text(found.measurements(), found.floor()).getBytes(StandardCharsets.US_ASCII));
        }
        if (plot != null) {
            plot.write(Png.of(ComparisonPlot.draw(options.target, found)));
        }
        if (!options.quiet) {
            Output.report(console, options.csv);
            Output.report(console, options.plot);
        }
    }

    /** Prints the table to standard output, or to standard error if another output goes to standard output. */
    private void table(List<String> lines) {
        if (options.isOutputTaken()) {
            if (!options.quiet) {
                lines.forEach(console.err()::println);
            }
            return;
        }
        try (Output output = Output.open(console, "the table", null)) {
            output.write((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }
}
