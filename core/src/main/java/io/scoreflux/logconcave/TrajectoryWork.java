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
 * signs. Not thread-safe.
 */
final class TrajectoryWork {
    /** The mean roughness, times this, is added to the roughness of each leap in P. */
    private static final double EVEN = 0.3;
    /** The integrals over an arc are exact to rounding. */
    private static final GaussLegendre RULE = new GaussLegendre(6);

    /** The largest number of reflections in one leap. Beyond it the leap has no end, and the move is rejected. */
    private static final int MOST_REFLECTIONS = 1000;

    private final Oracle oracle;
    private final int d;
    private Metric metric;
    private Walls walls;
    private int leaps;
    private double step;
    private double[] nodes = new double[0];
    private double[] momenta = new double[0];
    private double[] rests = new double[0];
    private double[] seconds = new double[0];
    private double[] rough = new double[0];
    private double roughness;

    private final double[] at;
    private final double[] velocity;
    private final double[] there;
    private final double[] ahead;
    private final double[] point;
    private final double[] answer;
    private final double[] slope;
    private int leap;
    private double part;

    TrajectoryWork(Oracle oracle, Moves moves) {
        this.oracle = oracle;
        this.d = moves.metric().dimension();
        this.metric = moves.metric();
        this.walls = moves.walls();
        this.at = new double[d];
        this.velocity = new double[d];
        this.there = new double[d];
        this.ahead = new double[d];
        this.point = new double[d];
        this.answer = new double[d];
        this.slope = new double[d];
    }

    /** Sets another metric. */
    void use(Moves moves) {
        metric = moves.metric();
        walls = moves.walls();
    }

    /** Begins a trajectory. */
    void begin(int number, double angle) {
        leaps = number;
        step = angle;
        if (nodes.length < (number + 1) * d) {
            nodes = new double[(number + 1) * d];
            momenta = new double[number * d];
            rests = new double[(number + 1) * d];
            seconds = new double[(number + 1) * d];
            rough = new double[number];
        }
    }

    /** Records a node, from its v and the gradient in u. */
    void node(int index, double[] v, double[] gradient) {
        System.arraycopy(v, 0, nodes, index * d, d);
        metric.pullBack(gradient, rests, index * d);
        for (int i = 0; i < d; i++) {
            rests[index * d + i] -= v[i];
        }
    }

    /** Changes a momentum by {@code -time (grad (f + h) - v)} at a node, of which u and the gradient of f in u are given. */
    void kick(int index, double[] u, double[] gradient, double[] p, double time) {
        if (oracle.isFlat()) {
            Kernels.addScaled(p, 0, -time, rests, index * d, d);
            return;
        }
        for (int i = 0; i < d; i++) {
            slope[i] = gradient[i] + oracle.slope(i, u[i]);
        }
        metric.pullBack(slope, there, 0);
        for (int i = 0; i < d; i++) {
            p[i] -= time * (there[i] - nodes[index * d + i]);
        }
    }

    /** Moves (q, p) along the leap that starts at a node. Returns false if the leap has no end. */
    boolean leap(int index, double[] q, double[] p) {
        System.arraycopy(p, 0, momenta, index * d, d);
        double left = step;
        for (int reflections = 0; left > 0; reflections++) {
            if (reflections > MOST_REFLECTIONS) {
                return false;
            }
            left -= walls.arc(q, p, left);
        }
        return true;
    }

    /** Computes the known part of the work, and the roughness, once all nodes are recorded. */
    double known() {
        differences();
        double sum = 0;
        roughness = 0;
        for (int l = 0; l < leaps; l++) {
            start(l);
            double passed = 0;
            double middle = 0;
            while (passed < step) {
                System.arraycopy(at, 0, there, 0, d);
                System.arraycopy(velocity, 0, ahead, 0, d);
                double time = walls.arc(at, velocity, step - passed);
                for (int n = 0; n < RULE.size(); n++) {
                    double cos = StrictMath.cos(time * RULE.node(n));
                    double sin = StrictMath.sin(time * RULE.node(n));
                    double r = (passed + time * RULE.node(n)) / step;
                    double work = 0;
                    for (int i = 0; i < d; i++) {
                        work += (ahead[i] * cos - there[i] * sin) * model(l, r, i);
                    }
                    sum += RULE.weight(n) * time * work;
                }
                middle += rough(l, time);
                passed += time;
            }
            rough[l] = middle;
            roughness += middle;
        }
        return sum;
    }

    /** Returns the roughness of an arc that starts at (there, ahead). */
    private double rough(int l, double time) {
        double cos = StrictMath.cos(0.5 * time);
        double sin = StrictMath.sin(0.5 * time);
        double first = 0;
        double second = 0;
        for (int i = 0; i < d; i++) {
            double speed = ahead[i] * cos - there[i] * sin;
            first += speed * seconds[l * d + i];
            second += speed * seconds[(l + 1) * d + i];
        }
        return time * (Math.abs(first) + Math.abs(second));
    }

    private void differences() {
        for (int l = 1; l < leaps; l++) {
            for (int i = l * d; i < (l + 1) * d; i++) {
                seconds[i] = rests[i + d] - 2 * rests[i] + rests[i - d];
            }
        }
        System.arraycopy(seconds, d, seconds, 0, d);
        System.arraycopy(seconds, (leaps - 1) * d, seconds, leaps * d, d);
    }

    private double model(int l, double r, int i) {
        int a = l * d + i;
        int b = a + d;
        return (1 - r) * rests[a] + r * rests[b] - r * (1 - r) * ((2 - r) * seconds[a] + (1 + r) * seconds[b]) / 6;
    }

    private void start(int l) {
        System.arraycopy(nodes, l * d, at, 0, d);
        System.arraycopy(momenta, l * d, velocity, 0, d);
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
        start(leap);
        double left = step * part;
        while (left > 0) {
            left -= walls.arc(at, velocity, left);
        }
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
        metric.pullBack(answer, there, 0);
        double sum = 0;
        for (int i = 0; i < d; i++) {
            sum += velocity[i] * (there[i] - at[i] - model(leap, part, i));
        }
        return step * sum / chance(leap);
    }
}
