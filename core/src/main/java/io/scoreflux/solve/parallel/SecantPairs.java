package io.scoreflux.solve.parallel;

import io.scoreflux.internal.Kernels;
import java.util.Arrays;

/**
 * The Jacobian J of D at the nodes of a window, from differences between evaluations at the same node. J is known in up to {@value #RANK}
 * orthonormal directions q for each node, and is the scalar c in the directions orthogonal to them. A new difference replaces the directions
 * that it is nearly parallel to, and otherwise the oldest one.
 *
 * <p>The Jacobian of an exact denoiser is symmetric. The image J q of a direction therefore also gives the component of J v along q for any v
 * orthogonal to q. Memory: {@code 2 (RANK + 1) (maxDegree + 1) d} doubles, and none in one dimension, where c is exact.
 */
final class SecantPairs {
    private static final int RANK = 2;
    /** A difference whose component orthogonal to the newer ones is at most this share adds no direction. */
    private static final double LEAST_ANGLE = 0.3;
    /** Differences with a larger ratio |dD| / |dz|, or a smaller slope than {@link #LEAST_SLOPE}, are noise or a jump. */
    private static final double STEEPEST = 20;

    private static final double LEAST_SLOPE = -1;

    private final int rank;
    private final int dimension;
    /** Row k of entry i is direction i of node k, from the newest on. */
    private final double[][] directions;
    /** The images J q, likewise. */
    private final double[][] images;

    private final int[] counts;

    /** Returns the memory of the arrays that grow with the dimension. */
    static long bytes(int dimension, int maxDegree) {
        return Double.BYTES * 2L * room(dimension) * (maxDegree + 1) * dimension;
    }

    private static int rank(int dimension) {
        return dimension == 1 ? 0 : RANK;
    }

    /** Returns the number of directions for which there is space. While a difference is added, there is one more than at other times. */
    private static int room(int dimension) {
        return dimension == 1 ? 0 : RANK + 1;
    }

    SecantPairs(int maxDegree, int dimension) {
        this.rank = rank(dimension);
        this.dimension = dimension;
        this.directions = new double[room(dimension)][(maxDegree + 1) * dimension];
        this.images = new double[room(dimension)][(maxDegree + 1) * dimension];
        this.counts = new int[maxDegree + 1];
    }

    void clear() {
        Arrays.fill(counts, 0);
    }

    /** Returns whether a direction is known at node k. */
    boolean any(int k) {
        return counts[k] > 0;
    }

    /**
     * Adds a difference at node k.
     *
     * @param z the new states, and {@code z0} the previous ones; row k is that of the node
     * @param d the new D, from {@code atD} on
     * @param d0 the previous values of D
     */
    void add(int k, double[] z, double[] z0, double[] d, int atD, double[] d0) {
        if (rank == 0) {
            return;
        }
        int row = k * dimension;
        double size = Math.sqrt(Kernels.squaredDistance(z, row, z0, row, dimension));
        if (!(size > 0)) {
            return;
        }
        int kept = counts[k];
        for (int i = kept; i > 0; i--) {
            System.arraycopy(directions[i - 1], row, directions[i], row, dimension);
            System.arraycopy(images[i - 1], row, images[i], row, dimension);
        }
        double slope = 0;
        double square = 0;
        for (int i = 0; i < dimension; i++) {
            double q = (z[row + i] - z0[row + i]) / size;
            double image = (d[atD + i] - d0[row + i]) / size;
            directions[0][row + i] = q;
            images[0][row + i] = image;
            slope += q * image;
            square += image * image;
        }
        if (!(slope >= LEAST_SLOPE) || !(square <= STEEPEST * STEEPEST)) {
            counts[k] = 0;
            return;
        }
        counts[k] = 1;
        for (int i = 1; i <= kept && counts[k] < rank; i++) {
            orthogonalize(k, i);
        }
    }

    /** Makes direction i of node k orthogonal to the newer ones. Drops it if little of it remains. */
    private void orthogonalize(int k, int i) {
        int row = k * dimension;
        int to = counts[k];
        for (int j = 0; j < to; j++) {
            double product = dot(directions[j], row, directions[i], row);
            Kernels.addScaled(directions[i], row, -product, directions[j], row, dimension);
            Kernels.addScaled(images[i], row, -product, images[j], row, dimension);
        }
        double size = Kernels.norm(directions[i], row, dimension);
        if (size > LEAST_ANGLE) {
            Kernels.setScaled(directions[to], row, 1 / size, directions[i], row, dimension);
            Kernels.setScaled(images[to], row, 1 / size, images[i], row, dimension);
            counts[k] = to + 1;
        }
    }

    private double dot(double[] x, int atX, double[] y, int atY) {
        double sum = 0;
        for (int i = 0; i < dimension; i++) {
            sum += x[atX + i] * y[atY + i];
        }
        return sum;
    }

    /**
     * Adds a multiple of (J - c) dz at node k, where dz is the distance of the state from where D was evaluated.
     *
     * @param rest space for one row
     */
    void addCurvature(
            double factor, int k, double[] states, double[] asked, double c, double[] out, int at, double[] rest) {
        int row = k * dimension;
        for (int i = 0; i < dimension; i++) {
            rest[i] = states[row + i] - asked[row + i];
        }
        for (int p = 0; p < counts[k]; p++) {
            double along = dot(directions[p], row, rest, 0);
            Kernels.addScaled(out, at, factor * along, images[p], row, dimension);
            Kernels.addScaled(out, at, -factor * along * c, directions[p], row, dimension);
            Kernels.addScaled(rest, 0, -along, directions[p], row, dimension);
        }
        for (int p = 0; p < counts[k]; p++) {
            double along = dot(images[p], row, rest, 0);
            Kernels.addScaled(out, at, factor * along, directions[p], row, dimension);
        }
    }

    /** Returns the length of the part of (z - z0) that is orthogonal to the directions of node k. In one dimension, it is 0. */
    double unknownPart(int k, double[] z, double[] z0, double[] rest) {
        if (rank == 0) {
            return 0;
        }
        int row = k * dimension;
        for (int i = 0; i < dimension; i++) {
            rest[i] = z[row + i] - z0[row + i];
        }
        for (int p = 0; p < counts[k]; p++) {
            Kernels.addScaled(rest, 0, -dot(directions[p], row, rest, 0), directions[p], row, dimension);
        }
        return Kernels.norm(rest, 0, dimension);
    }

    /** Returns the larger of c and the largest |J q| of the directions of node k. */
    double steepest(int k, double c) {
        double largest = c;
        for (int p = 0; p < counts[k]; p++) {
            largest = Math.max(largest, Kernels.norm(images[p], k * dimension, dimension));
        }
        return largest;
    }

    /** Copies the directions of node {@code j} of another window to node k. */
    void copy(int k, SecantPairs from, int j) {
        counts[k] = from.counts[j];
        for (int p = 0; p < counts[k]; p++) {
            System.arraycopy(from.directions[p], j * dimension, directions[p], k * dimension, dimension);
            System.arraycopy(from.images[p], j * dimension, images[p], k * dimension, dimension);
        }
    }
}
