package io.scoreflux.cli.output;

import java.io.PrintStream;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Prints lines about a run in progress: at most one every ten seconds. */
public final class Updates {
    private static final long EVERY = Duration.ofSeconds(10).toNanos();

    private final PrintStream err;
    private final LongSupplier clock;
    private long last;

    /**
     * Starts the first ten seconds.
     *
     * @param clock returns the time in nanoseconds
     */
    public Updates(PrintStream err, LongSupplier clock) {
        this.err = err;
        this.clock = clock;
        this.last = clock.getAsLong();
    }

    /** Prints the line if one is due. */
    public void offer(Supplier<String> line) {
        long now = clock.getAsLong();
        if (now - last >= EVERY) {
            last = now;
            err.println(line.get());
        }
    }
}
