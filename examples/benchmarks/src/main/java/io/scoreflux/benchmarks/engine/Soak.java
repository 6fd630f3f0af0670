package io.scoreflux.benchmarks.engine;

import static io.scoreflux.benchmarks.Figures.format;

import io.scoreflux.evaluation.TextTable;
import io.scoreflux.solve.sliding.Sliding;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Runs a long stream with a consumer slower than its producer and a small heap, and measures the live heap after garbage collections. */
public final class Soak {
    private static final int DIMENSION = 64;
    private static final int TENTHS = 10;
    static final int PREFETCH = 64;
    /** The wait of the consumer at each sample, several times the time to compute one. */
    private static final Duration WAIT = Duration.ofNanos(200_000);

    private static final String HEAP = "-Xmx64m";

    private Soak() {}

    /** Runs in this virtual machine. The argument is the number of samples, a multiple of ten. */
    public static void main(String[] args) {
        long samples = Long.parseLong(args[0]);
        run(samples, Math.max(1, Math.min(20, samples / 1000))).lines().forEach(System.out::println);
    }

    /** Runs in a new virtual machine with a small heap, and first prints the command. */
    static void runInChild(long samples) {
        Jvm.run(List.of(HEAP), Soak.class, Long.toString(samples));
    }

    /**
     * The result of a run.
     *
     * @param delivered number of delivered samples
     * @param mostBehind maximum number of samples that were produced and not consumed
     * @param meanBehind mean of this number, at each consumed sample
     * @param live live bytes after each garbage collection
     * @param busy share of the time in which the consumer was busy
     * @param seconds total time
     */
    record Result(long delivered, long mostBehind, double meanBehind, List<Long> live, double busy, double seconds) {

        List<String> lines() {
            TextTable table = new TextTable(0, "tenth", "least MB", "median MB", "most MB");
            int each = live.size() / TENTHS;
            for (int tenth = 0; tenth < TENTHS; tenth++) {
                double[] megabytes = live.subList(tenth * each, (tenth + 1) * each).stream()
                        .mapToDouble(bytes -> 1e-6 * bytes)
                        .sorted()
                        .toArray();
                table.row(
                        Integer.toString(tenth + 1),
                        format("%.2f", megabytes[0]),
                        format("%.2f", Quantiles.median(megabytes)),
                        format("%.2f", megabytes[megabytes.length - 1]));
            }
            List<String> lines = new ArrayList<>(table.lines());
            lines.add(delivered + " samples in " + format("%.0f", seconds) + " s; the consumer was behind by "
                    + format("%.1f", meanBehind) + " in the mean and " + mostBehind + " at most, of a prefetch of "
                    + PREFETCH + ", and at work for " + format("%.0f", 100 * busy) + " % of the time");
            return lines;
        }
    }

    /** Runs the stream, and measures the heap {@code looks} times in each tenth. */
    static Result run(long samples, long looks) {
        Consumer consumer = new Consumer(samples / (TENTHS * looks));
        Scheduler producing = Schedulers.newSingle("producer");
        Scheduler consuming = Schedulers.newSingle("consumer");
        long start = System.nanoTime();
        try {
            Workload.gaussian(DIMENSION, new Sliding(1e-2))
                    .sampler()
                    .build()
                    .samples(0, samples)
                    .subscribeOn(producing)
                    .doOnNext(sample -> consumer.produced.incrementAndGet())
                    .publishOn(consuming, PREFETCH)
                    .doOnNext(sample -> consumer.consume())
                    .blockLast();
        } finally {
            producing.dispose();
            consuming.dispose();
        }
        double seconds = 1e-9 * (System.nanoTime() - start);
        return new Result(
                consumer.consumed,
                consumer.mostBehind,
                (double) consumer.sumBehind / consumer.consumed,
                consumer.live,
                1e-9 * consumer.busyNanos / seconds,
                seconds);
    }

    private static final class Consumer {
        final AtomicLong produced = new AtomicLong();
        private final long period;
        private final List<Long> live = new ArrayList<>();
        private long consumed;
        private long mostBehind;
        private long sumBehind;
        private long busyNanos;

        Consumer(long period) {
            this.period = period;
        }

        void consume() {
            long start = System.nanoTime();
            long behind = produced.get() - consumed;
            mostBehind = Math.max(mostBehind, behind);
            sumBehind += behind;
            consumed++;
            LockSupport.parkNanos(WAIT.toNanos());
            if (consumed % period == 0) {
                live.add(liveBytes());
            }
            busyNanos += System.nanoTime() - start;
        }
    }

    /** The bytes that remain in the heap after a garbage collection. Later allocations do not count. */
    private static long liveBytes() {
        System.gc();
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP && pool.getCollectionUsage() != null)
                .mapToLong(pool -> pool.getCollectionUsage().getUsed())
                .sum();
    }
}
