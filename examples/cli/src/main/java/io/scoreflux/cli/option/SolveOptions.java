package io.scoreflux.cli.option;

import io.scoreflux.cli.targets.Target;
import io.scoreflux.cli.targets.Targets;
import io.scoreflux.cli.text.UserError;
import io.scoreflux.model.onnx.OnnxDenoiserBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of all commands that solve: the target, the noise range, and how the denoiser is called. */
abstract class SolveOptions {

    @Option(
            names = "--target",
            required = true,
            paramLabel = "T",
            description = "A target's JSON file, or a built-in target: digits, ring8, bimodal")
    public String target = "";

    @Option(
            names = "--from-sigma",
            paramLabel = "A",
            description = "Noise level where trajectories start (default: 20 times the target's radius)")
    @Nullable
    public Double fromSigma;

    @Option(
            names = "--to-sigma",
            paramLabel = "B",
            description =
                    "Noise level where they end; 0 in 'sample' and 'decode', with ${bundle:solvers-to-zero} and without --budget"
                            + " (default: a tenth of the smallest component's width)")
    @Nullable
    public Double toSigma;

    @Mixin
    public final WorkerOptions workerOptions = new WorkerOptions();

    @Option(
            names = "--fixed-rows",
            paramLabel = "N",
            description =
                    "Networks: rows in each call of the model, so that the same bits come whatever --batch and --threads;"
                            + " made the next multiple of 16, but for 1 (default: as many as there are)")
    @Nullable
    Integer fixedRows;

    /** Checks what needs no target. */
    void check() {
        if (target.isEmpty()) {
            throw new UserError("--target must name a file or a built-in target");
        }
        OptionRules.positive("--from-sigma", fromSigma);
        OptionRules.notNegative("--to-sigma", toSigma);
        workerOptions.check();
        if (fixedRows != null) {
            OptionRules.atLeast("--fixed-rows", fixedRows, 1);
            if (fixedRows > OnnxDenoiserBuilder.MAX_FIXED_ROWS) {
                throw new UserError("--fixed-rows must be at most " + OnnxDenoiserBuilder.MAX_FIXED_ROWS + ", was "
                        + fixedRows + "; calls of more rows gain nothing");
            }
        }
    }

    /** The target; to be closed. */
    public Target target() {
        return Targets.find(target, fixedRows);
    }

    /** Who computes. */
    public Workers workers() {
        return workerOptions.workers();
    }
}
