package io.scoreflux.logconcave;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Kernels;
import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.jspecify.annotations.Nullable;

/**
 * The coordinates of chains: {@code x = centre + C u}. C is a diagonal or a full matrix for which the modelled curvature {@code C' A C} is
 * diagonal. Immutable.
 */
final class Coordinates {
    private final double[] centre;
    private final double @Nullable [] scale;
    private final double[] full;
    private final double[] transpose;
    private final double[] curvature;

    private Coordinates(double[] centre, Factor factor, double[] curvature) {
        this.centre = centre;
        this.scale = factor.scale();
        this.full = factor.full();
        this.curvature = curvature;
        int d = centre.length;
        this.transpose = new double[full.length];
        for (int i = 0; i < transpose.length; i++) {
            transpose[i] = full[i % d * d + i / d];
        }
    }

    /**
     * Creates coordinates.
     *
     * @param centre the centre in x
     * @param factor C up to a rotation, which does not change C C'
     * @param model A in x, or null for 0
     */
    static Coordinates of(double[] centre, Factor factor, @Nullable SymmetricMatrix model) {
        int d = centre.length;
        if (model == null) {
            return new Coordinates(centre, factor, new double[d]);
        }
        double[] scale = factor.scale();
        if (scale != null && model.isDiagonal()) {
            double[] curvature = model.diagonal();
            for (int i = 0; i < d; i++) {
                curvature[i] *= scale[i] * scale[i];
            }
            return new Coordinates(centre, factor, curvature);
        }
        // Rotate C so that the curvature is diagonal. This does not change C C'.
        DMatrixRMaj c = new DMatrixRMaj(d, d, true, factor.toFull());
        DMatrixRMaj product = new DMatrixRMaj(d, d);
        DMatrixRMaj pulled = new DMatrixRMaj(d, d);
        CommonOps_DDRM.mult(model.matrix(), c, product);
        CommonOps_DDRM.multTransA(c, product, pulled);
        double[][] entries = new double[d][d];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                entries[i][j] = 0.5 * (pulled.get(i, j) + pulled.get(j, i));
            }
        }
        SymmetricMatrix.Eigen eigen =
                SymmetricMatrix.of("the modelled curvature", entries).eigen();
        double[] turned = new double[d * d];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                turned[i * d + j] = Kernels.dot(c.data, i * d, eigen.vectors(), j * d, d);
            }
        }
        double[] curvature = eigen.values();
        for (int i = 0; i < d; i++) {
            curvature[i] = Math.max(0, curvature[i]);
        }
        return new Coordinates(centre, Factor.full(turned), curvature);
    }

    /** Returns a hash that identifies the coordinates and is the same on every machine. */
    int origin() {
        int hash = 31 * Arrays.hashCode(centre) + Arrays.hashCode(curvature);
        return 31 * (31 * hash + Arrays.hashCode(scale)) + Arrays.hashCode(full);
    }

    int dimension() {
        return centre.length;
    }

    double[] centre() {
        return centre;
    }

    /** Returns the diagonal of C, or null if C is full. */
    double @Nullable [] scale() {
        return scale;
    }

    /** Returns the diagonal of C' A C, which is not negative. */
    double[] curvature() {
        return curvature;
    }

    /** Computes {@code x = centre + C u}. */
    void toX(double[] u, double[] x) {
        int d = centre.length;
        double[] s = scale;
        for (int i = 0; i < d; i++) {
            x[i] = centre[i] + (s != null ? s[i] * u[i] : Kernels.dot(full, i * d, u, 0, d));
        }
    }

    /** Converts a gradient in x, which starts at index {@code at}, to one in u: {@code C' g}. */
    void pullBack(double[] gradient, int at, double[] out) {
        int d = centre.length;
        double[] s = scale;
        for (int i = 0; i < d; i++) {
            out[i] = s != null ? s[i] * gradient[at + i] : Kernels.dot(transpose, i * d, gradient, at, d);
        }
    }

    /** Returns {@code u = C^-1 (x - centre)}. */
    double[] toU(double[] x) {
        int d = centre.length;
        double[] u = new double[d];
        double[] s = scale;
        if (s != null) {
            for (int i = 0; i < d; i++) {
                u[i] = (x[i] - centre[i]) / s[i];
            }
            return u;
        }
        DMatrixRMaj moved = new DMatrixRMaj(d, 1);
        for (int i = 0; i < d; i++) {
            moved.data[i] = x[i] - centre[i];
        }
        DMatrixRMaj solved = new DMatrixRMaj(d, 1);
        if (!CommonOps_DDRM.solve(new DMatrixRMaj(d, d, true, full), moved, solved)) {
            throw new InvalidArgumentException("preconditioner", "must be regular", "singular");
        }
        System.arraycopy(solved.data, 0, u, 0, d);
        return u;
    }
}
