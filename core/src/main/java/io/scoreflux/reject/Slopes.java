package io.scoreflux.reject;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Require;
import org.jspecify.annotations.Nullable;

/**
 * Where the reverse-kernel steps take the denoiser's Jacobian from. The law is exact with each; the number of steps, and so the calls,
 * differ.
 *
 * @param shared whether an eigenvalue that all directions share is found from secants
 * @param rank directions with an eigenvalue of their own that are found from secants, 0 to {@value #MOST_RANK}
 * @param product products with the Jacobian, instead of secants, or null
 */
public record Slopes(boolean shared, int rank, @Nullable JacobianProduct product) {
    /** The largest rank: a step's weights say little about more. */
    public static final int MOST_RANK = 6;

    /** A step takes as many products as there are dimensions, and the matrix is decomposed; beyond this secants are cheaper. */
    public static final int MOST_DIMENSIONS_OF_PRODUCTS = 64;

    /** Checks the rank. */
    public Slopes {
        Require.within("rank", rank, 0, MOST_RANK);
        if (product != null && (shared || rank > 0)) {
            throw new InvalidArgumentException(
                    "rank",
                    "must be 0, and shared false, for Jacobian products",
                    "rank " + rank + " and shared " + shared,
                    "use secants");
        }
    }

    /** None: A = 0. */
    public static Slopes none() {
        return new Slopes(false, 0, null);
    }

    /** One eigenvalue for all directions, from secants. */
    public static Slopes scalar() {
        return new Slopes(true, 0, null);
    }

    /** Up to {@code rank} directions, from secants, and 0 for the others. */
    public static Slopes lowRank(int rank) {
        return new Slopes(false, rank, null);
    }

    /**
     * Up to {@code rank} directions from secants, and one eigenvalue for all others or 0, whichever predicts a chain's answers better:
     * the fewest calls without products.
     */
    public static Slopes secants(int rank) {
        return new Slopes(true, rank, null);
    }

    /** The Jacobian itself, made symmetric, for states of up to {@value #MOST_DIMENSIONS_OF_PRODUCTS} dimensions. */
    public static Slopes jacobian(JacobianProduct product) {
        return new Slopes(false, 0, product);
    }

    /** Whether A = 0: weights then have light tails. */
    boolean isNone() {
        return !shared && rank == 0 && product == null;
    }

    /** The factory that makes these slopes. */
    String label() {
        if (product != null) {
            return "jacobian";
        }
        if (rank == 0) {
            return shared ? "scalar" : "none";
        }
        return (shared ? "secants" : "lowRank") + "(" + rank + ")";
    }

    /** Memory of the arrays of a slope that grow with the dimension. */
    long bytes(int dimension) {
        if (product != null) {
            return JacobianSlope.bytes(dimension);
        }
        if (shared && rank > 0) {
            return 2 * PairSecants.bytes(dimension, rank);
        }
        return shared || rank > 0 ? PairSecants.bytes(dimension, rank) : 0;
    }

    Slope start(int dimension) {
        JacobianProduct given = product;
        if (given != null) {
            if (dimension > MOST_DIMENSIONS_OF_PRODUCTS) {
                throw new InvalidConfigurationException(
                        "slopes",
                        "must be by secants in more than " + MOST_DIMENSIONS_OF_PRODUCTS + " dimensions",
                        "by Jacobian products in " + dimension,
                        "use Slopes.secants(" + MOST_RANK + ")");
            }
            return new JacobianSlope(dimension, given);
        }
        if (shared && rank > 0) {
            return new BetterSlope(dimension, rank);
        }
        return shared || rank > 0 ? new PairSecants(dimension, shared, rank) : new NoSlope();
    }
}
