package io.scoreflux.cli.option;

import io.scoreflux.files.targets.NetworkCalls;
import io.scoreflux.files.text.UserError;
import io.scoreflux.model.network.TensorDenoiserBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options for calls of a network. */
public final class CallOptions {
    /** 1 EiB in MiB. */
    private static final long MAX_MEMORY = 1L << 40;

    private static final int MIB_BITS = 20;

    @Option(
            names = "--fixed-rows",
            paramLabel = "N",
            description =
                    "For networks: fixed number of rows in each call of the network, so that a result does not depend"
                            + " on the other results, --batch and --threads. Numbers above 1 are rounded up to a"
                            + " multiple of 16 (default: as many rows as are available)")
    @Nullable
    Integer fixedRows;

    @Option(
            names = "--memory",
            paramLabel = "MIB",
            description = "For networks: maximum memory of one call of the network in MiB, by a rough estimate; larger"
                    + " batches are divided (default: 256; in 'image', 4096)")
    @Nullable
    Long memory;

    /** Checks the ranges. */
    void check() {
        if (fixedRows != null) {
            OptionRules.atLeast("--fixed-rows", fixedRows, 1);
            if (fixedRows > TensorDenoiserBuilder.MAX_FIXED_ROWS) {
                throw new UserError("--fixed-rows must be at most " + TensorDenoiserBuilder.MAX_FIXED_ROWS + ", was "
                        + fixedRows + "; larger calls are not faster");
            }
        }
        if (memory != null) {
            OptionRules.atLeast("--memory", memory, 1);
            if (memory > MAX_MEMORY) {
                throw new UserError("--memory must be at most " + MAX_MEMORY + " MiB, was " + memory);
            }
        }
    }

    /** The calls. */
    public NetworkCalls calls() {
        return new NetworkCalls(fixedRows, memory == null ? null : memory << MIB_BITS);
    }
}
