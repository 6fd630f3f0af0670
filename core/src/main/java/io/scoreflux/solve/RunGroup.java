package io.scoreflux.solve;

import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Several samples whose machines take the same steps, for code that drives machines. The samples have the same bits as if each was driven
 * alone.
 *
 * <pre>{@code
 * RunGroup group = RunGroup.of(runs.get(0));
 * for (SolverRun run : runs) {
 *     run.target(end);
 *     group.add(run);
 * }
 * while (!group.done()) {
 *     rows.clear();
 *     group.ask(rows);
 *     denoiser.denoise(rows, answers);
 *     group.tell(rows, answers, 0);
 * }
 * group.release();
 * }</pre>
 *
 * <p>Until {@link #release}, the runs show the state and the counts that they had when they were added, and must not be driven. Not
 * thread-safe: any thread may drive a group, but only one at a time.
 */
public final class RunGroup {
    private final MachineGroup machines;
    private final List<SolverRun> runs = new ArrayList<>();
    /** The noise levels of the rounds since the group was empty. */
    private double[] levels = new double[16];

    private int rounds;

    private RunGroup(MachineGroup machines) {
        this.machines = machines;
    }

    /** Creates an empty group for a run and others like it, or returns null if its machine has no groups. */
    public static @Nullable RunGroup of(SolverRun run) {
        MachineGroup machines = run.machine().newGroup();
        return machines == null ? null : new RunGroup(machines);
    }

    /**
     * Adds a run, which must not be done and must not wait for values.
     *
     * @return false if its machine is at another step than the group, if its condition is not equal to that of the other runs, or if the group has
     *     asked for values since it was empty
     */
    public boolean add(SolverRun run) {
        if (rounds > 0 || (!runs.isEmpty() && !Objects.equals(condition(), run.condition()))) {
            return false;
        }
        runs.add(run);
        boolean added = false;
        try {
            added = machines.add(run.machine());
        } finally {
            if (!added) {
                runs.remove(runs.size() - 1);
            }
        }
        return added;
    }

    /** Appends one row for each run, in the order in which they were added. */
    public void ask(Rows append) {
        int first = append.count();
        if (rounds == levels.length) {
            levels = Arrays.copyOf(levels, 2 * rounds);
        }
        machines.ask(append);
        append.condition(first, condition());
        levels[rounds++] = append.sigma(first);
    }

    /**
     * Passes the denoiser's values for the last round to the machines. All values must be finite. Otherwise, call {@link #release}, and then
     * {@link SolverRun#tell} or {@link SolverRun#tellNonFinite} for each run.
     */
    public void tell(Rows asked, double[] answers, int firstRow) {
        machines.tell(asked, answers, firstRow);
    }

    /** Returns whether the runs have reached their target level. */
    public boolean done() {
        return machines.done();
    }

    /** Brings the runs up to date and leaves the group empty. If the group waits for values, each run waits for its row. */
    public void release() {
        try {
            machines.release();
        } finally {
            count();
        }
    }

    private void count() {
        try {
            for (SolverRun run : runs) {
                run.asked(levels, rounds);
            }
        } finally {
            runs.clear();
            rounds = 0;
        }
    }

    private @Nullable Condition condition() {
        return runs.get(0).condition();
    }
}
