package io.scoreflux.internal;

/**
 * Arithmetic on rows. Reductions use four accumulators in a fixed order, so that a vectorised implementation can produce the same bits.
 *
 * <p>Methods without offsets are for rows that are arrays. The compiler vectorises their loops, which is about four times as fast. It does not
 * vectorise a loop that writes to one array at one offset and reads from another at another offset, because they could be the same array.
 */
public final class Kernels {
    private static final int SHORT = 8;

    private Kernels() {}

    /** Returns {@code sqrt(sum_i a_i^2)}. */
    public static double norm(double[] a, int at, int n) {
        return Math.sqrt(dot(a, at, a, at, n));
    }

    /** Returns {@code sum_i a_i b_i}. */
    public static double dot(double[] a, int atA, double[] b, int atB, int n) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i + 3 < n; i += 4) {
            s0 += a[atA + i] * b[atB + i];
            s1 += a[atA + i + 1] * b[atB + i + 1];
            s2 += a[atA + i + 2] * b[atB + i + 2];
            s3 += a[atA + i + 3] * b[atB + i + 3];
        }
        for (; i < n; i++) {
            s0 += a[atA + i] * b[atB + i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    /** Returns {@code sum_i (a_i - b_i)^2}. */
    public static double squaredDistance(double[] a, int atA, double[] b, int atB, int n) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i + 3 < n; i += 4) {
            double d0 = a[atA + i] - b[atB + i];
            double d1 = a[atA + i + 1] - b[atB + i + 1];
            double d2 = a[atA + i + 2] - b[atB + i + 2];
            double d3 = a[atA + i + 3] - b[atB + i + 3];
            s0 += d0 * d0;
            s1 += d1 * d1;
            s2 += d2 * d2;
            s3 += d3 * d3;
        }
        for (; i < n; i++) {
            double d0 = a[atA + i] - b[atB + i];
            s0 += d0 * d0;
        }
        return (s0 + s1) + (s2 + s3);
    }

    /** Computes {@code y_i += c x_i}. */
    public static void addScaled(double[] y, int atY, double c, double[] x, int atX, int n) {
        for (int i = 0; i < n; i++) {
            y[atY + i] += c * x[atX + i];
        }
    }

    /** Computes {@code y_i = c x_i}. */
    public static void setScaled(double[] y, int atY, double c, double[] x, int atX, int n) {
        for (int i = 0; i < n; i++) {
            y[atY + i] = c * x[atX + i];
        }
    }

    /** Returns the sum of the first {@code n} numbers, from the sums of every eighth number. */
    public static double sum(double[] a, int n) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        double s4 = 0;
        double s5 = 0;
        double s6 = 0;
        double s7 = 0;
        int i = 0;
        for (; i + 7 < n; i += 8) {
            s0 += a[i];
            s1 += a[i + 1];
            s2 += a[i + 2];
            s3 += a[i + 3];
            s4 += a[i + 4];
            s5 += a[i + 5];
            s6 += a[i + 6];
            s7 += a[i + 7];
        }
        for (; i < n; i++) {
            s0 += a[i];
        }
        return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
    }

    /** Computes {@code y_i += c x_i}. */
    public static void addScaled(double[] y, double c, double[] x) {
        addScaled(y, y.length, c, x);
    }

    /** Computes {@code y_i += c x_i} for i &lt; n. */
    public static void addScaled(double[] y, int n, double c, double[] x) {
        for (int i = 0; i < n; i++) {
            y[i] += c * x[i];
        }
    }

    /** Computes {@code y_i = c x_i}. */
    public static void setScaled(double[] y, double c, double[] x) {
        for (int i = 0; i < y.length; i++) {
            y[i] = c * x[i];
        }
    }

    /** Copies {@code n} numbers. For a few numbers, a loop is faster than {@link System#arraycopy}. */
    public static void copy(double[] from, int at, double[] to, int toAt, int n) {
        if (n > SHORT) {
            System.arraycopy(from, at, to, toAt, n);
            return;
        }
        for (int i = 0; i < n; i++) {
            to[toAt + i] = from[at + i];
        }
    }

    /** Computes {@code y_i = c x_i + c0 x0_i} for i &lt; n. */
    public static void combine(double[] y, int n, double c, double[] x, double c0, double[] x0) {
        for (int i = 0; i < n; i++) {
            y[i] = c * x[i] + c0 * x0[i];
        }
    }

    /** Computes {@code y_i = (c x_i + c0 x0_i) + c1 x1_i} for i &lt; n. */
    public static void combine(
            double[] y, int n, double c, double[] x, double c0, double[] x0, double c1, double[] x1) {
        for (int i = 0; i < n; i++) {
            y[i] = (c * x[i] + c0 * x0[i]) + c1 * x1[i];
        }
    }

    /** Computes {@code y_i += sum_j c_j x_{j,i}} over the {@code rows} rows from {@code x[first]} on, with factors from {@code c[at]} on. */
    public static void addRows(double[] y, double[] c, int at, double[][] x, int first, int rows) {
        int j = 0;
        for (; j + 3 < rows; j += 4) {
            addFour(y, y.length, c, at + j, x, first + j);
        }
        for (; j < rows; j++) {
            addScaled(y, c[at + j], x[first + j]);
        }
    }

    /** Computes {@code y_i += sum_j c_j x_{j,i}} for i &lt; n over the four rows from {@code x[first]} on, with factors from {@code c[at]} on. */
    public static void addFour(double[] y, int n, double[] c, int at, double[][] x, int first) {
        addFour(y, n, c, at, x[first], x[first + 1], x[first + 2], x[first + 3]);
    }

    private static void addFour(
            double[] y, int n, double[] c, int at, double[] x0, double[] x1, double[] x2, double[] x3) {
        double c0 = c[at];
        double c1 = c[at + 1];
        double c2 = c[at + 2];
        double c3 = c[at + 3];
        for (int i = 0; i < n; i++) {
            y[i] += (c0 * x0[i] + c1 * x1[i]) + (c2 * x2[i] + c3 * x3[i]);
        }
    }

    /** Returns {@code sqrt(sum_i (a_i - b_i)^2)}. */
    public static double distance(double[] a, double[] b) {
        return Math.sqrt(squaredDistance(a, 0, b, 0, a.length));
    }

    /** Returns {@code x^p} for {@code x >= 0}, accurate to a few roundings. StrictMath.pow is slower and allocates on each call (JDK 17). */
    public static double power(double x, double p) {
        return StrictMath.exp(p * StrictMath.log(x));
    }

    /** Returns whether all numbers are finite. */
    public static boolean allFinite(double[] a, int at, int n) {
        for (int i = at; i < at + n; i++) {
            if (!Double.isFinite(a[i])) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns whether the sum of the first {@code n} numbers is finite. Then all of them are finite. It is faster than {@link #allFinite}, but
     * also returns false if the sum of finite numbers overflows.
     */
    public static boolean isSumFinite(double[] a, int n) {
        return Double.isFinite(sum(a, n));
    }
}
