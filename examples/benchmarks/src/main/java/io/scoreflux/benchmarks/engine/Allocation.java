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

/** Bytes that machines allocate in ask and tell, and that the engine allocates, as counted by the virtual machine for the thread. */
final class Allocation {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int CALLS = 20;

    private Allocation() {}

    /** The solvers to measure. */
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
     * The allocations of one solver's machines.
     *
     * @param rounds rounds of all trajectories
     * @param asks bytes of all asks
     * @param tells bytes of all tells, except those that end a trajectory
     * @param allocatingTells number of these tells that allocated anything
     * @param start mean bytes of the creation of a trajectory
     * @param end mean bytes of the final update of a trajectory, which ends it
     */
    record Bytes(long rounds, long asks, long tells, long allocatingTells, double start, double end) {}

    /** Computes {@code trajectories} trajectories one after another without the engine, after a third as many for warm-up. */
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
     * The allocations of the engine beyond those of the machines. Both runs have the same number of samples, with {@code few} and
     * {@code many} calls each. The allocations of a hand-written loop are subtracted, and a line through both runs separates the costs
     * per sample and per call.
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
