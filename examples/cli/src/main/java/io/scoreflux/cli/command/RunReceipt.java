package io.scoreflux.cli.command;

import io.scoreflux.Plan;
import io.scoreflux.cli.option.RunOptions;
import io.scoreflux.cli.receipt.ReceiptRun;
import io.scoreflux.cli.receipt.ReceiptWriter;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.PlanFile;
import io.scoreflux.files.targets.Target;
import io.scoreflux.internal.KernelVariant;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes the first line of receipts. It is not in {@link Delivery}, so that a run without receipts does not load the binding of Jackson. */
final class RunReceipt {
    private RunReceipt() {}

    /**
     * Writes the run.
     *
     * @param receipts the file of the receipts
     * @param count number of samples
     * @param plan the plan of the sampler, or null if there are no samples
     * @param format the format of the samples
     */
    static void write(
            ReceiptWriter writer,
            Path receipts,
            RunOptions options,
            Target target,
            long count,
            @Nullable Plan plan,
            Format format) {
        Path out = options.output.isStandard() ? null : options.output.path();
        writer.write(new ReceiptRun(
                Version.number(),
                KernelVariant.selected().toString(),
                options.name(target),
                options.arguments(),
                options.toleranceOfSolver(),
                options.hashes(),
                options.firstIndex,
                count,
                plan == null ? null : PlanFile.tree(plan),
                out == null ? null : new ReceiptRun.Samples(relative(receipts, out), format.name())));
    }

    /** The name of a file relative to the directory of another, or its absolute name if they have no common root. */
    private static String relative(Path to, Path file) {
        Path absolute = file.toAbsolutePath().normalize();
        Path directory = Objects.requireNonNull(to.toAbsolutePath().normalize().getParent());
        return Objects.equals(absolute.getRoot(), directory.getRoot())
                ? directory.relativize(absolute).toString()
                : absolute.toString();
    }
}
