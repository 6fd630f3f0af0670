package io.scoreflux.logconcave;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.GaussLegendre;
import io.scoreflux.noise.NormalStream;

/**
 * The work of a gradient along a trajectory of a {@link HamiltonianMove}: its known part, and unbiased weights for the rest.
 *
 * <p>Let k = grad f - v, in the coordinates v of the metric. In a leap from node l to node l + 1, r in (0, 1) is the part of the time that
 * has passed, and the model of k is the cubic polynomial
 *
 * <p>{@code m(r) = (1 - r) k_l + r k_(l+1) - r (1 - r) ((2 - r) s_l + (1 + r) s_(l+1)) / 6}
 *
 * <p>with the second differences {@code s_l = k_(l+1) - 2 k_l + k_(l-1)}; those of the ends are the ones of their neighbours. The known part
 * is the integral of {@code <v'(r), m(r)>}. A weight is {@code <v'(r), k(r) - m(r)> / P_l} at a random r of a leap l, which is chosen with
 * probability P_l. The roughness of a leap is {@code |<v', s_l>| + |<v', s_(l+1)>|} halfway along the arc that starts at its first node, and P_l is
 * proportional to it, with a uniform part. If the trajectory is reversed, the roughness and P stay, and known part and weights change their
 * signs.
 *
 * <p>A trajectory stores two rows for each leap, the gradient and the momentum. Positions are computed again from the recorded arcs. Not
 * thread-safe.
 */
final class TrajectoryWork {
    /** The mean roughness, times this, is added to the roughness of each leap in P. */
    private static final double EVEN = 0.3;
    /** The integrals over an arc are exact to rounding. */
    private static final GaussLegendre RULE = new GaussLegendre(6);

    /** The largest number of arcs of a trajectory, for each leap and for each wall. Beyond it the move is rejected. */
    private static final int MOST_ARCS = 10;

    private final Oracle oracle;
    private final int d;
    private final Motion motion;
    private Metric metric;
    private int leaps;
    private int mostArcs;
    private double step;

    private final double[] start;
    private double[] momenta = new double[0];
    private double[] rests = new double[0];
    private double[] rough = new double[0];
    /** The number of arcs up to the end of each leap. */
    private int[] ends = new int[0];

    private double roughness;

    private final double[] at;
    private final double[] velocity;
    private final double[] pulled;
    private final double[] bendBefore;
    private final double[] bendAfter;
    private final double[] slope;
    private final double[] point;
    private final double[] answer;
    private int leap;
    private double part;

    TrajectoryWork(Oracle oracle, Moves moves) {
        this.oracle = oracle;
        this.d = moves.metric().dimension();
        this.motion = new Motion(moves.walls());
        this.metric = moves.metric();
        this.start = new double[d];
        this.at = new double[d];
        this.velocity = new double[d];
        this.pulled = new double[d];
        this.bendBefore = new double[d];
        this.bendAfter = new double[d];
        this.slope = new double[d];
        this.point = new double[d];
        this.answer = new double[d];
    }

    /** Sets another metric. */
    void use(Moves moves) {
        metric = moves.metric();
        motion.use(moves.walls());
    }

    /** Begins a trajectory of at least two leaps. */
    void begin(int number, double angle) {
        leaps = number;
        step = angle;
        mostArcs = MOST_ARCS * (number + motion.walls());
        motion.forget();
        if (rough.length < number) {
            momenta = new double[number * d];
            rests = new double[(number + 1) * d];
            rough = new double[number];
            ends = new int[number];
        }
    }

    /** Records a node, from its v and the gradient of f in u. */
    void node(int index, double[] v, double[] gradient) {
        if (index == 0) {
            System.arraycopy(v, 0, start, 0, d);
        }
        metric.pullBack(gradient, rests, index * d);
        for (int i = 0; i < d; i++) {
            rests[index * d + i] -= v[i];
        }
    }

    /** Changes a momentum by {@code -time (grad (f + h) - v)} at a node, of which u is given. */
    void kick(int index, double[] u, double[] p, double time) {
        Kernels.addScaled(p, 0, -time, rests, index * d, d);
        if (!oracle.isFlat()) {
            for (int i = 0; i < d; i++) {
                slope[i] = oracle.slope(i, u[i]);
            }
            metric.pullBack(slope, pulled, 0);
            Kernels.addScaled(p, 0, -time, pulled, 0, d);
        }
    }

    /** Moves (q, p) along the leap that starts at a node. Returns false if the trajectory has too many arcs. */
    boolean leap(int index, double[] q, double[] p) {
        System.arraycopy(p, 0, momenta, index * d, d);
        // The components along normals are computed anew in each leap, so that rounding errors do not accumulate.
        motion.start(q, p);
        // The reversed trajectory has the same number of arcs.
        boolean ended = motion.move(q, p, step, mostArcs);
        ends[index] = motion.arcs();
        return ended;
    }

    /** Computes the known part of the work, and the roughness, once all nodes are recorded. */
    double known() {
        double sum = 0;
        roughness = 0;
        System.arraycopy(start, 0, at, 0, d);
        for (int l = 0; l < leaps; l++) {
            begin(l);
            double passed = 0;
            rough[l] = 0;
            for (int arc = first(l); arc < ends[l]; arc++) {
                sum += arcWork(l, passed, motion.time(arc));
                passed += motion.time(arc);
                motion.repeat(arc, at, velocity);
            }
            roughness += rough[l];
        }
        return sum;
    }

    /** Returns the work of the model along an arc that starts at (at, velocity), and adds to the roughness of its leap. */
    private double arcWork(int l, double passed, double time) {
        // The model is a sum of four vectors with factors that depend on r, so scalar products are needed only once.
        double nearQ = Kernels.dot(at, 0, rests, l * d, d);
        double nearP = Kernels.dot(velocity, 0, rests, l * d, d);
        double farQ = Kernels.dot(at, 0, rests, (l + 1) * d, d);
        double farP = Kernels.dot(velocity, 0, rests, (l + 1) * d, d);
        double beforeQ = Kernels.dot(at, 0, bendBefore, 0, d);
        double beforeP = Kernels.dot(velocity, 0, bendBefore, 0, d);
        double afterQ = Kernels.dot(at, 0, bendAfter, 0, d);
        double afterP = Kernels.dot(velocity, 0, bendAfter, 0, d);
        double sum = 0;
        for (int n = 0; n < RULE.size(); n++) {
            double cos = StrictMath.cos(time * RULE.node(n));
            double sin = StrictMath.sin(time * RULE.node(n));
            double r = (passed + time * RULE.node(n)) / step;
            double work = model(
                    r,
                    nearP * cos - nearQ * sin,
                    farP * cos - farQ * sin,
                    beforeP * cos - beforeQ * sin,
                    afterP * cos - afterQ * sin);
            sum += RULE.weight(n) * time * work;
        }
        double cos = StrictMath.cos(0.5 * time);
        double sin = StrictMath.sin(0.5 * time);
        rough[l] += time * (Math.abs(beforeP * cos - beforeQ * sin) + Math.abs(afterP * cos - afterQ * sin));
        return sum;
    }

    private static double model(double r, double near, double far, double before, double after) {
        return (1 - r) * near + r * far - r * (1 - r) * ((2 - r) * before + (1 + r) * after) / 6;
    }

    /** Begins a leap at its first node, whose position is in {@link #at}. */
    private void begin(int l) {
        System.arraycopy(momenta, l * d, velocity, 0, d);
        bend(l, bendBefore);
        bend(l + 1, bendAfter);
    }

    /** Writes the second difference of k at a node, or at its neighbour if the node is an end. */
    private void bend(int node, double[] out) {
        int l = Math.max(1, Math.min(leaps - 1, node)) * d;
        for (int i = 0; i < d; i++) {
            out[i] = rests[l + d + i] - 2 * rests[l + i] + rests[l - d + i];
        }
    }

    private int first(int l) {
        return l == 0 ? 0 : ends[l - 1];
    }

    /** Returns the roughness of the trajectory. */
    double roughness() {
        return roughness;
    }

    /** Draws the point of the next weight, in v. */
    void draw(NormalStream random, double[] q) {
        double u = random.uniform();
        part = random.uniform();
        leap = 0;
        double sum = chance(0);
        while (u >= sum && leap < leaps - 1) {
            leap++;
            sum += chance(leap);
        }
        System.arraycopy(start, 0, at, 0, d);
        for (int l = 0; l < leap; l++) {
            System.arraycopy(momenta, l * d, velocity, 0, d);
            for (int arc = first(l); arc < ends[l]; arc++) {
                motion.repeat(arc, at, velocity);
            }
        }
        begin(leap);
        double left = step * part;
        int arc = first(leap);
        while (arc < ends[leap] - 1 && left >= motion.time(arc)) {
            left -= motion.time(arc);
            motion.repeat(arc++, at, velocity);
        }
        Motion.rotate(at, velocity, left);
        System.arraycopy(at, 0, q, 0, d);
    }

    private double chance(int l) {
        return roughness > 0 ? (rough[l] / roughness + EVEN / leaps) / (1 + EVEN) : 1.0 / leaps;
    }

    /** Returns the point of the last weight in u. The caller computes it. */
    double[] point() {
        return point;
    }

    /** Returns the array that receives the gradient at {@link #point}, in u. */
    double[] answer() {
        return answer;
    }

    /** Returns the weight from the gradient in {@link #answer}. */
    double weigh() {
        metric.pullBack(answer, pulled, 0);
        double sum = 0;
        for (int i = 0; i < d; i++) {
            double near = rests[leap * d + i];
            double far = rests[(leap + 1) * d + i];
            sum += velocity[i] * (pulled[i] - at[i] - model(part, near, far, bendBefore[i], bendAfter[i]));
        }
        return step * sum / chance(leap);
    }
}
