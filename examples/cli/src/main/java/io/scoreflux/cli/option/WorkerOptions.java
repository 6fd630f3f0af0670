package io.scoreflux.cli.option;

import io.scoreflux.cli.text.UserError;
import picocli.CommandLine.Option;

/** How a model is called: rows and threads. */
public final class WorkerOptions {
    private static final int MOST_THREADS = 1024;

    @Option(
            names = "--batch",
            paramLabel = "ROWS",
            defaultValue = "4096",
            description =
                    "The most rows in one call of the denoiser or gradient; guided rows are two each in the model's"
                            + " call (default: 4096). At most 256 trajectories per thread are in flight, or fewer if a quarter of"
                            + " the heap's limit (-Xmx) is too small for them; the plan has the memory of one")
    public int batch;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Threads that compute, each with trajectories or chains and calls of its own; of remote targets calls in"
                            + " flight (default: 1)")
    public int threads;

    /** Checks the ranges. */
    void check() {
        OptionRules.atLeast("--batch", batch, 1);
        OptionRules.atLeast("--threads", threads, 1);
        if (threads > MOST_THREADS) {
            throw new UserError("--threads must be at most " + MOST_THREADS + ", was " + threads
                    + "; more than the machine has cores gain nothing");
        }
    }

    /** The workers; to be closed. */
    public Workers workers() {
        return new Workers(threads, batch);
    }
}
