package io.scoreflux.posterior;

import io.scoreflux.internal.Require;
import io.scoreflux.model.Moments;
import io.scoreflux.model.ObservedDirections;
import io.scoreflux.reject.Fors;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an island does: its twist, its guidance, its nodes, and where it resamples and moves.
 *
 * @param particles the number of particles N
 * @param twist the factor of the observation at each level
 * @param guidance the guided flow on the levels of a leg, or null for exact flows between the nodes, with changes of the twist at the nodes
 * @param nodes the levels where weights are compared, descending: from the start to the level where the twist is exchanged for the exact factor
 * @param toSigma the level where the island ends
 * @param moves the number of moves after each selection
 * @param frozen the nodes where the island resamples and moves, or null to resample wherever weights are uneven
 * @param step the largest step of the solver in ln s
 * @param fors the solver of moves and of the part after the exchange of the twist, or null for the flow
 */
record IslandPlan(
        int particles,
        Moments moments,
        Twist twist,
        @Nullable Function<StepTable, Drift> guidance,
        List<Double> nodes,
        double toSigma,
        int moves,
        @Nullable Set<Integer> frozen,
        double step,
        @Nullable Fors fors) {
    /** The part of the particles that must be effective. */
    static final double LEAST_EFFECTIVE = 0.6;
    /** The level up to which a move raises the noise, relative to the least T_i. The flow is stiff close to T_i. */
    static final double RAISED = 0.9;
    /** Moves are left out if they would raise the noise by less than this factor. */
    static final double LEAST_RAISE = 1.05;

    private static final double FINE = 0.2;
    private static final double COARSE = 0.4;
    /** Where nodes become fine, in units of the largest standard deviation of the data. */
    private static final double COARSE_ABOVE = 2.5;

    ObservedDirections directions() {
        return twist.directions();
    }

    boolean scout() {
        return twist instanceof MomentsTwist;
    }

    int last() {
        return nodes.size() - 1;
    }

    IslandPlan frozen(Set<Integer> other) {
        return new IslandPlan(
                particles, moments, twist, guidance, nodes, toSigma, moves, Set.copyOf(other), step, fors);
    }

    /**
     * Returns this plan with selections at all nodes where these are close together.
     *
     * @param spread the largest standard deviation of the data in any direction
     */
    IslandPlan everywhere(double spread) {
        Set<Integer> fine = new TreeSet<>();
        for (int i = 1; i < nodes.size(); i++) {
            if (nodes.get(i) <= COARSE_ABOVE * spread) {
                fine.add(i);
            }
        }
        return frozen(fine);
    }

    /**
     * Returns the nodes of a range.
     *
     * @param spread the largest standard deviation of the data in any direction
     */
    static List<Double> nodes(Twist twist, double fromSigma, double toSigma, double spread) {
        double end = Math.min(fromSigma, Math.max(toSigma, twist.end()));
        List<Double> nodes = new ArrayList<>();
        double at = fromSigma;
        while (at > end) {
            nodes.add(at);
            double length = at > COARSE_ABOVE * Require.positive("spread", spread) ? COARSE : FINE;
            at *= StrictMath.exp(-length);
        }
        // A last interval of nearly no length joins the one before.
        if (nodes.size() > 1 && nodes.get(nodes.size() - 1) < end * StrictMath.exp(FINE / 4)) {
            nodes.remove(nodes.size() - 1);
        }
        nodes.add(end);
        return List.copyOf(nodes);
    }
}
