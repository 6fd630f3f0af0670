package io.scoreflux.posterior;

import io.scoreflux.error.Failure;
import io.scoreflux.error.Violation;
import io.scoreflux.model.ObservedDirections;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.noise.Purpose;
import io.scoreflux.reject.Fors;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One island, for code that drives it. Until it is {@link #done}, the driver takes the next {@link #leg}, solves it, and passes the states at
 * its end to {@link #tell}. Not thread-safe.
 */
final class IslandRun {
    private enum Phase {
        /** Between two nodes. */
        ANNEALING,
        /** Down from the raised noise of a move. */
        MOVING,
        /** Below the exchange of the twist. */
        EXACT,
        DONE
    }

    private final IslandPlan plan;
    private final ObservedDirections directions;
    private final Keys keys;
    private final double[][] states;
    private final double[] logWeights;
    private final int[] ancestors;
    private final Set<Integer> resampledAt = new TreeSet<>();
    private double logEvidence;
    private double leastEffective = 1;
    private long calls;
    private double clipping;
    private int node;
    private int movesLeft;
    private int stage;
    private Phase phase = Phase.ANNEALING;
    private @Nullable Leg leg;
    private @Nullable Failure failure;

    IslandRun(IslandPlan plan, Keys keys) {
        this.plan = plan;
        this.directions = plan.directions();
        this.keys = keys;
        int n = plan.particles();
        this.states = new double[n][];
        this.logWeights = new double[n];
        this.ancestors = new int[n];
        double sigma = plan.nodes().get(0);
        Factor factor = plan.twist().at(sigma);
        StartLaw start = new StartLaw(factor.directions(), plan.moments(), sigma, factor.gaps());
        NormalStream random = keys.normals(Purpose.ISLAND_START, 0);
        for (int j = 0; j < n; j++) {
            states[j] = start.draw(random);
            ancestors[j] = j;
        }
        logEvidence = start.logNormaliser() + factor.logFactor();
        if (plan.last() == 0) {
            atNode();
        } else {
            anneal();
        }
    }

    boolean done() {
        return phase == Phase.DONE;
    }

    /** Returns the leg to solve next. */
    Leg leg() {
        if (leg == null) {
            throw new IllegalStateException("the island has ended");
        }
        return leg;
    }

    /**
     * Receives the states at the end of the leg.
     *
     * @param ends a state for each particle; not copied
     * @param evaluations the evaluations of the denoiser for the leg
     * @param clipped the bound on the effect of clipping in the leg, 0 without rejection sampling
     */
    void tell(double[][] ends, long evaluations, double clipped) {
        Leg solved = leg();
        calls += evaluations;
        clipping += clipped;
        for (int j = 0; j < states.length; j++) {
            states[j] = ends[j];
        }
        double[] growth = solved.logWeights();
        for (int j = 0; j < states.length; j++) {
            logWeights[j] += growth[j];
        }
        switch (phase) {
            case ANNEALING -> {
                node = nextStop();
                if (plan.guidance() == null) {
                    exchange(
                            plan.twist().at(plan.nodes().get(node - 1)),
                            plan.twist().at(plan.nodes().get(node)));
                }
                atNode();
            }
            case MOVING -> {
                movesLeft--;
                moveOrProceed();
            }
            case EXACT -> phase = Phase.DONE;
            case DONE -> throw new IllegalStateException("the island has ended");
        }
    }

    /** Ends the island because a particle failed. */
    void fail(Failure why, long evaluations) {
        calls += evaluations;
        failure = why;
        phase = Phase.DONE;
    }

    private void atNode() {
        if (node == plan.last()) {
            exchange(plan.twist().at(plan.nodes().get(node)), factorAtNode());
        }
        if (!Double.isFinite(LogWeights.logSum(logWeights))) {
            Violation violation = Violation.of(
                    "the weights of an island",
                    "must be finite and not all 0",
                    LogWeights.logSum(logWeights),
                    "check that the observation is possible under the denoiser",
                    "start at a larger noise level");
            fail(Failure.at(Failure.Kind.SOLVER_ERROR, plan.nodes().get(node), violation, null), 0);
            return;
        }
        double[] weights = LogWeights.normalised(logWeights);
        double effective = LogWeights.effective(weights) / states.length;
        leastEffective = Math.min(leastEffective, effective);
        Set<Integer> frozen = plan.frozen();
        boolean resamples = frozen == null ? effective < IslandPlan.LEAST_EFFECTIVE : frozen.contains(node);
        if (resamples) {
            resample(weights);
            movesLeft = plan.moves();
        }
        moveOrProceed();
    }

    private void resample(double[] weights) {
        logEvidence += LogWeights.logMean(logWeights);
        int[] chosen = LogWeights.systematic(weights, keys.normals(Purpose.ISLAND_RESAMPLE, node));
        double[][] old = states.clone();
        int[] before = ancestors.clone();
        for (int j = 0; j < states.length; j++) {
            states[j] = old[chosen[j]];
            ancestors[j] = before[chosen[j]];
        }
        Arrays.fill(logWeights, 0);
        resampledAt.add(node);
    }

    /** Multiplies the weights by the ratio of two factors of the observation at the level of the node. */
    private void exchange(Factor before, Factor after) {
        if (before.directions() == after.directions()) {
            exchange(before.noise(), after.noise());
            return;
        }
        for (int j = 0; j < states.length; j++) {
            logWeights[j] += after.log(states[j]) - before.log(states[j]);
        }
    }

    /** Exchanges factors in the same directions, whose logarithms nearly cancel. */
    private void exchange(double[] oldNoise, double[] newNoise) {
        double s = plan.nodes().get(node);
        for (int i = 0; i < directions.count(); i++) {
            double before = (oldNoise[i] - s) * (oldNoise[i] + s);
            double after = (newNoise[i] - s) * (newNoise[i] + s);
            double log = 0.5 * StrictMath.log(before / after);
            for (int j = 0; j < states.length; j++) {
                double offset = directions.value(i) - directions.coordinate(i, states[j], 0);
                logWeights[j] += log + 0.5 * offset * offset * (1 / before - 1 / after);
            }
        }
    }

    /** Returns the factor of the observation after the exchange at the node. */
    private Factor factorAtNode() {
        double s = plan.nodes().get(node);
        return node == plan.last() ? Factor.exact(directions, s) : plan.twist().at(s);
    }

    private void moveOrProceed() {
        double s = plan.nodes().get(node);
        if (movesLeft > 0) {
            Factor factor = factorAtNode();
            double raised = Math.min(
                    plan.nodes().get(0),
                    IslandPlan.RAISED * Arrays.stream(factor.noise()).min().orElseThrow());
            if (raised > IslandPlan.LEAST_RAISE * s) {
                NormalStream random = keys.normals(Purpose.ISLAND_MOVE, stage);
                double[][] up = new double[states.length][];
                for (int j = 0; j < up.length; j++) {
                    up[j] = Bridge.raise(factor.directions(), factor.noise(), states[j], s, raised, random);
                }
                phase = Phase.MOVING;
                leg = reversed(up, raised, s, factor);
                return;
            }
        }
        if (node < plan.last()) {
            anneal();
        } else if (s > plan.toSigma()) {
            phase = Phase.EXACT;
            leg = reversed(states.clone(), s, plan.toSigma(), factorAtNode());
        } else {
            phase = Phase.DONE;
            leg = null;
        }
    }

    /** Returns a leg below the noise of the observation: x is independent of y given the state, so that it may draw from the reverse kernel. */
    private Leg reversed(double[][] from, double fromSigma, double toSigma, Factor factor) {
        long seed = keys.seed(stage++);
        Fors fors = plan.fors();
        return fors == null
                ? bridged(from, fromSigma, toSigma, factor)
                : new Leg(from, fromSigma, toSigma, fors, new double[from.length], seed);
    }

    private void anneal() {
        phase = Phase.ANNEALING;
        double from = plan.nodes().get(node);
        double to = plan.nodes().get(nextStop());
        Function<StepTable, Drift> guidance = plan.guidance();
        if (guidance == null) {
            leg = bridged(states.clone(), from, to, plan.twist().at(from));
        } else {
            StepTable steps = new StepTable(from, to, plan.step());
            Drift drift = guidance.apply(steps);
            leg = new Leg(states.clone(), from, to, new LegSolver(steps, drift, states.length, null));
        }
    }

    /** Returns the node where the weights are next needed: with guidance and frozen nodes, the next of these. */
    private int nextStop() {
        Set<Integer> frozen = plan.frozen();
        int next = node + 1;
        while (frozen != null && plan.guidance() != null && next < plan.last() && !frozen.contains(next)) {
            next++;
        }
        return next;
    }

    private Leg bridged(double[][] from, double fromSigma, double toSigma, Factor factor) {
        StepTable steps = new StepTable(fromSigma, toSigma, plan.step());
        Drift drift = new BridgeDrift(factor.directions(), factor.noise(), steps);
        return new Leg(from, fromSigma, toSigma, new LegSolver(steps, drift, states.length, null));
    }

    /** Returns the nodes where the island resampled. */
    Set<Integer> resampledAt() {
        return Set.copyOf(resampledAt);
    }

    /** Returns the evaluations of the denoiser so far. */
    long calls() {
        return calls;
    }

    /** Returns the finished island. */
    Island island() {
        double[] weights = LogWeights.normalised(logWeights);
        int drawn = failure == null ? LogWeights.one(weights, keys.normals(Purpose.ISLAND_DRAW, 0)) : 0;
        return new Island(
                keys.island(),
                plan.scout(),
                failure == null ? states : new double[0][],
                failure == null ? weights : new double[0],
                drawn,
                failure == null ? logEvidence + LogWeights.logMean(logWeights) : Double.NaN,
                calls,
                leastEffective,
                (int) Arrays.stream(ancestors).distinct().count(),
                resampledAt.size(),
                clipping,
                directions.leastNoise() / plan.toSigma(),
                failure);
    }
}
