package io.scoreflux.cli.command;

import io.scoreflux.cli.option.CompareOptions;
import io.scoreflux.cli.option.Contenders;
import io.scoreflux.cli.option.OptionRules;
import io.scoreflux.cli.option.Workers;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Output;
import io.scoreflux.cli.output.Png;
import io.scoreflux.cli.output.Progress;
import io.scoreflux.cli.targets.Target;
import io.scoreflux.cli.text.MessageText;
import io.scoreflux.cli.text.RunError;
import io.scoreflux.cli.text.UserError;
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

/** Measures what solvers cost for a true error. */
@Command(
        name = "compare",
        description = "Measures denoiser calls and rounds against the true error, for several solvers on one target.",
        footer = "%nAll solvers start from the same states. The table goes to standard output, or to standard"
                + " error%nwhere --csv or --plot is -: denoiser calls of a row (mean,%n99th percentile, most), rounds,"
                + " true error relative to the radius (root mean square, largest), failed%nrows, and of solvers with an"
                + " error estimate the rows in per cent where it is below a third of the true%nerror (low) and above ten"
                + " times the larger of the true and the rms error (high). Below it the calls at%nfour errors,"
                + " interpolated. Failed rows count in the calls, not in the errors.%nExit code 0: all done; 1: the run"
                + " failed; 2: bad arguments or input.",
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
        try (Target target = options.target()) {
            return compare(contenders, target);
        }
    }

    private int compare(List<Contender> contenders, Target target) {
        Denoiser denoiser = options.given.denoiser(target);
        Condition condition = options.given.condition(denoiser);
        OptionRules.Range range = OptionRules.range(options.fromSigma, options.toSigma, target);
        CompareRows rows = CompareRows.of(options, denoiser, range.from());
        Double given = options.radius;
        double radius = target.radius().orElseGet(() -> {
            if (given == null) {
                throw new UserError("--target " + options.target
                        + ": the data's radius is not known; give mean and variance, or the radius, in the"
                        + " file, or --radius");
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
        // Opened before any work, so that a place that cannot be written is refused in time.
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

    /** Refuses settings that a solver cannot have on this problem. */
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
        long steps = (long) solves * rows.states().length + (options.floor ? Floor.rows(experiment) : 0);
        try (Progress progress = Progress.of(console.err(), steps, "samples", options.quiet)) {
            double[][] reference = rows.reference();
            if (reference == null) {
                reference = reference(experiment, unit, progress);
            }
            List<Measurement> measurements = new ArrayList<>();
            for (Contender one : contenders) {
                measurements.add(Measurement.of(
                        one.name(), one.setting(), experiment.run(one.solver(), progress::step), reference, unit));
            }
            return new Comparison(measurements, options.floor ? floor(experiment, unit, progress) : null);
        }
    }

    private static Curve floor(Experiment experiment, double unit, Progress progress) {
        try {
            return Floor.of(experiment, unit, FLOOR_ERRORS, progress::step);
        } catch (IllegalStateException e) {
            throw new RunError(
                    "the floor needs accurate paths, and one cannot be computed: " + MessageText.of(e)
                            + "; leave out --floor",
                    e);
        }
    }

    private double[][] reference(Experiment experiment, double unit, Progress progress) {
        Reference reference = Reference.of(experiment, unit, progress::step);
        if (reference.failed() > 0) {
            throw new RunError(
                    reference.failed() + " of " + experiment.rows()
                            + " rows of the reference failed, sliding at tolerance "
                            + Violation.text(Reference.TOLERANCE)
                            + "; give the exact ends with --reference",
                    null);
        }
        if (!options.quiet) {
            console.err()
                    .println(String.format(
                            Locale.ROOT,
                            "the reference is sliding at tolerance %.0e; at %.0e it differs by %.1e rms, %.1e at most:"
                                    + " smaller errors mean nothing",
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
