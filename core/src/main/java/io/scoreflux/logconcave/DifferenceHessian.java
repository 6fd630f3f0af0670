package io.scoreflux.logconcave;

import io.scoreflux.internal.Kernels;
import io.scoreflux.state.Rows;

/**
 * The Hessian of f by central differences of its gradient. It takes {@code 2 d + 1} gradients in one call, the first one at the point
 * itself. The antisymmetric part of the Jacobian shows a field that is not a gradient. Not thread-safe.
 */
final class DifferenceHessian {
    /** The factor by which differences are refined. */
    private static final double FINER = 0.125;
    /** The first differences, relative to the larger of 1 and the absolute value of the coordinate. */
    private static final double FIRST = StrictMath.cbrt(0x1.0p-52);
    /**
     * The difference relative to a deviation, once that is known. The error by third derivatives is then 1e-6 of the change of the Hessian
     * over a deviation.
     */
    private static final double USUAL = 1e-3;

    private final int d;
    private final double[] differences;
    private final double[] point;
    private double[][] entries;
    private double size;
    private double asymmetry;

    /** Creates the differences for a first Hessian at x. All entries of the Hessian are 0. */
    DifferenceHessian(double[] x) {
        this.d = x.length;
        this.differences = new double[d];
        this.point = new double[d];
        this.entries = new double[d][d];
        for (int i = 0; i < d; i++) {
            differences[i] = FIRST * Math.max(1, Math.abs(x[i]));
        }
    }

    /** Appends x and the points around it, and returns their number. */
    int ask(double[] x, Rows append) {
        append.append(x, 0, 1);
        for (int i = 0; i < d; i++) {
            for (int sign = -1; sign <= 1; sign += 2) {
                System.arraycopy(x, 0, point, 0, d);
                point[i] += sign * differences[i];
                append.append(point, 0, 1);
            }
        }
        return 1 + 2 * d;
    }

    /** Computes the Hessian from the gradients at the points of {@link #ask}. Returns false if entries are infinite or NaN. */
    boolean tell(double[] x, double[] answers, int at) {
        double[][] jacobian = new double[d][d];
        for (int j = 0; j < d; j++) {
            int below = at + (1 + 2 * j) * d;
            // The actual difference, after rounding.
            double width = x[j] + differences[j] - (x[j] - differences[j]);
            for (int i = 0; i < d; i++) {
                jacobian[i][j] = (answers[below + d + i] - answers[below + i]) / width;
            }
        }
        double symmetric = 0;
        double antisymmetric = 0;
        boolean finite = true;
        entries = new double[d][d];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                entries[i][j] = 0.5 * (jacobian[i][j] + jacobian[j][i]);
                symmetric += entries[i][j] * entries[i][j];
                double half = 0.5 * (jacobian[i][j] - jacobian[j][i]);
                antisymmetric += half * half;
            }
            finite &= Kernels.allFinite(entries[i], 0, d);
        }
        asymmetry = antisymmetric == 0 ? 0 : Math.sqrt(antisymmetric / (symmetric + antisymmetric));
        size = Math.sqrt(symmetric + antisymmetric);
        return finite;
    }

    /** Returns the symmetric part of the Jacobian, not copied. */
    double[][] entries() {
        return entries;
    }

    /** Returns the Frobenius norm of the Jacobian. */
    double size() {
        return size;
    }

    /** Returns the norm of the antisymmetric part of the Jacobian, relative to the norm of the whole. */
    double asymmetry() {
        return asymmetry;
    }

    /** Refines the differences. */
    void refine() {
        for (int i = 0; i < d; i++) {
            differences[i] *= FINER;
        }
    }

    /** Refines the differences, but not below an ulp of x. */
    void refine(double[] x) {
        for (int i = 0; i < d; i++) {
            differences[i] = Math.max(Math.ulp(x[i]), FINER * differences[i]);
        }
    }

    /** Chooses the differences around another point from the last Hessian. */
    void moveTo(double[] x) {
        for (int i = 0; i < d; i++) {
            double scale = Math.max(1, Math.abs(x[i]));
            double known = entries[i][i] > 0 ? USUAL / Math.sqrt(entries[i][i]) : FIRST * scale;
            differences[i] = Math.max(0x1.0p-40 * scale, Math.min(FIRST * 100 * scale, known));
        }
    }

    /** Sets all entries of the Hessian to 0. */
    void clear() {
        entries = new double[d][d];
    }
}
