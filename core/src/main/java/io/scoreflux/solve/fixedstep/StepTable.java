package io.scoreflux.solve.fixedstep;

/** The steps of a fixed-step solver, and what a machine needs to take them. */
final class StepTable {
    private final Step[] steps;
    private final boolean reevaluates;
    private int history;
    private boolean corrects;
    private boolean addsNoise;

    StepTable(Step[] steps, boolean reevaluates) {
        this.steps = steps;
        this.reevaluates = reevaluates;
        for (Step step : steps) {
            double[] correct = step.correct();
            // A corrector uses one value at the prediction, and the others are at earlier states.
            history = Math.max(history, Math.max(step.predict().length, correct == null ? 0 : correct.length));
            corrects |= correct != null;
            addsNoise |= step.noise() > 0;
        }
    }

    int steps() {
        return steps.length;
    }

    Step step(int i) {
        return steps[i];
    }

    /** Returns whether D is evaluated again at the corrected state. */
    boolean reevaluates() {
        return reevaluates;
    }

    /** Returns the number of values of D that a machine keeps. */
    int history() {
        return history;
    }

    /** Returns whether a step has a corrector. */
    boolean corrects() {
        return corrects;
    }

    /** Returns whether a step adds noise. */
    boolean addsNoise() {
        return addsNoise;
    }

    /** Returns the memory of the arrays of a machine that grow with the dimension, and of its part of the arrays of a group. */
    long bytes(int dimension) {
        int rows = history + (corrects ? 1 : 0) + (addsNoise ? 1 : 0);
        int inGroup = FixedStepGroup.gainsAt(dimension) ? rows + 1 : 0;
        return (long) Double.BYTES * (rows + inGroup) * dimension;
    }
}
