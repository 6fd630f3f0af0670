package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.SecantSlope;
import java.util.Arrays;

/**
 * A model of the Jacobian J = dD/dz along a path, from pairs of evaluations at the same noise level. J is the covariance of the data given z,
 * divided by s^2, so it is symmetric and has no negative eigenvalues.
 *
 * <p>A pair with the difference dz of its states and the difference dD = J dz of its values gives two slopes:
 *
 * <pre>
 * c = &lt;dD, dz&gt; / &lt;dz, dz&gt;        in the direction of dz
 * k = &lt;dD, dD&gt; / &lt;dD, dz&gt;        in the direction u = dD / |dD|; c &lt;= k &lt;= largest eigenvalue of J
 * </pre>
 *
 * <p>The model of the pair is {@code J e = c e + (k - c) u <u, e>}. The directions in which J is large are those in which errors survive or
 * grow, and u is closer to them than dz is. For dz itself the model returns {@code c dz + (1 - c / k) dD}, which is dD only if both are parallel:
 * across u it has the slope c, where the pair shows 0. The larger slope is the safer one in an estimate of errors.
 *
 * <p>As J has no negative eigenvalues, a pair with {@code <dD, dz> < 0} consists of noise of the denoiser. Its |dD| is the size of the noise,
 * and the model of a pair whose |dD| is not much larger has c only. (In a dual problem, J can have negative eigenvalues between modes. Such
 * pairs also count as noise, which changed no estimate on twelve targets.)
 *
 * <p>At other levels, slopes below 1 change as they do for a Gaussian of variance a^2: {@code c = a^2 / (a^2 + s^2)}. Between two pairs, the
 * models are interpolated linearly in ln s.
 */
final class PathJacobian {
    /** The least cosine of the angle between dz and dD at which k is used. With a smaller one, k is not accurate. */
    private static final double LEAST_COSINE = 0.2;
    /** Above this value, a slope is not continued as that of a Gaussian, because 1 - c has few correct digits. */
    private static final double NEARLY_ONE = 0.98;

    /** k is used if dD is longer than this multiple of the noise. */
    private static final double ABOVE_NOISE = 5;

    private static final int FIRST_PAIRS = 16;

    private final int dimension;
    private int count;
    private double[] level = new double[FIRST_PAIRS];
    /** The slope c of each pair. */
    private double[] slope = new double[FIRST_PAIRS];
    /** The slope k of each pair. */
    private double[] steepest = new double[FIRST_PAIRS];
    /** The length of dD of each pair. */
    private double[] size = new double[FIRST_PAIRS];
    /** The direction u of each pair. */
    private double[][] direction;
    /** The size of the noise in dD. */
    private double noise;

    /** The model at the levels of {@link #at}: the first of two pairs, the slope of all directions, and the additions along the two u. */
    private int[] pair = new int[0];

    private double[] common = new double[0];
    private double[] along = new double[0];

    PathJacobian(int dimension) {
        this.dimension = dimension;
        this.direction = new double[FIRST_PAIRS][dimension];
    }

    /** Returns the number of rows that have space for a number of pairs. */
    static int rows(int pairs) {
        int rows = FIRST_PAIRS;
        while (rows < pairs) {
            rows *= 2;
        }
        return rows;
    }

    /** Releases the memory. The model is not used again. */
    void release() {
        direction = new double[0][];
    }

    void clear() {
        count = 0;
        noise = 0;
    }

    /**
     * Adds a pair. Levels must descend.
     *
     * @param tau ln s
     * @param z one state
     * @param z0 the other state
     * @param d D at the first state, from index {@code atD} on
     * @param d0 D at the other state
     */
    void add(double tau, double[] z, double[] z0, double[] d, int atD, double[] d0) {
        if (count == level.length) {
            level = Arrays.copyOf(level, 2 * count);
            slope = Arrays.copyOf(slope, 2 * count);
            steepest = Arrays.copyOf(steepest, 2 * count);
            size = Arrays.copyOf(size, 2 * count);
            direction = Arrays.copyOf(direction, 2 * count);
            for (int i = count; i < 2 * count; i++) {
                direction[i] = new double[dimension];
            }
        }
        double states = 0;
        double values = 0;
        double product = 0;
        double[] u = direction[count];
        for (int i = 0; i < dimension; i++) {
            double dz = z[i] - z0[i];
            double dD = d[atD + i] - d0[i];
            u[i] = dD;
            states += dz * dz;
            values += dD * dD;
            product += dz * dD;
        }
        // A pair with dD = 0 counts: near point masses D does not depend on the state, and J is 0.
        if (!(states > 0)) {
            return;
        }
        size[count] = Math.sqrt(values);
        if (product < 0) {
            noise = Math.max(noise, size[count]);
        }
        if (values > 0) {
            Kernels.setScaled(u, 1 / size[count], u);
        }
        level[count] = tau;
        slope[count] = SecantSlope.bounded(product / states);
        boolean isSlope = product > LEAST_COSINE * Math.sqrt(states * values);
        steepest[count] = isSlope ? SecantSlope.bounded(values / product) : slope[count];
        count++;
    }

    /** Returns the noise floor that the last slope c implies: {@code s^2 c / (1 - c)} is its square. */
    double noiseFloor() {
        if (count == 0) {
            return 0;
        }
        double c = Math.max(0, Math.min(slope[count - 1], NEARLY_ONE));
        return StrictMath.exp(level[count - 1]) * Math.sqrt(c / (1 - c));
    }

    /** Prepares the model at the first {@code n} levels, which descend. */
    void at(double[] tau, int n) {
        if (pair.length < n) {
            pair = new int[n];
            common = new double[n];
            along = new double[2 * n];
        }
        Arrays.fill(common, 0, n, 0);
        Arrays.fill(along, 0, 2 * n, 0);
        if (count == 0) {
            return;
        }
        int below = 0;
        for (int i = 0; i < n; i++) {
            while (below < count && level[below] > tau[i]) {
                below++;
            }
            int first = Math.max(0, below - 1);
            pair[i] = first;
            double share = 0;
            if (below > 0 && below < count) {
                share = (level[first] - tau[i]) / (level[first] - level[below]);
            }
            include(i, 0, first, 1 - share, tau[i]);
            if (share > 0) {
                include(i, 1, below, share, tau[i]);
            }
        }
    }

    private void include(int i, int which, int k, double share, double tau) {
        double c = continued(slope[k], level[k], tau);
        common[i] += share * c;
        if (size[k] > ABOVE_NOISE * noise) {
            along[2 * i + which] = share * (continued(steepest[k], level[k], tau) - c);
        }
    }

    /** Returns a slope at another level. Above the first pair, slopes without a Gaussian decrease as 1 / s^2. */
    private double continued(double c, double from, double to) {
        if (c > 0 && c < NEARLY_ONE) {
            double odds = c / (1 - c) * StrictMath.exp(2 * (from - to));
            return Double.isInfinite(odds) ? 1 : odds / (1 + odds);
        }
        return to > level[0] ? c * StrictMath.exp(2 * (from - to)) : c;
    }

    /** Writes {@code plus + sign J z}, with J at the level with index i. {@code out} may be {@code z} or {@code plus}. */
    void addProduct(int i, double sign, double[] z, double[] plus, double[] out) {
        double first = project(i, 0, z);
        double second = project(i, 1, z);
        double scale = sign * common[i];
        for (int x = 0; x < dimension; x++) {
            out[x] = plus[x] + scale * z[x];
        }
        if (first != 0) {
            Kernels.addScaled(out, sign * first, direction[pair[i]]);
        }
        if (second != 0) {
            Kernels.addScaled(out, sign * second, direction[pair[i] + 1]);
        }
    }

    private double project(int i, int which, double[] z) {
        double share = along[2 * i + which];
        return share == 0 ? 0 : share * Kernels.dot(direction[pair[i] + which], 0, z, 0, dimension);
    }
}
