package io.scoreflux.benchmarks.engine;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One run over the samples {@code 0 .. n - 1} on one thread.
 *
 * @param nanos wall clock time
 * @param cpuNanos CPU time of the thread
 * @param denoiserNanos wall clock time in the denoiser
 * @param calls number of denoiser calls
 * @param rows number of rows in these calls
 * @param bytes bytes that the thread allocated
 * @param values values of the samples, by index
 */
@SuppressWarnings("ArrayRecordComponent") // Records are not compared.
record Pass(long nanos, long cpuNanos, long denoiserNanos, long calls, long rows, long bytes, double[][] values) {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    double cpuNanosPerRow() {
        return (double) cpuNanos / rows;
    }

    /** Returns the share of the wall clock time in the denoiser. */
    double denoiserShare() {
        return (double) denoiserNanos / nanos;
    }

    /** Runs the hand-written loop. */
    static Pass loop(Workload workload, int concurrency, int samples) {
        return of(
                workload,
                samples,
                metered -> values -> LockstepLoop.run(metered, concurrency, samples, trajectory -> {
                    if (trajectory.certificate().failure() == null) {
                        values[(int) trajectory.index()] = trajectory.z();
                    }
                }));
    }

    /** Runs the stream on the subscribing thread, with unbounded demand. */
    static Pass flux(Workload workload, int concurrency, int samples) {
        return of(
                workload,
                samples,
                metered -> values -> metered.sampler()
                        .concurrency(concurrency)
                        .build()
                        .samples(0, samples)
                        .subscribe(sample -> values[(int) sample.index()] = sample.values()));
    }

    private static Pass of(Workload workload, int samples, Function<Workload, Consumer<double[][]>> way) {
        MeteredDenoiser denoiser = new MeteredDenoiser(workload.denoiser());
        Consumer<double[][]> run = way.apply(workload.with(denoiser));
        double[][] values = new double[samples][];
        long bytes = THREADS.getCurrentThreadAllocatedBytes();
        long cpu = THREADS.getCurrentThreadCpuTime();
        long start = System.nanoTime();
        run.accept(values);
        long nanos = System.nanoTime() - start;
        cpu = THREADS.getCurrentThreadCpuTime() - cpu;
        bytes = THREADS.getCurrentThreadAllocatedBytes() - bytes;
        return new Pass(nanos, cpu, denoiser.nanos(), denoiser.calls(), denoiser.rows(), bytes, values);
    }
}
