package io.scoreflux.reject;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Require;
import org.jspecify.annotations.Nullable;

/**
 * The source of the matrix A, an approximation of the denoiser's Jacobian, for the steps of the reverse process. The distribution is exact
 * with any source, but the numbers of steps and calls depend on it.
 *
 * @param shared whether secants determine an eigenvalue that all directions share
 * @param rank the number of directions with separate eigenvalues from secants, 0 to {@value #MAX_RANK}
 * @param product products with the Jacobian, which replace secants, or null
 */
public record Slopes(boolean shared, int rank, @Nullable JacobianProduct product) {
    /** The largest rank. The weights of a step contain little information about more directions. */
    public static final int MAX_RANK = 6;

    /**
     * The largest dimension for products. A step takes as many products as there are dimensions and decomposes the matrix; in more
     * dimensions secants are cheaper.
     */
    public static final int MAX_PRODUCT_DIMENSION = 64;

    /** Checks the rank. */
    public Slopes {
        Require.within("rank", rank, 0, MAX_RANK);
        if (product != null && (shared || rank > 0)) {
            throw new InvalidArgumentException(
                    "rank",
                    "must be 0, and shared false, for Jacobian products",
                    "rank " + rank + " and shared " + shared,
                    "use secants");
        }
    }

    /** Returns slopes without an estimate: all eigenvalues are 0. */
    public static Slopes none() {
        return new Slopes(false, 0, null);
    }

    /** Returns one eigenvalue for all directions, from secants. */
    public static Slopes scalar() {
        return new Slopes(true, 0, null);
    }

    /** Returns separate eigenvalues for up to {@code rank} directions, from secants, and 0 for the others. */
    public static Slopes lowRank(int rank) {
        return new Slopes(false, rank, null);
    }

    /**
     * Returns separate eigenvalues for up to {@code rank} directions, from secants. All others share an eigenvalue or have 0, whichever
     * predicts the values of a chain better. Without products, this takes the fewest calls.
     */
    public static Slopes secants(int rank) {
        return new Slopes(true, rank, null);
    }

    /** Returns slopes from the Jacobian itself, made symmetric, for states of up to {@value #MAX_PRODUCT_DIMENSION} dimensions. */
    public static Slopes jacobian(JacobianProduct product) {
        return new Slopes(false, 0, product);
    }

    /** Returns whether A = 0. */
    boolean isNone() {
        return !shared && rank == 0 && product == null;
    }

    /** Returns the name of the method that creates these slopes, with its argument. */
    String label() {
        if (product != null) {
            return "jacobian";
        }
        if (rank == 0) {
            return shared ? "scalar" : "none";
        }
        return (shared ? "secants" : "lowRank") + "(" + rank + ")";
    }

    /** Returns the memory of the arrays of a slope that grow with the dimension. */
    long bytes(int dimension) {
        if (product != null) {
            return JacobianSlope.bytes(dimension);
        }
        if (shared && rank > 0) {
            return 2 * PairSecants.bytes(dimension, rank);
        }
        return shared || rank > 0 ? PairSecants.bytes(dimension, rank) : 0;
    }

    /** Creates the slope of one chain, for data of a radius. */
    Slope start(int dimension, double radius) {
        JacobianProduct given = product;
        if (given != null) {
            if (dimension > MAX_PRODUCT_DIMENSION) {
                throw new InvalidConfigurationException(
                        "slopes",
                        "must use secants in more than " + MAX_PRODUCT_DIMENSION + " dimensions",
                        "Jacobian products in " + dimension + " dimensions",
                        "use Slopes.secants(" + MAX_RANK + ")");
            }
            return new JacobianSlope(dimension, given);
        }
        if (shared && rank > 0) {
            return new BetterSlope(dimension, radius, rank);
        }
        return shared || rank > 0 ? new PairSecants(dimension, radius, shared, rank) : new NoSlope();
    }
}
