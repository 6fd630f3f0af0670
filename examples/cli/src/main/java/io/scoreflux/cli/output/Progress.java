package io.scoreflux.cli.output;

import java.io.PrintStream;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows the progress of a run: a bar on a terminal, otherwise a line at intervals. */
public abstract class Progress implements AutoCloseable {
    private static final int BAR_WIDTH = 80;

    /** Counts one more completed item. */
    public abstract void step();

    @Override
    public abstract void close();

    /** Progress of a run of {@code total} items, which {@code counted} names in the plural. */
    public static Progress of(PrintStream err, long total, String counted, boolean quiet) {
        if (quiet || total == 0) {
            return new Silent();
        }
        return Terminal.isAttached() ? new Bar(err, total, counted) : new Lines(err, total, counted, System::nanoTime);
    }

    private static final class Silent extends Progress {
        @Override
        public void step() {}

        @Override
        public void close() {}
    }

    private static final class Bar extends Progress {
        private final ProgressBar bar;

        Bar(PrintStream err, long total, String counted) {
            bar = ProgressBar.builder()
                    .setTaskName(counted)
                    .setInitialMax(total)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(200)
                    .setConsumer(new ConsoleProgressBarConsumer(err, BAR_WIDTH))
                    .build();
        }

        @Override
        public void step() {
            bar.step();
        }

        @Override
        public void close() {
            bar.close();
        }
    }

    public static final class Lines extends Progress {
        private final Updates updates;
        private final long total;
        private long done;
        private final String counted;

        public Lines(PrintStream err, long total, String counted, LongSupplier clock) {
            this.updates = new Updates(err, clock);
            this.total = total;
            this.counted = counted;
        }

        @Override
        public void step() {
            done++;
            updates.offer(() -> done + " of " + total + " " + counted);
        }

        @Override
        public void close() {}
    }
}
