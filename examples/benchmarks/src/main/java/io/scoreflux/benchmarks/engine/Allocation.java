package io.scoreflux.benchmarks.engine;

import static io.scoreflux.benchmarks.Figures.format;

import com.sun.management.ThreadMXBean;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.solve.budget.Budget;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.solve.parallel.Parallel;
import io.scoreflux.solve.picard.Picard;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.state.Rows;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/** Bytes that machines allocate by ask and tell, as the virtual machine counts them for the thread, and those of the engine. */
final class Allocation {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int CALLS = 20;

    private Allocation() {}

    /** Every solver of the library. */
    static List<Solver> solvers(Workload workload) {
        List<Solver> solvers = new ArrayList<>(List.of(new Sliding(1e-6), new Picard(1e-6), new Parallel(1e-6)));
        Budget budget = new Budget(CALLS);
        solvers.add(budget.placed(new Workload(workload.name(), workload.denoiser(), workload.problem(), budget)
                .sampler()
                .build()
                .plan()
                .placement()));
        for (Scheme scheme : Scheme.values()) {
            solvers.add(new FixedStep(scheme, CALLS));
        }
        return solvers;
    }

    /**
     * What one solver's machines allocate.
     *
     * @param rounds of all trajectories
     * @param asks bytes of all asks
     * @param tells bytes of all tells but those that end a trajectory
     * @param allocatingTells how many of these allocated at all
     * @param start bytes of making a trajectory, in the mean
     * @param end bytes of its last tell, in the mean
     */
    record Bytes(long rounds, long asks, long tells, long allocatingTells, double start, double end) {}

    /** Drives {@code trajectories} one after the other by hand, after a third as many that warm up. */
    static Bytes of(Workload workload, int trajectories) {
        LongFunction<SolverRun> source = workload.runs();
        Rows rows = new Rows(workload.problem().dimension(), 1024);
        double[] answers = new double[1024 * workload.problem().dimension()];
        long rounds = 0;
        long asks = 0;
        long tells = 0;
        long allocatingTells = 0;
        long starts = 0;
        long ends = 0;
        for (int i = -(trajectories + 2) / 3; i < trajectories; i++) {
            if (i == 0) {
                rounds = asks = tells = allocatingTells = starts = ends = 0;
            }
            long before = THREADS.getCurrentThreadAllocatedBytes();
            SolverRun run = source.apply(Math.abs(i));
            starts += THREADS.getCurrentThreadAllocatedBytes() - before;
            run.target(workload.problem().toSigma());
            while (!run.done()) {
                rows.clear();
                before = THREADS.getCurrentThreadAllocatedBytes();
                run.ask(rows);
                asks += THREADS.getCurrentThreadAllocatedBytes() - before;
                workload.denoiser().denoise(rows, answers);
                before = THREADS.getCurrentThreadAllocatedBytes();
                run.tell(rows, answers, 0);
                long told = THREADS.getCurrentThreadAllocatedBytes() - before;
                rounds++;
                if (run.done()) {
                    ends += told;
                } else {
                    tells += told;
                    allocatingTells += told > 0 ? 1 : 0;
                }
            }
        }
        return new Bytes(
                rounds, asks, tells, allocatingTells, (double) starts / trajectories, (double) ends / trajectories);
    }

    /** One line for each solver. */
    static List<String> machines(Workload workload, int trajectories) {
        TextTable table = new TextTable(
                1,
                "solver",
                "rounds",
                "B / ask",
                "B / tell",
                "tells that allocate %",
                "B / trajectory's start",
                "B / its last tell");
        for (Solver solver : solvers(workload)) {
            Bytes bytes =
                    of(new Workload(workload.name(), workload.denoiser(), workload.problem(), solver), trajectories);
            long tells = bytes.rounds() - trajectories;
            table.row(
                    solver.name(),
                    Long.toString(bytes.rounds()),
                    format("%.1f", (double) bytes.asks() / bytes.rounds()),
                    format("%.1f", (double) bytes.tells() / tells),
                    format("%.2f", 100.0 * bytes.allocatingTells() / tells),
                    format("%.0f", bytes.start()),
                    format("%.0f", bytes.end()));
        }
        return table.lines();
    }

    /**
     * What the engine allocates beyond the machines: a line through two runs of as many samples with {@code few} and with
     * {@code many} calls each, taken off what a loop by hand allocates.
     */
    static List<String> engine(int dimension, int concurrency, int samples, int few, int many) {
        Workload least = Workload.gaussian(dimension, new FixedStep(Scheme.UNIPC, few));
        Workload most = Workload.gaussian(dimension, new FixedStep(Scheme.UNIPC, many));
        double fewCalls = Pass.flux(least, concurrency, samples).calls();
        double manyCalls = Pass.flux(most, concurrency, samples).calls();
        double fewBytes = beyondLoop(least, concurrency, samples);
        double manyBytes = beyondLoop(most, concurrency, samples);
        double perCall = (manyBytes - fewBytes) / (manyCalls - fewCalls);
        TextTable table = new TextTable(0, "concurrency", "B / sample", "B / call", "B / row of it");
        table.row(
                Integer.toString(concurrency),
                format("%.0f", (fewBytes - perCall * fewCalls) / samples),
                format("%.0f", perCall),
                format("%.1f", perCall / concurrency));
        return table.lines();
    }

    private static double beyondLoop(Workload workload, int concurrency, int samples) {
        return Pass.flux(workload, concurrency, samples).bytes()
                - Pass.loop(workload, concurrency, samples).bytes();
    }
}
