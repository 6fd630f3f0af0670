package io.scoreflux.solve.fixedstep;

import io.scoreflux.solve.Machine;
import io.scoreflux.solve.MachineGroup;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Machines at the same step of a table. */
final class FixedStepGroup extends StepStates implements MachineGroup {
    /** Up to this dimension, a group is faster than its machines. */
    private static final int MOST_DIMENSION = 64;

    private final List<FixedStepMachine> machines = new ArrayList<>();

    FixedStepGroup(StepTable table) {
        super(table, new double[0]);
    }

    /** Returns whether a group is faster than its machines. */
    static boolean gainsAt(int dimension) {
        return dimension <= MOST_DIMENSION;
    }

    @Override
    public boolean add(Machine machine) {
        if (!(machine instanceof FixedStepMachine one) || one.table != table) {
            return false;
        }
        if (machines.isEmpty()) {
            step = one.step;
            sigma = one.sigma;
            evaluated = one.evaluated;
            correcting = one.correcting;
            target = one.target;
        } else if (one.step != step
                || one.sigma != sigma
                || one.evaluated != evaluated
                || one.correcting != correcting
                || one.target != target) {
            return false;
        }
        int at = numbers;
        reserve(at + one.numbers);
        machines.add(one);
        System.arraycopy(one.z, 0, z, at, one.numbers);
        for (int j = 0; j < history.length; j++) {
            System.arraycopy(one.history[j], 0, history[j], at, one.numbers);
        }
        double[] from = one.predicted;
        double[] to = predicted;
        if (correcting && from != null && to != null) {
            System.arraycopy(from, 0, to, at, one.numbers);
        }
        numbers = at + one.numbers;
        return true;
    }

    private void reserve(int least) {
        if (least <= z.length) {
            return;
        }
        // The arrays may have different lengths if there is no memory for the later ones, which does no harm.
        int length = Math.max(least, 2 * z.length);
        for (int j = 0; j < history.length; j++) {
            history[j] = Arrays.copyOf(history[j], length);
        }
        predicted = predicted == null ? null : Arrays.copyOf(predicted, length);
        noise = noise == null ? null : Arrays.copyOf(noise, length);
        z = Arrays.copyOf(z, length);
    }

    @Override
    public void ask(Rows append) {
        query(append);
    }

    @Override
    void append(Rows append, double[] states, double level) {
        append.appendAll(states, machines.size(), level);
    }

    @Override
    public void tell(Rows asked, double[] answers, int firstRow) {
        receive(answers, asked.offset(firstRow));
    }

    @Override
    public boolean done() {
        return isDone();
    }

    @Override
    public void release() {
        for (int i = 0; i < machines.size(); i++) {
            machines.get(i).leave(this, i);
        }
        machines.clear();
        numbers = 0;
    }

    @Override
    void drawNoise(double[] out) {
        for (int i = 0; i < machines.size(); i++) {
            FixedStepMachine one = machines.get(i);
            one.drawNoise(out, i * one.numbers);
        }
    }

    @Override
    void landed(Step at) {}
}
