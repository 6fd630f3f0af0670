package io.scoreflux.cli.option;

import io.scoreflux.files.targets.Target;
import io.scoreflux.files.targets.Targets;
import io.scoreflux.files.text.UserError;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of all commands that solve: the target, the noise range, and how the denoiser is called. */
abstract class SolveOptions {

    @Option(
            names = "--target",
            required = true,
            paramLabel = "T",
            description = "JSON file of a target, or a built-in target: digits, ring8, bimodal")
    public String target = "";

    @Option(
            names = "--from-sigma",
            paramLabel = "A",
            description = "Largest noise level, where trajectories start (default: 20 times the radius of the target;"
                    + " for networks: 80, or the largest level of their scheduler)")
    @Nullable
    public Double fromSigma;

    @Option(
            names = "--to-sigma",
            paramLabel = "B",
            description = "Smallest noise level, where trajectories end. In 'sample' and 'decode', 0 is possible with"
                    + " ${bundle:solvers-to-zero} and without --budget (default: a tenth of the smallest"
                    + " component's width; for networks: 0.002, or the smallest level of their scheduler)")
    @Nullable
    public Double toSigma;

    @Mixin
    public final WorkerOptions workerOptions = new WorkerOptions();

    @Mixin
    private final CallOptions calls = new CallOptions();

    /** Checks the options that do not depend on the target. */
    void check() {
        if (target.isEmpty()) {
            throw new UserError("--target must name a file or a built-in target");
        }
        OptionRules.positive("--from-sigma", fromSigma);
        OptionRules.notNegative("--to-sigma", toSigma);
        workerOptions.check();
        calls.check();
    }

    /** The target, which the caller must close. */
    public Target target() {
        return Targets.find(target, calls.calls());
    }

    /** The noise range. The target supplies what is not given. */
    public OptionRules.Range range(Target of) {
        return OptionRules.range(fromSigma, toSigma, of, target);
    }

    /** The workers, which the caller must close. */
    public Workers workers() {
        return workerOptions.workers();
    }
}
