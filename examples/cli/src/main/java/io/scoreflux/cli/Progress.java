package io.scoreflux.cli;

import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarStyle;

/** Says how far the run is: a bar on a terminal, elsewhere a line now and then. */
abstract class Progress implements AutoCloseable {
    private static final int BAR_WIDTH = 80;

    /** One sample more is done. */
    abstract void step();

    @Override
    public abstract void close();

    /** Progress of a run of {@code total} samples. */
    static Progress of(PrintStream err, long total, boolean quiet) {
        if (quiet || total == 0) {
            return new Silent();
        }
        return Terminal.isAttached() ? new Bar(err, total) : new Lines(err, total);
    }

    private static final class Silent extends Progress {
        @Override
        void step() {}

        @Override
        public void close() {}
    }

    private static final class Bar extends Progress {
        private final ProgressBar bar;

        Bar(PrintStream err, long total) {
            bar = ProgressBar.builder()
                    .setTaskName("sampling")
                    .setInitialMax(total)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(200)
                    .setConsumer(new ConsoleProgressBarConsumer(err, BAR_WIDTH))
                    .build();
        }

        @Override
        void step() {
            bar.step();
        }

        @Override
        public void close() {
            bar.close();
        }
    }

    private static final class Lines extends Progress {
        private static final long EVERY = Duration.ofSeconds(10).toNanos();

        private final PrintStream err;
        private final long total;
        private long done;
        private long last = System.nanoTime();

        Lines(PrintStream err, long total) {
            this.err = err;
            this.total = total;
        }

        @Override
        void step() {
            done++;
            long now = System.nanoTime();
            if (now - last >= EVERY) {
                last = now;
                err.println(done + " of " + total + " samples");
            }
        }

        @Override
        public void close() {}
    }
}
