package io.scoreflux.posterior;

import io.scoreflux.model.ObservedDirections;

/** The flow without an observation. The pilot that measures slopes follows it. */
final class FreeDrift implements Drift {
    private final ObservedDirections directions;
    private final StepTable steps;
    private final double[][] weights;

    FreeDrift(ObservedDirections directions, StepTable steps) {
        this.directions = directions;
        this.steps = steps;
        this.weights = steps.weights(StepTable::free);
    }

    @Override
    public ObservedDirections directions() {
        return directions;
    }

    @Override
    public double[][] weights(int i) {
        return weights;
    }

    @Override
    public double quantity(int i, int level, double coordinate) {
        return coordinate / steps.level(level);
    }

    @Override
    public double coordinate(int i, int level, double quantity) {
        return quantity * steps.level(level);
    }

    @Override
    public double evaluate(int level, double[] state, double[] answer, double[] coordinates, double[] forces) {
        for (int i = 0; i < forces.length; i++) {
            forces[i] = directions.coordinate(i, answer, 0);
        }
        return 0;
    }

    @Override
    public double logWeight() {
        return 0;
    }
}
