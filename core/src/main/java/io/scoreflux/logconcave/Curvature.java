package io.scoreflux.logconcave;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The modelled curvature A of a proximal step. Any symmetric matrix without negative eigenvalues leaves the distribution exact. The closer
 * A is to the Hessian of f, the longer the steps. If A is the Hessian of a quadratic f, all weights are 0. Except for {@link #none}, each
 * step adds a multiple of the identity to A: the curvature in excess of A between the last two points at which the gradient was linearised.
 * Immutable.
 */
public final class Curvature {
    private static final Curvature NONE = new Curvature(null, false, false);
    private static final Curvature SECANT = new Curvature(null, false, true);
    private static final Curvature AT_MODE = new Curvature(null, true, true);

    private final @Nullable SymmetricMatrix matrix;
    private final boolean atMode;
    private final boolean secants;

    private Curvature(@Nullable SymmetricMatrix matrix, boolean atMode, boolean secants) {
        this.matrix = matrix;
        this.atMode = atMode;
        this.secants = secants;
    }

    /** Returns A = 0, the method as published. */
    public static Curvature none() {
        return NONE;
    }

    /** Returns a multiple of the identity, from secants only. */
    public static Curvature secant() {
        return SECANT;
    }

    /**
     * Returns a diagonal A.
     *
     * @param entries second derivatives of f along the axes; finite, not negative; copied
     */
    public static Curvature diagonal(double... entries) {
        for (int i = 0; i < entries.length; i++) {
            Require.within("entries[" + i + "]", entries[i], 0, Double.POSITIVE_INFINITY);
        }
        return new Curvature(SymmetricMatrix.diagonal(entries), false, true);
    }

    /**
     * Returns a full A.
     *
     * @param matrix symmetric to 1e-10 of its largest entry, without negative eigenvalues; copied
     */
    public static Curvature dense(double[][] matrix) {
        SymmetricMatrix checked = SymmetricMatrix.of("curvature", matrix);
        SymmetricMatrix.Eigen eigen = checked.eigen();
        // The limit allows for rounding in the decomposition.
        if (eigen.least() < -1e-12 * Math.abs(eigen.largest())) {
            throw new InvalidArgumentException(
                    "curvature",
                    "must have no negative eigenvalues",
                    "one with the eigenvalue " + Violation.text(eigen.least()));
        }
        return new Curvature(checked, false, true);
    }

    /**
     * Returns the Hessian of f at the mode, for which the sampler searches first. With a {@link ConvexTerm} that is a sum over the axes, A
     * is the diagonal of the Hessian. If the curvature one standard deviation away from the mode differs (see {@link Mode}), A is the
     * inverse of C C' with the C of {@link Mode#scale}; with a term, A is at most this inverse along each column of C.
     */
    public static Curvature atMode() {
        return AT_MODE;
    }

    boolean needsMode() {
        return atMode;
    }

    boolean secants() {
        return secants;
    }

    /** Checks the curvature against a target before any computation. */
    void check(int dimension, ConvexTerm term) {
        if (matrix == null) {
            return;
        }
        if (matrix.dimension() != dimension) {
            throw new InvalidArgumentException(
                    "curvature", "must have the target's dimension " + dimension, matrix.dimension());
        }
        if (!matrix.isDiagonal() && Geometry.isSeparable(term)) {
            throw new InvalidConfigurationException(
                    "curvature", "must be diagonal for a term that is a sum over the axes", "dense");
        }
    }

    @Nullable
    SymmetricMatrix matrix(ConvexTerm term, @Nullable Mode mode) {
        if (mode == null || !atMode) {
            return matrix;
        }
        double[][] scale = mode.scale();
        if (scale.length > 0) {
            return SymmetricMatrix.ofDeviations(scale, along(scale, mode.hessian(), term));
        }
        SymmetricMatrix hessian = SymmetricMatrix.of("the Hessian", mode.hessian());
        return Geometry.isSeparable(term) ? SymmetricMatrix.diagonal(hessian.diagonal()) : hessian;
    }

    /**
     * Returns the curvature along each deviation that was found: 1, as for a normal distribution. If a term confines the density, f may
     * have less curvature. Then the value is the curvature of the Hessian, and secants add the rest.
     */
    private static double[] along(double[][] scale, double[][] hessian, ConvexTerm term) {
        int d = scale.length;
        double[] along = new double[d];
        Arrays.fill(along, 1);
        if (!((Oracle) term).isNormal()) {
            for (int k = 0; k < d; k++) {
                double sum = 0;
                for (int i = 0; i < d; i++) {
                    for (int j = 0; j < d; j++) {
                        sum += scale[i][k] * hessian[i][j] * scale[j][k];
                    }
                }
                along[k] = Math.max(0, Math.min(1, sum));
            }
        }
        return along;
    }
}
