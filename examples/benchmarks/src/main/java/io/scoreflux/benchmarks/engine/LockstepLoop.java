package io.scoreflux.benchmarks.engine;

import io.scoreflux.model.Denoiser;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * A hand-written loop without streams, demand or error handling. It runs trajectories in lockstep, puts all their queries into one call,
 * and replaces a finished trajectory at once.
 */
final class LockstepLoop {
    private LockstepLoop() {}

    /** Solves the samples {@code 0 .. samples - 1}, {@code concurrency} at a time, and passes each to {@code finished}. */
    static void run(Workload workload, int concurrency, long samples, Consumer<Trajectory> finished) {
        Denoiser denoiser = workload.denoiser();
        LongFunction<SolverRun> source = workload.runs();
        double end = workload.problem().toSigma();
        int dimension = workload.problem().dimension();
        List<SolverRun> inFlight = new ArrayList<>();
        Rows rows = new Rows(dimension, concurrency);
        double[] answers = new double[concurrency * dimension];
        int[] asked = new int[concurrency];
        long next = 0;
        while (true) {
            while (inFlight.size() < concurrency && next < samples) {
                SolverRun run = source.apply(next++);
                run.target(end);
                inFlight.add(run);
            }
            if (inFlight.isEmpty()) {
                return;
            }
            rows.clear();
            for (int i = 0; i < inFlight.size(); i++) {
                asked[i] = inFlight.get(i).ask(rows);
            }
            if (answers.length < rows.count() * dimension) {
                answers = new double[2 * rows.count() * dimension];
            }
            denoiser.denoise(rows, answers);
            int row = 0;
            int staying = 0;
            for (int i = 0; i < inFlight.size(); i++) {
                SolverRun run = inFlight.get(i);
                run.tell(rows, answers, row);
                row += asked[i];
                if (run.done()) {
                    finished.accept(run);
                } else {
                    inFlight.set(staying++, run);
                }
            }
            inFlight.subList(staying, inFlight.size()).clear();
        }
    }
}
