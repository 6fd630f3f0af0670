package io.scoreflux.benchmarks.engine;

import io.scoreflux.Sampler;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The overhead of Kotlin's Flow over the Flux: samples of one call each to a model of negligible cost, requested one by one. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FlowBenchmark {
    private static final int SAMPLES = 1000;

    /** The number of samples computed ahead of the requested one. */
    @Param({"0", "16"})
    public int prefetch;

    private Sampler sampler = sampler(0);

    private static Sampler sampler(int prefetch) {
        return Workload.gaussian(1, new FixedStep(Scheme.EULER, 1))
                .sampler()
                .stages(1)
                .prefetch(prefetch)
                .build();
    }

    /** Builds the sampler. */
    @Setup
    public void prepare() {
        sampler = sampler(prefetch);
    }

    /** The sum of the indices, by a subscriber to the Flux. */
    @Benchmark
    @OperationsPerInvocation(SAMPLES)
    public long flux() {
        return Collected.flux(sampler, SAMPLES);
    }

    /** The sum of the indices, by a collector of the Flow. */
    @Benchmark
    @OperationsPerInvocation(SAMPLES)
    public long flow() {
        return Collected.flow(sampler, SAMPLES);
    }
}
