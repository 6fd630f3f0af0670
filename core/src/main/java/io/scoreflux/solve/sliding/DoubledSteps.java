package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.Coordinate;
import java.util.Arrays;

/**
 * The error estimate for equal steps on a rough denoiser: the difference between the trajectory and one of twice the step length, which uses the
 * values of D at every second node.
 *
 * <p>If values of D have independent errors, the mean over all nodes and the mean over every second one differ as much as the former and the exact
 * mean. Values of a network are not quite independent, so that the difference is multiplied by {@value #FACTOR}.
 *
 * <p>Over two steps, of length H together, the difference e becomes {@code e^{-H} e + (1 - e^{-H}) J e + r}. Here r is the difference between the
 * results of the two quadratures of D, and J is a {@link PathJacobian}.
 */
final class DoubledSteps {
    private static final double FACTOR = 1.5;
    /** The least estimate, in usual errors. */
    private static final double LEAST = 1.25;

    private static final int NODES = EvenSteps.DEGREE + 1;
    /** The most equal steps have 26 pairs. */
    private static final int MOST_PAIRS = 26;

    private final int dimension;
    private final NodeWindow nodes;
    private final NodePolynomial polynomial;
    private final double[] difference;
    private final double[] product;
    private final double[] state;
    private final double[] answer;
    /** The state at the newest node after one step of twice the length. */
    private final double[] end;

    private final double[] level = new double[1];
    /** The pairs of evaluations. */
    final PathJacobian jacobian;

    /** Returns the memory, in rows of the dimension. */
    static int rows() {
        return 4 * NODES + 5 + PathJacobian.rows(MOST_PAIRS);
    }

    DoubledSteps(Coordinate coordinate, int dimension) {
        this.dimension = dimension;
        this.nodes = new NodeWindow(NODES, dimension);
        this.polynomial = new NodePolynomial(coordinate, NODES, dimension);
        this.difference = new double[dimension];
        this.product = new double[dimension];
        this.state = new double[dimension];
        this.answer = new double[dimension];
        this.end = new double[dimension];
        this.jacobian = new PathJacobian(dimension);
    }

    /** Adds the newest node of the trajectory, two steps after the last one. */
    void add(NodeWindow trajectory) {
        double tau = trajectory.tau(0);
        System.arraycopy(trajectory.state(0), 0, state, 0, dimension);
        System.arraycopy(trajectory.answer(0), 0, answer, 0, dimension);
        boolean first = nodes.count() == 0;
        double top = first ? tau : nodes.tau(0);
        if (!first) {
            System.arraycopy(nodes.state(0), 0, end, 0, dimension);
        }
        if (!first) {
            polynomial.extend(nodes, top - tau);
        }
        nodes.add(tau, trajectory.sigma(0), answer, state, state);
        if (!first) {
            polynomial.interpolate(nodes, nodes.count(), nodes.above(0).drop());
            polynomial.degree = nodes.count() - 1;
            polynomial.carry(nodes, 0, end, end);
            carry(StrictMath.exp(tau - top), tau);
        }
    }

    /** Carries the difference over the last two steps. */
    private void carry(double decay, double tau) {
        level[0] = tau;
        jacobian.at(level, 1);
        Arrays.fill(product, 0);
        jacobian.addProduct(0, 1, difference, product, product);
        for (int i = 0; i < dimension; i++) {
            difference[i] = decay * difference[i] + (1 - decay) * product[i] + end[i] - state[i];
        }
    }

    /** Writes a state that is displaced by the difference. */
    void displace(double[] from, double[] to) {
        for (int i = 0; i < dimension; i++) {
            to[i] = from[i] + difference[i];
        }
    }

    /** Returns the noise floor of the data that the last slope implies. */
    double noiseFloor() {
        return jacobian.noiseFloor();
    }

    /** Returns the estimated error of the trajectory at the last node that was added, in the data's units. */
    double error(double usual) {
        return StrictMath.hypot(FACTOR * Kernels.norm(difference, 0, dimension), LEAST * usual);
    }
}
