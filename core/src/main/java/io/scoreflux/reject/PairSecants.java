package io.scoreflux.reject;

import io.scoreflux.internal.Kernels;

/**
 * The Jacobian from secants, which take no additional calls. The points where a step evaluates weights and the start of the next step lie
 * at the same noise level. So the differences s of these states and the differences y of the denoiser's values are related by y = J s where
 * D is linear.
 *
 * <p>The shared eigenvalue is {@code sum <s, y> / sum <s, s>} over the last {@value #SCALAR_PAIRS} pairs. The remainders of the y span the
 * directions with separate eigenvalues: the strongest ones, up to a rank. On these directions the matrix that maps s to y is found by least
 * squares with a ridge, and made symmetric. All eigenvalues are clipped to 0 and the smaller of {@value Slope#LARGEST} and 4 R^2 / s^2, for
 * the radius R of the data at level s: an eigenvalue is a variance of the posterior over s^2. Without the second limit, few noisy pairs can
 * give a large eigenvalue far above the data, where steps are long and the slope is nearly 0.
 */
final class PairSecants implements Slope {
    static final int SCALAR_PAIRS = 3;
    private static final int MOST_POINTS = 8;
    /** The largest standard deviation of the posterior along a direction, in radii of the data. */
    private static final double RADII = 2;

    /** The ridge, relative to the mean weight of a direction. It shrinks the result of few, noisy pairs. */
    private static final double RIDGE = 0.1;
    /** The squared length of a direction, relative to the strongest, below which it is noise. */
    private static final double FAINT = 1e-3;
    /** The fraction of squared lengths that is rounding. */
    private static final double NOTHING = 1e-16;

    private final int dimension;
    private final double largestVariance;
    private final boolean hasShared;
    private final int mostRank;
    private final int room;
    /** The last pairs, in units of their noise level, in a ring buffer. */
    private final double[] s;

    private final double[] y;
    /** The remainders of y after the shared eigenvalue, newest first; {@link #steps} has the corresponding s. */
    private final double[] rest;

    private final double[] steps;
    private int pairs;
    private int newest = -1;
    private final double[] points;
    private final double[] answersAtPoints;
    private int waiting;
    private final double[] basis;
    private final double[] ofSteps;
    private final double[] ofRest;
    private final double[] small;
    private final double[] other;
    private final double[] map;
    private final SmallEigen eigen;
    private final double[] step;
    private final double[] missed;
    private double largest;
    private double shared;
    private int rank;
    private final double[] values;
    private final double[] vectors;

    /** Returns the memory of the arrays that grow with the dimension. */
    static long bytes(int dimension, int mostRank) {
        int room = Math.max(SCALAR_PAIRS, mostRank);
        return (long) Double.BYTES * (4 * room + 2 * MOST_POINTS + 2 * Math.min(mostRank, dimension) + 2) * dimension;
    }

    /**
     * Creates an estimate without pairs, which is 0.
     *
     * @param radius the radius R of the data
     * @param hasShared whether there is a shared eigenvalue; otherwise it is 0
     * @param mostRank the largest number of directions with separate eigenvalues
     */
    PairSecants(int dimension, double radius, boolean hasShared, int mostRank) {
        this.dimension = dimension;
        this.largestVariance = RADII * RADII * radius * radius;
        this.hasShared = hasShared;
        this.mostRank = Math.min(mostRank, dimension);
        this.room = Math.max(SCALAR_PAIRS, mostRank);
        this.s = new double[room * dimension];
        this.y = new double[room * dimension];
        this.rest = new double[room * dimension];
        this.steps = new double[room * dimension];
        this.points = new double[MOST_POINTS * dimension];
        this.answersAtPoints = new double[MOST_POINTS * dimension];
        this.basis = new double[this.mostRank * dimension];
        this.ofSteps = new double[this.mostRank * room];
        this.ofRest = new double[this.mostRank * room];
        this.small = new double[room * room];
        this.other = new double[room * room];
        this.map = new double[room * room];
        this.eigen = new SmallEigen(room);
        this.step = new double[dimension];
        this.missed = new double[dimension];
        this.values = new double[this.mostRank];
        this.vectors = new double[this.mostRank * dimension];
    }

    @Override
    public void point(double[] z, double[] answers, int at) {
        if (waiting < MOST_POINTS) {
            System.arraycopy(z, 0, points, waiting * dimension, dimension);
            System.arraycopy(answers, at, answersAtPoints, waiting * dimension, dimension);
            waiting++;
        }
    }

    @Override
    public void at(double[] z, double sigma, double[] answer) {
        if (waiting == 0) {
            return;
        }
        for (int k = 0; k < waiting; k++) {
            pair(k * dimension, z, sigma, answer);
        }
        waiting = 0;
        largest = Math.min(LARGEST, largestVariance / (sigma * sigma));
        if (hasShared) {
            findShared();
        }
        rank = 0;
        if (mostRank > 0) {
            findOwn();
        }
    }

    /** Returns the error of the current estimate for the values that are not yet used: the sum of |y - J s|^2 / |s|^2. */
    double missed(double[] z, double[] answer) {
        double sum = 0;
        for (int k = 0; k < waiting; k++) {
            int from = k * dimension;
            double square = Kernels.squaredDistance(points, from, z, 0, dimension);
            for (int i = 0; i < dimension; i++) {
                step[i] = points[from + i] - z[i];
                missed[i] = answersAtPoints[from + i] - answer[i] - shared * step[i];
            }
            for (int i = 0; i < rank; i++) {
                double part = Kernels.dot(vectors, i * dimension, step, 0, dimension);
                Kernels.addScaled(missed, 0, (shared - values[i]) * part, vectors, i * dimension, dimension);
            }
            sum += square > 0 ? Kernels.dot(missed, 0, missed, 0, dimension) / square : 0;
        }
        return sum;
    }

    private void pair(int point, double[] z, double sigma, double[] answer) {
        newest = (newest + 1) % room;
        pairs = Math.min(room, pairs + 1);
        int at = newest * dimension;
        for (int i = 0; i < dimension; i++) {
            s[at + i] = (points[point + i] - z[i]) / sigma;
            y[at + i] = (answersAtPoints[point + i] - answer[i]) / sigma;
        }
    }

    /** Returns the position of the k-th newest pair. */
    private int place(int k) {
        return (newest - k + room) % room;
    }

    private void findShared() {
        double sy = 0;
        double ss = 0;
        for (int k = 0; k < Math.min(pairs, SCALAR_PAIRS); k++) {
            int at = place(k) * dimension;
            sy += Kernels.dot(s, at, y, at, dimension);
            ss += Kernels.dot(s, at, s, at, dimension);
        }
        shared = ss > 0 ? clip(sy / ss) : 0;
    }

    private double clip(double eigenvalue) {
        return Math.max(0, Math.min(largest, eigenvalue));
    }

    private void findOwn() {
        for (int k = 0; k < pairs; k++) {
            int from = place(k) * dimension;
            int to = k * dimension;
            System.arraycopy(s, from, steps, to, dimension);
            System.arraycopy(y, from, rest, to, dimension);
            Kernels.addScaled(rest, to, -shared, s, from, dimension);
        }
        int found = findBasis();
        if (found > 0 && fitMap(found)) {
            for (int i = 0; i < found; i++) {
                values[i] = clip(shared + eigen.value(i));
                int to = i * dimension;
                Kernels.setScaled(vectors, to, eigen.vector(i, 0, found), basis, 0, dimension);
                for (int j = 1; j < found; j++) {
                    Kernels.addScaled(vectors, to, eigen.vector(i, j, found), basis, j * dimension, dimension);
                }
            }
            rank = found;
        }
    }

    /** Computes orthonormal directions of the remainders, the strongest first, and returns their number. */
    private int findBasis() {
        for (int a = 0; a < pairs; a++) {
            for (int b = 0; b < pairs; b++) {
                small[a * pairs + b] = Kernels.dot(rest, a * dimension, rest, b * dimension, dimension);
            }
        }
        eigen.decompose(small, pairs);
        double nothing = NOTHING * Kernels.dot(steps, 0, steps, 0, pairs * dimension);
        int found = 0;
        while (found < Math.min(mostRank, pairs)
                && eigen.value(found) > nothing
                && eigen.value(found) > FAINT * eigen.value(0)) {
            double scale = 1 / Math.sqrt(eigen.value(found));
            int to = found * dimension;
            Kernels.setScaled(basis, to, scale * eigen.vector(found, 0, pairs), rest, 0, dimension);
            for (int k = 1; k < pairs; k++) {
                Kernels.addScaled(basis, to, scale * eigen.vector(found, k, pairs), rest, k * dimension, dimension);
            }
            found++;
        }
        return found;
    }

    /** Decomposes T = sym(Y S' (S S' + ridge I)^-1), where S and Y are the pairs in the basis. Returns whether this matrix exists. */
    private boolean fitMap(int n) {
        for (int a = 0; a < n; a++) {
            for (int k = 0; k < pairs; k++) {
                ofSteps[a * pairs + k] = Kernels.dot(basis, a * dimension, steps, k * dimension, dimension);
                ofRest[a * pairs + k] = Kernels.dot(basis, a * dimension, rest, k * dimension, dimension);
            }
        }
        double trace = 0;
        for (int a = 0; a < n; a++) {
            for (int b = 0; b < n; b++) {
                small[a * n + b] = Kernels.dot(ofSteps, a * pairs, ofSteps, b * pairs, pairs);
                other[a * n + b] = Kernels.dot(ofRest, a * pairs, ofSteps, b * pairs, pairs);
            }
            trace += small[a * n + a];
        }
        if (!(trace > NOTHING * Kernels.dot(steps, 0, steps, 0, pairs * dimension))) {
            // The remainders are orthogonal to all steps, as that of a single pair is.
            return false;
        }
        double ridge = RIDGE * trace / n;
        eigen.decompose(small, n);
        for (int a = 0; a < n; a++) {
            for (int b = 0; b < n; b++) {
                double sum = 0;
                for (int i = 0; i < n; i++) {
                    double projected = 0;
                    for (int j = 0; j < n; j++) {
                        projected += other[a * n + j] * eigen.vector(i, j, n);
                    }
                    sum += projected * eigen.vector(i, b, n) / (eigen.value(i) + ridge);
                }
                map[a * n + b] = sum;
            }
        }
        for (int a = 0; a < n; a++) {
            for (int b = 0; b < n; b++) {
                small[a * n + b] = 0.5 * (map[a * n + b] + map[b * n + a]);
            }
        }
        eigen.decompose(small, n);
        return true;
    }

    @Override
    public double shared() {
        return shared;
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public double value(int i) {
        return values[i];
    }

    @Override
    public double[] vectors() {
        return vectors;
    }
}
