package io.scoreflux.logconcave;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import org.jspecify.annotations.Nullable;

/**
 * The covariance M of proximal steps: {@code y ~ N(x, eta M)}. If M is close to the covariance of the density, a step is equally long in
 * all directions, measured in standard deviations of the density. Immutable.
 */
public final class Preconditioner {
    private static final Preconditioner IDENTITY = new Preconditioner(null, null, false);
    private static final Preconditioner AT_MODE = new Preconditioner(null, null, true);

    private final double @Nullable [] deviations;
    private final SymmetricMatrix.@Nullable Eigen precision;
    private final boolean atMode;

    private Preconditioner(double @Nullable [] deviations, SymmetricMatrix.@Nullable Eigen precision, boolean atMode) {
        this.deviations = deviations;
        this.precision = precision;
        this.atMode = atMode;
    }

    /** Returns M = I. */
    public static Preconditioner identity() {
        return IDENTITY;
    }

    /**
     * Returns a diagonal M.
     *
     * @param deviations approximate standard deviations of the density along the axes; positive; copied
     */
    public static Preconditioner diagonal(double... deviations) {
        for (int i = 0; i < deviations.length; i++) {
            Require.positive("deviations[" + i + "]", deviations[i]);
        }
        return new Preconditioner(deviations.clone(), null, false);
    }

    /**
     * Returns a full M.
     *
     * @param covariance the approximate covariance of the density: symmetric to 1e-10 of its largest entry, positive definite; copied
     */
    public static Preconditioner dense(double[][] covariance) {
        SymmetricMatrix.Eigen eigen =
                SymmetricMatrix.of("covariance", covariance).eigen();
        requireDefinite("covariance", eigen);
        double[] inverse = eigen.values().clone();
        for (int i = 0; i < inverse.length; i++) {
            inverse[i] = 1 / inverse[i];
        }
        return new Preconditioner(null, new SymmetricMatrix.Eigen(inverse, eigen.vectors()), false);
    }

    /**
     * Returns the inverse of the Hessian of f at the mode. The sampler first searches for the mode, which takes at least 4 d gradients.
     * With a {@link ConvexTerm} that is a sum over the axes, M is the inverse of the diagonal of the Hessian plus the contribution of the
     * term to each axis. If the curvature one standard deviation away differs from that at the mode, M is C C' with the C of
     * {@link Mode#scale}.
     */
    public static Preconditioner atMode() {
        return AT_MODE;
    }

    boolean needsMode() {
        return atMode;
    }

    /** Checks the preconditioner against a target before any computation. */
    void check(int dimension, ConvexTerm term) {
        int own = deviations != null ? deviations.length : precision != null ? precision.values().length : dimension;
        if (own != dimension) {
            throw new InvalidArgumentException("preconditioner", "must have the target's dimension " + dimension, own);
        }
        if (precision != null && Geometry.isSeparable(term)) {
            throw new InvalidConfigurationException(
                    "preconditioner", "must be diagonal for a term that is a sum over the axes", "dense");
        }
    }

    Factor factor(int dimension, ConvexTerm term, @Nullable Mode mode) {
        if (deviations != null) {
            return Factor.diagonal(deviations);
        }
        if (precision != null) {
            return Factor.full(precision.rootOfInverse());
        }
        if (mode == null || !atMode) {
            return Factor.identity(dimension);
        }
        double[][] found = mode.scale();
        if (found.length > 0) {
            return Factor.of(found);
        }
        SymmetricMatrix hessian = SymmetricMatrix.of("the Hessian", mode.hessian());
        if (Geometry.isSeparable(term) || hessian.isDiagonal()) {
            double[] scale = hessian.diagonal();
            for (int i = 0; i < scale.length; i++) {
                scale[i] = 1 / Math.sqrt(scale[i] + ((Oracle) term).precision(i));
            }
            return Factor.diagonal(scale);
        }
        return Factor.full(hessian.eigen().rootOfInverse());
    }

    /** Checks that all eigenvalues are positive. Below 1e-14 of the largest, the sign of the smallest eigenvalue is rounding. */
    static void requireDefinite(String name, SymmetricMatrix.Eigen eigen) {
        if (!(eigen.least() > 1e-14 * eigen.largest())) {
            throw new InvalidArgumentException(
                    name, "must be positive definite", "one with the eigenvalue " + Violation.text(eigen.least()));
        }
    }
}
