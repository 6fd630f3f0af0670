package io.scoreflux.benchmarks.engine;

import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.state.Rows;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Trajectories computed one after another without the engine, with a model of negligible cost. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MachineBenchmark {
    private static final int DIMENSION = 64;
    private static final int MOST_ROWS = 1024;

    /** The solver's name. */
    @Param({"sliding", "picard", "parallel", "budget", "euler", "heun", "dpmpp-3m", "unipc"})
    public String solver = "";

    private final Rows rows = new Rows(DIMENSION, MOST_ROWS);
    private final double[] answers = new double[DIMENSION * MOST_ROWS];
    private Workload workload = Workload.gaussian(DIMENSION, new Sliding(1e-6));
    private LongFunction<SolverRun> source = workload.runs();
    private long index;

    /** Counters for which JMH reports the time per operation. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counted {
        /** The number of asks and tells. */
        public long rounds;
        /** The number of queries. */
        public long rows;
    }

    /** Finds the solver. */
    @Setup
    public void prepare() {
        Solver named = Allocation.solvers(workload).stream()
                .filter(one -> one.name().equals(solver))
                .findFirst()
                .orElseThrow();
        workload = Workload.gaussian(DIMENSION, named);
        source = workload.runs();
    }

    /** Computes one trajectory. */
    @Benchmark
    public double[] trajectory(Counted counted) {
        SolverRun run = source.apply(index++);
        run.target(workload.problem().toSigma());
        while (!run.done()) {
            rows.clear();
            counted.rows += run.ask(rows);
            counted.rounds++;
            workload.denoiser().denoise(rows, answers);
            run.tell(rows, answers, 0);
        }
        return run.z();
    }
}
