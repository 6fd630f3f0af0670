package io.scoreflux.posterior;

import io.scoreflux.model.ObservedDirections;
import io.scoreflux.noise.NormalStream;

/** Noise that keeps the law of states given an observation: a Brownian bridge in observed directions, free Brownian motion elsewhere. */
final class Bridge {
    private Bridge() {}

    /**
     * Carries a state from the noise level {@code from} up to {@code to}, given an observation with the noise T_i &gt; to.
     *
     * @param state the state; not changed
     * @return the new state
     */
    static double[] raise(
            ObservedDirections directions,
            double[] noise,
            double[] state,
            double from,
            double to,
            NormalStream random) {
        int d = state.length;
        double delta = (to - from) * (to + from);
        double[] raised = new double[d];
        random.fill(raised, 0, d);
        double scale = Math.sqrt(delta);
        for (int k = 0; k < d; k++) {
            raised[k] = state[k] + scale * raised[k];
        }
        for (int i = 0; i < directions.count(); i++) {
            double gap = (noise[i] - from) * (noise[i] + from);
            double left = (noise[i] - to) * (noise[i] + to);
            double old = directions.coordinate(i, state, 0);
            double free = directions.coordinate(i, raised, 0);
            // The free step has the variance delta; the bridge has delta left / gap.
            double bridged = old + (directions.value(i) - old) * delta / gap + (free - old) * Math.sqrt(left / gap);
            directions.add(i, bridged - free, raised, 0);
        }
        return raised;
    }
}
