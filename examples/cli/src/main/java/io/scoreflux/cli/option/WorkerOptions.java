package io.scoreflux.cli.option;

import io.scoreflux.files.text.UserError;
import picocli.CommandLine.Option;

/** The options for calls of the model: rows and threads. */
public final class WorkerOptions {
    private static final int MOST_THREADS = 1024;

    @Option(
            names = "--batch",
            paramLabel = "ROWS",
            defaultValue = "4096",
            description =
                    "Maximum number of rows in one call of the denoiser or gradient (default: 4096). With guidance,"
                            + " each row becomes two rows in the call of the model. Each thread has at most 256"
                            + " trajectories in flight, or fewer if they need more than a quarter of the heap limit"
                            + " (-Xmx); the plan contains the memory of one trajectory")
    public int batch;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Number of threads. Each thread has its own trajectories or chains, and makes its own calls. For"
                            + " remote targets: number of calls in flight (default: 1)")
    public int threads;

    /** Checks the ranges. */
    public void check() {
        OptionRules.atLeast("--batch", batch, 1);
        OptionRules.atLeast("--threads", threads, 1);
        if (threads > MOST_THREADS) {
            throw new UserError("--threads must be at most " + MOST_THREADS + ", was " + threads
                    + "; more threads than cores are not faster");
        }
    }

    /** The workers, which the caller must close. */
    public Workers workers() {
        return new Workers(threads, batch);
    }
}
