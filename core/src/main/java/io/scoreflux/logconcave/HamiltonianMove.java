package io.scoreflux.logconcave;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.reject.BernoulliFactory;
import io.scoreflux.noise.NormalStream;

/**
 * A move along a Hamiltonian trajectory whose acceptance test needs gradients only.
 *
 * <p>In the coordinates v of the metric, the density is about a standard normal one. A trajectory starts at the present state with a normal
 * momentum. Each of its leaps is an arc, the exact motion of a standard normal density (Shahbaba et al. 2014, doi
 * 10.1007/s11222-012-9373-1), between two kicks with the rest of the gradient. Let H be minus the logarithm of the joint density, and W the
 * work of grad f along the trajectory, so that {@code f(end) - f(start) = E W} for the gradient at a random point of the trajectory. W is
 * the sum of a known part, from an interpolation of the gradients at the ends of the leaps, and a weight: the difference between gradient
 * and interpolation at a random point of a {@link TrajectoryWork}. So the change of H is {@code -D - E R}, with a known D and a random R
 * that both change their signs if the trajectory is reversed. The move is accepted with probability
 *
 * <p>{@code min(1, e^D) exp(E R / 2 - b)},
 *
 * <p>which satisfies detailed balance for any b that is the same for the reversed trajectory. The second factor is the probability that all
 * of Poisson(2 b) weights R are kept, each with probability {@code (b + R / 2) / (2 b)}. Here b is a multiple of the roughness of the
 * trajectory, which follows from the known gradients. Weights with |R| / 2 above b are clipped; see {@link MoveClipping}. Not thread-safe.
 */
final class HamiltonianMove {
    /** The mean angle of a trajectory. Nearly a quarter of a turn, after which a draw does not depend on the previous one. */
    private static final double ANGLE = 1.5;
    /** The largest relative change of the angle. It prevents trajectories that return to their start in some direction. */
    private static final double JITTER = 0.4;
    /** The number of leaps. With fewer, the roughness is unknown. */
    static final int LEAST_LEAPS = 3;

    private static final int MOST_LEAPS = 100;
    /** The largest product of leaps and dimension, if there are more than three leaps. It limits the memory of a trajectory to 8 MiB. */
    private static final int MOST_NUMBERS = 1 << 19;
    /** The largest b. A move with a larger b is rejected at once. */
    private static final double LARGEST_BOUND = 2;
    /** The distance in v, squared and for each dimension, that no end of a leap may exceed. It is 1 for a normal distribution. */
    private static final double FAR = 36;

    /** The state of a move. */
    enum Outcome {
        /** Another gradient is needed. */
        MORE,
        ACCEPTED,
        REJECTED
    }

    private final Geometry geometry;
    private final int d;
    private final TrajectoryWork work;
    private Moves moves;
    private NormalStream random = (out, at, n) -> {};
    private boolean probing;

    private final double[] startGradient;
    private final double[] point;
    private final double[] gradient;
    private final double[] q;
    private final double[] p;
    private int leaps;
    private int leap;
    private double energy;
    private double known;
    private int wanted;
    private double allowed;
    private boolean isWeighing;
    private double acceptance;
    private double probe;

    private final MoveClipping clipping = new MoveClipping();

    HamiltonianMove(Geometry geometry, Moves moves) {
        this.geometry = geometry;
        this.d = geometry.dimension();
        this.moves = moves;
        this.work = new TrajectoryWork(geometry.oracle, moves);
        this.startGradient = new double[d];
        this.point = new double[d];
        this.gradient = new double[d];
        this.q = new double[d];
        this.p = new double[d];
    }

    /** Sets other parameters. With {@code measuring}, each trajectory that passes the test of D computes a weight; see {@link #probe}. */
    void use(Moves next, boolean measuring) {
        work.use(next);
        moves = next;
        probing = measuring;
    }

    /** Sets the statistics to 0. */
    void countFromHere() {
        clipping.countFromHere();
    }

    /**
     * Begins a move. Unless the outcome is MORE, no gradient is needed.
     *
     * @param from the present state in u
     * @param isKnown whether {@code gradientThere} is the gradient of f in u at this state
     */
    Outcome begin(double[] from, double[] gradientThere, boolean isKnown, NormalStream numbers) {
        random = numbers;
        System.arraycopy(from, 0, point, 0, d);
        moves.metric().toV(from, q, 0);
        random.fill(p, 0, d);
        double angle = ANGLE * (1 + JITTER * (2 * random.uniform() - 1));
        int most = Math.min(MOST_LEAPS, MOST_NUMBERS / d);
        leaps = (int) Math.max(LEAST_LEAPS, Math.min(most, Math.rint(angle / moves.step())));
        leap = 0;
        work.begin(leaps, moves.step());
        isWeighing = false;
        acceptance = 0;
        probe = Double.NaN;
        if (isKnown) {
            System.arraycopy(gradientThere, 0, gradient, 0, d);
            return arrive();
        }
        return Outcome.MORE;
    }

    /** Returns the point in u at which the gradient is needed. */
    double[] asked() {
        return isWeighing ? work.point() : point;
    }

    /** Returns whether the gradient that is needed is the one at the present state. */
    boolean isAtStart() {
        return leap == 0 && !isWeighing;
    }

    /** Takes the gradient at {@link #asked}. */
    Outcome tell(double[] answers, int at) {
        if (isWeighing) {
            geometry.coordinates.pullBack(answers, at, work.answer());
            return weighed();
        }
        geometry.coordinates.pullBack(answers, at, gradient);
        return arrive();
    }

    /** Returns whether the point is so far out that its gradient may be infinite. The move is then rejected. */
    boolean isFarOut() {
        moves.metric().toV(asked(), q, 0);
        return isFar();
    }

    private boolean isFar() {
        return !(Kernels.dot(q, 0, q, 0, d) <= FAR * d);
    }

    private Outcome arrive() {
        // The kick is the gradient of f + h without that of the normal approximation.
        work.node(leap, q, gradient);
        double half = 0.5 * moves.step();
        if (leap == 0) {
            System.arraycopy(gradient, 0, startGradient, 0, d);
            energy = energy();
            // The reversed trajectory would be rejected when it arrives here.
            if (isFar()) {
                return Outcome.REJECTED;
            }
        } else {
            kick(half);
            if (leap == leaps) {
                return test();
            }
        }
        kick(half);
        // A trajectory that diverges ends before the gradient is evaluated where it may be infinite.
        if (!work.leap(leap, q, p) || isFar()) {
            return Outcome.REJECTED;
        }
        leap++;
        moves.metric().toU(q, 0, point);
        geometry.oracle.pull(point, point, 0);
        return Outcome.MORE;
    }

    /** Changes the momentum by the gradient at the present point of the trajectory over a time. */
    private void kick(double time) {
        work.kick(leap, point, p, time);
    }

    /** Returns the known part of H: h, and the energy of the standard normal density of (q, p), which is also a part of f. */
    private double energy() {
        return geometry.oracle.value(point) + 0.5 * Kernels.dot(q, 0, q, 0, d) + 0.5 * Kernels.dot(p, 0, p, 0, d);
    }

    private Outcome test() {
        known = energy - energy() - work.known();
        double passes = known < 0 ? StrictMath.exp(known) : known >= 0 ? 1 : 0;
        allowed = Math.max(Double.MIN_NORMAL, moves.bound() * work.roughness());
        acceptance = allowed <= LARGEST_BOUND ? passes * StrictMath.exp(-allowed) : 0;
        if (!(random.uniform() < passes)) {
            return Outcome.REJECTED;
        }
        if (!(allowed <= LARGEST_BOUND) && !probing) {
            return Outcome.REJECTED;
        }
        clipping.begin(allowed);
        wanted = BernoulliFactory.poisson(2 * Math.min(LARGEST_BOUND, allowed), random.uniform());
        return wanted > 0 || probing ? nextWeight() : Outcome.ACCEPTED;
    }

    private Outcome nextWeight() {
        isWeighing = true;
        work.draw(random, q);
        moves.metric().toU(q, 0, work.point());
        geometry.oracle.pull(work.point(), work.point(), 0);
        return Outcome.MORE;
    }

    private Outcome weighed() {
        double half = -0.5 * work.weigh();
        if (probing && Double.isNaN(probe)) {
            probe = Math.abs(half) / work.roughness();
            if (!(allowed <= LARGEST_BOUND)) {
                return Outcome.REJECTED;
            }
            if (wanted == 0) {
                return Outcome.ACCEPTED;
            }
        }
        clipping.saw(half);
        if (!(2 * allowed * random.uniform() < allowed + Math.max(-allowed, Math.min(allowed, half)))) {
            return Outcome.REJECTED;
        }
        wanted--;
        return wanted == 0 ? Outcome.ACCEPTED : nextWeight();
    }

    /** Returns the end of the trajectory in u. */
    double[] end() {
        return point;
    }

    /** Returns the gradient at the end. */
    double[] endGradient() {
        return gradient;
    }

    /** Returns the gradient at the start. */
    double[] startGradient() {
        return startGradient;
    }

    /** Returns the probability of acceptance before the weights of the last trajectory, whose mean is the target of adaptation. */
    double acceptance() {
        return acceptance;
    }

    /** Returns |R| / 2 relative to the roughness of the last trajectory, or NaN if it was rejected before. */
    double probe() {
        return probe;
    }

    /** Returns b of the last trajectory. */
    double allowed() {
        return allowed;
    }

    /** Returns the number of weights and the effect of clipping. */
    MoveClipping clipping() {
        return clipping;
    }
}
