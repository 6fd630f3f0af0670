package io.scoreflux.cli.command;

import io.scoreflux.cli.option.FileName;
import io.scoreflux.cli.option.OptionRules;
import io.scoreflux.cli.option.WorkerOptions;
import io.scoreflux.cli.output.Console;
import io.scoreflux.error.Violation;
import io.scoreflux.files.text.UserError;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks the results of an earlier run. */
@Command(
        name = "verify",
        description = "Checks a directory that 'sample --shard' wrote: each sample occurs exactly once, the hashes"
                + " match, and samples that are computed again have the same bits. With --receipts: computes samples"
                + " again from the receipts of 'sample --receipts', and states how many digits agree.",
        footer = "%nThe result is one JSON object on standard output. For a directory: the numbers of parts, samples"
                + " and bytes, the number of samples by status, the number of calls, the number of samples that were"
                + " computed again, the seed of their selection, and the number of faults. The exit code is 1 if a part"
                + " is missing, if anything differs, or if a sample failed.%nFor receipts: the numbers of receipts, of"
                + " samples that were computed again, of those with the same bits, and of those that failed in both runs; the"
                + " number of digits that agree in all others, or null if there are none or the samples are not at hand;"
                + " the seed of the selection, or null with --index; and the number of faults. The exit code is 1 if a"
                + " receipt is missing, or if a sample differs by more than --tolerance.%nThe"
                + " last digits of a network on a server, or in an ONNX file without --fixed-rows, can depend on the"
                + " other rows of the batch; set --tolerance then.",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class VerifyCommand implements Callable<Integer> {
    private static final int DEFAULT_SAMPLES = 16;

    private final Console console;

    @Parameters(paramLabel = "DIR", arity = "0..1", description = "The directory of the parts")
    private @Nullable Path directory;

    @Option(
            names = "--receipts",
            paramLabel = "FILE.ndjson",
            converter = FileName.class,
            description = "The file of receipts, instead of a directory")
    private @Nullable Path receipts;

    @Option(
            names = "--values",
            paramLabel = "FILE",
            converter = FileName.class,
            description = "With --receipts: the file with the samples, if it has moved since the run (default: the"
                    + " name in the receipts)")
    private @Nullable Path values;

    @Option(
            names = "--index",
            paramLabel = "I",
            description =
                    "With --receipts: index of a sample to compute again, instead of random ones; can be repeated")
    private List<Long> indices = List.of();

    @Option(
            names = "--samples",
            paramLabel = "K",
            description =
                    "Number of random samples that are computed again and compared (default: " + DEFAULT_SAMPLES + ")")
    private @Nullable Integer samples;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Seed that selects these samples; the same seed selects the same samples (default: random)")
    private @Nullable Long seed;

    @Option(
            names = "--tolerance",
            paramLabel = "E",
            defaultValue = "0",
            description = "Largest permitted difference of a value, relative to the largest value of its sample"
                    + " (default: 0, all bits must agree)")
    private double tolerance;

    @Option(
            names = "--target",
            paramLabel = "T",
            description = "New name of the target, if its file has moved since the run (default: the name in the"
                    + " manifest or in the receipts)")
    private @Nullable String target;

    @Mixin
    private final WorkerOptions workerOptions = new WorkerOptions();

    @Option(names = "--quiet", description = "Suppresses progress")
    private boolean quiet;

    public VerifyCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (samples != null) {
            OptionRules.atLeast("--samples", samples, 0);
        }
        if (!(tolerance >= 0 && tolerance < 1)) {
            throw new UserError("--tolerance must be in [0, 1), was " + Violation.text(tolerance));
        }
        workerOptions.check();
        Verification settings = new Verification(
                console,
                samples == null ? DEFAULT_SAMPLES : samples,
                seed == null ? new SecureRandom().nextLong() : seed,
                tolerance,
                workerOptions,
                quiet);
        Path file = receipts;
        Path parts = directory;
        if ((file == null) == (parts == null)) {
            throw new UserError("give either the directory of the parts or --receipts, "
                    + (file == null ? "neither is given" : "both are given"));
        }
        if (file != null) {
            if (!indices.isEmpty()) {
                withoutIndex("--samples", samples);
                withoutIndex("--seed", seed);
            }
            for (long index : indices) {
                OptionRules.atLeast("--index", index, 0);
            }
            if (samples != null) {
                OptionRules.atLeast("--samples", samples, 1);
            }
            return new ReceiptVerification(settings).run(file, values, indices, target);
        }
        withReceipts("--values", values != null);
        withReceipts("--index", !indices.isEmpty());
        return new ShardVerification(settings).run(parts == null ? Path.of("") : parts, target);
    }

    private static void withoutIndex(String option, @Nullable Object value) {
        if (value != null) {
            throw new UserError(option + " does not apply to --index; leave out one of them");
        }
    }

    private static void withReceipts(String option, boolean given) {
        if (given) {
            throw new UserError(option + " requires --receipts; leave out " + option);
        }
    }
}
