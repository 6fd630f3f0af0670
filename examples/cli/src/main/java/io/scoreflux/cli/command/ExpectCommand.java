package io.scoreflux.cli.command;

import io.scoreflux.Estimate;
import io.scoreflux.Expectation;
import io.scoreflux.Plan;
import io.scoreflux.Sampler;
import io.scoreflux.cli.option.ExpectOptions;
import io.scoreflux.cli.option.FunctionOptions.Named;
import io.scoreflux.cli.option.Workers;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Output;
import io.scoreflux.cli.output.Updates;
import io.scoreflux.error.FunctionFailedException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.files.format.JsonOutput;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.RunError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import reactor.core.publisher.Flux;
import tools.jackson.core.JsonGenerator;

/** Estimates expectations to a given half-width. */
@Command(
        name = "expect",
        description = "Estimates the expectation of a function of a sample to a given half-width at a given confidence,"
                + " with as many samples as needed.",
        footer = "%n"
                + "The result is one JSON object on standard output, with one entry in each list for each function:%n"
                + "function, of (names of the functions, such as x0), estimate, halfWidth (null if nothing is known yet),"
                + " biasBound (null without one), effectiveSamples (independent samples that would give the same variance),"
                + " samples, calls (all denoiser calls), pilotCalls (those of pilot runs among them), status (within or"
                + " max-samples), within, confidence.%n"
                + "With the probability --confidence, all intervals, estimate +- (halfWidth + biasBound), contain the expectations over"
                + " the exact solutions. Without a bias bound, it contains the expectation over the samples of the solver.%n"
                + "The intervals on standard error while it runs are wider, because they are valid at all times"
                + " simultaneously.%n"
                + "Exit code 0: each interval is within --within; 1: the run failed, or --max-samples came first, after the"
                + " result; 2: invalid arguments or input.",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class ExpectCommand implements Callable<Integer> {
    private static final int SHOWN = 20;

    private final Console console;

    @Mixin
    private final ExpectOptions options = new ExpectOptions();

    public ExpectCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        options.check();
        try (Target target = options.target();
                Workers workers = options.workers()) {
            Sampler sampler = options.sampler(target, workers);
            List<Named> functions = options.functions(target);
            Expectation expectation = options.expectation(sampler, functions);
            String remark = options.remark(target);
            if (remark != null && !options.quiet) {
                console.err().println(remark);
            }
            long pilotCalls = options.plan == null ? plan(sampler).pilotCalls() : 0;
            Estimate estimate = compute(expectation, functions);
            print(estimate, functions, pilotCalls);
            return report(estimate, functions, pilotCalls);
        }
    }

    private Plan plan(Sampler sampler) {
        try {
            Plan plan = sampler.plan();
            if (plan.pilotCalls() > 0 && options.plan == null && !options.quiet) {
                console.err().println(plan);
            }
            return plan;
        } catch (IllegalStateException e) {
            throw new RunError(MessageText.of(e), e);
        }
    }

    private Estimate compute(Expectation expectation, List<Named> functions) {
        Flux<Estimate> estimates = expectation.estimates();
        if (!options.quiet) {
            Updates updates = new Updates(console.err(), System::nanoTime);
            estimates = estimates.doOnNext(estimate -> updates.offer(() -> running(estimate, functions)));
        }
        try {
            return Objects.requireNonNull(estimates.blockLast());
        } catch (FunctionFailedException e) {
            Violation violation = e.violation().withSetting("the function").withRemedies("give wider --bounds");
            throw new RunError("sample " + e.index() + ": " + MessageText.of(violation), e);
        } catch (InvalidConfigurationException e) {
            // The library numbers half-widths, of which there is one here.
            Violation violation = e.violation();
            boolean within = violation.setting().startsWith("within[");
            throw new RunError(MessageText.of(within ? violation.withSetting("within") : violation), e);
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new RunError(MessageText.of(e), e);
        }
    }

    /** The estimate with the widest interval. */
    private static String running(Estimate estimate, List<Named> functions) {
        int widest = widest(estimate);
        return estimate.samples() + " samples: " + functions.get(widest).name() + " = "
                + estimate.values().get(widest);
    }

    private static int widest(Estimate estimate) {
        int widest = 0;
        for (int j = 1; j < estimate.values().size(); j++) {
            if (estimate.values().get(j).total() > estimate.values().get(widest).total()) {
                widest = j;
            }
        }
        return widest;
    }

    private void print(Estimate estimate, List<Named> functions, long pilotCalls) {
        byte[] line = JsonOutput.line(json -> {
            json.writeStringProperty("function", options.function.function);
            json.writeArrayPropertyStart("of");
            functions.forEach(each -> json.writeString(each.name()));
            json.writeEndArray();
            write(json, "estimate", estimate, Estimate.Value::value);
            write(json, "halfWidth", estimate, Estimate.Value::halfWidth);
            write(json, "biasBound", estimate, value -> value.bias().orElse(Double.NaN));
            write(json, "effectiveSamples", estimate, Estimate.Value::effectiveSamples);
            json.writeNumberProperty("samples", estimate.samples());
            json.writeNumberProperty("calls", estimate.calls() + estimate.pilotCalls() + pilotCalls);
            json.writeNumberProperty("pilotCalls", estimate.pilotCalls() + pilotCalls);
            json.writeStringProperty("status", estimate.status() == Estimate.Status.WITHIN ? "within" : "max-samples");
            json.writeNumberProperty("within", options.within);
            json.writeNumberProperty("confidence", options.confidence);
        });
        try (Output output = Output.open(console, "the result", null)) {
            output.write(line);
        }
    }

    private static void write(
            JsonGenerator json, String name, Estimate estimate, ToDoubleFunction<Estimate.Value> number) {
        json.writeArrayPropertyStart(name);
        for (Estimate.Value value : estimate.values()) {
            double written = number.applyAsDouble(value);
            if (Double.isFinite(written)) {
                json.writeNumber(written);
            } else {
                json.writeNull();
            }
        }
        json.writeEndArray();
    }

    private int report(Estimate estimate, List<Named> functions, long pilotCalls) {
        if (!options.quiet) {
            table(estimate, functions, pilotCalls).forEach(console.err()::println);
        }
        if (estimate.status() == Estimate.Status.WITHIN) {
            return 0;
        }
        int widest = widest(estimate);
        double total = estimate.values().get(widest).total();
        if (total == Double.POSITIVE_INFINITY) {
            throw new RunError(
                    "no interval of " + functions.get(widest).name() + " is known after " + estimate.samples()
                            + (estimate.samples() == 1 ? " sample" : " samples")
                            + "; raise --max-samples to 100 or more",
                    null);
        }
        throw new RunError(
                "the interval of " + functions.get(widest).name() + " is +- "
                        + format("%.3g", total) + " after " + estimate.samples()
                        + " samples, but --within is " + Violation.text(options.within)
                        + "; the interval is valid; for a narrower one raise --max-samples, otherwise raise --within",
                null);
    }

    private static List<String> table(Estimate estimate, List<Named> functions, long pilotCalls) {
        TextTable table = new TextTable(1, "function", "estimate", "half-width", "bias bound", "effective samples");
        int shown = Math.min(SHOWN, functions.size());
        for (int j = 0; j < shown; j++) {
            Estimate.Value value = estimate.values().get(j);
            OptionalDouble bias = value.bias();
            table.row(
                    functions.get(j).name(),
                    format("%.6g", value.value()),
                    format("%.2g", value.halfWidth()),
                    bias.isPresent() ? format("%.2g", bias.getAsDouble()) : "none",
                    format("%.0f", value.effectiveSamples()));
        }
        List<String> lines = new ArrayList<>(table.lines());
        if (shown < functions.size()) {
            lines.add("and " + (functions.size() - shown) + " more");
        }
        long pilots = estimate.pilotCalls() + pilotCalls;
        lines.add(estimate.samples() + " samples, " + (estimate.calls() + pilots) + " calls"
                + (pilots == 0 ? "" : ", " + pilots + " of them in pilot runs"));
        return lines;
    }

    private static String format(String pattern, double value) {
        return String.format(Locale.ROOT, pattern, value);
    }
}
