package io.scoreflux.solve.fixedstep;

import io.scoreflux.solve.Machine;
import io.scoreflux.solve.MachineGroup;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;
import org.jspecify.annotations.Nullable;

/** A machine that follows a table of steps. */
final class FixedStepMachine extends StepStates implements Machine {
    private final SolverState trajectory;

    FixedStepMachine(SolverState trajectory, StepTable table) {
        super(table, trajectory.z());
        this.trajectory = trajectory;
        this.numbers = z.length;
        this.sigma = trajectory.sigma();
        this.target = sigma;
    }

    @Override
    public void target(double level) {
        target = level;
        takeFreeStep();
    }

    @Override
    public boolean done() {
        return isDone();
    }

    @Override
    public int ask(Rows append) {
        query(append);
        return 1;
    }

    @Override
    void append(Rows append, double[] states, double level) {
        append.append(states, 0, level);
    }

    @Override
    public void tell(Rows asked, double[] answers, int firstRow) {
        receive(answers, firstRow * numbers);
    }

    @Override
    public @Nullable MachineGroup newGroup() {
        return FixedStepGroup.gainsAt(numbers) ? new FixedStepGroup(table) : null;
    }

    /** Takes over the states of a group, in which this machine is the one with the given index. */
    void leave(StepStates group, int index) {
        int at = index * numbers;
        System.arraycopy(group.z, at, z, 0, numbers);
        for (int j = 0; j < history.length; j++) {
            System.arraycopy(group.history[j], at, history[j], 0, numbers);
        }
        double[] from = group.predicted;
        double[] to = predicted;
        if (group.correcting && from != null && to != null) {
            System.arraycopy(from, at, to, 0, numbers);
        }
        while (step < group.step) {
            landed(table.step(step++));
        }
        sigma = group.sigma;
        evaluated = group.evaluated;
        correcting = group.correcting;
    }

    @Override
    void drawNoise(double[] out) {
        drawNoise(out, 0);
    }

    /** Fills the array with the noise of a step, from an index on. */
    void drawNoise(double[] out, int at) {
        trajectory.noise().fill(out, at, numbers);
    }

    @Override
    void landed(Step at) {
        trajectory.stepAccepted(at.predict().length - 1);
        trajectory.reached(at.to());
    }
}
