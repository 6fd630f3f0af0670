package io.scoreflux.reject;

/**
 * Eigenvalues and eigenvectors of small symmetric matrices by Jacobi rotations, in preallocated arrays. A linear-algebra library would
 * allocate for each decomposition, and a chain makes several in every step: of six rows or fewer for secants, of up to 64 for Jacobian
 * products.
 */
final class SmallEigen {
    private static final int MOST_SWEEPS = 40;
    /** The squares of off-diagonal entries, relative to those of all entries, below which they are rounding. */
    private static final double ROUNDING = 1e-30;

    private final double[] values;
    private final double[] vectors;

    /** Creates room for matrices of up to {@code most} rows. */
    SmallEigen(int most) {
        values = new double[most];
        vectors = new double[most * most];
    }

    /** Decomposes a row-major n by n matrix, and overwrites it. */
    void decompose(double[] a, int n) {
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                vectors[i * n + j] = i == j ? 1 : 0;
            }
        }
        for (int sweep = 0; sweep < MOST_SWEEPS && !isDiagonal(a, n); sweep++) {
            for (int p = 0; p < n; p++) {
                for (int q = p + 1; q < n; q++) {
                    rotate(a, n, p, q);
                }
            }
        }
        for (int i = 0; i < n; i++) {
            values[i] = a[i * n + i];
        }
        sort(n);
    }

    /** Returns eigenvalue i, the largest first. */
    double value(int i) {
        return values[i];
    }

    /** Returns entry j of unit eigenvector i of the n by n matrix. */
    double vector(int i, int j, int n) {
        return vectors[i * n + j];
    }

    private static boolean isDiagonal(double[] a, int n) {
        double off = 0;
        double all = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double square = a[i * n + j] * a[i * n + j];
                all += square;
                off += i == j ? 0 : square;
            }
        }
        return !(off > ROUNDING * all);
    }

    /** Makes entry (p, q) zero: Golub and Van Loan, Matrix Computations, section 8.5. */
    private void rotate(double[] a, int n, int p, int q) {
        double apq = a[p * n + q];
        if (apq == 0) {
            return;
        }
        double theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
        double t = Math.copySign(1, theta) / (Math.abs(theta) + Math.sqrt(1 + theta * theta));
        double c = 1 / Math.sqrt(1 + t * t);
        double s = t * c;
        for (int k = 0; k < n; k++) {
            double akp = a[k * n + p];
            double akq = a[k * n + q];
            a[k * n + p] = c * akp - s * akq;
            a[k * n + q] = s * akp + c * akq;
        }
        for (int k = 0; k < n; k++) {
            double apk = a[p * n + k];
            double aqk = a[q * n + k];
            a[p * n + k] = c * apk - s * aqk;
            a[q * n + k] = s * apk + c * aqk;
            double vpk = vectors[p * n + k];
            double vqk = vectors[q * n + k];
            vectors[p * n + k] = c * vpk - s * vqk;
            vectors[q * n + k] = s * vpk + c * vqk;
        }
    }

    private void sort(int n) {
        for (int i = 0; i < n; i++) {
            int largest = i;
            for (int j = i + 1; j < n; j++) {
                if (values[j] > values[largest]) {
                    largest = j;
                }
            }
            double value = values[i];
            values[i] = values[largest];
            values[largest] = value;
            for (int k = 0; k < n; k++) {
                double entry = vectors[i * n + k];
                vectors[i * n + k] = vectors[largest * n + k];
                vectors[largest * n + k] = entry;
            }
        }
    }
}
