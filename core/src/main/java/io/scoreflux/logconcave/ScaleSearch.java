package io.scoreflux.logconcave;

import io.scoreflux.error.Violation;
import io.scoreflux.internal.Kernels;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Compares the curvature at a mode with the curvature one deviation away, and computes the deviations again if they differ.
 *
 * <p>Let the columns c of C be one deviation long by the Hessian at the mode. The gradients at x +- c give the secant curvatures
 * {@code G_jk = <c_j, grad f(x + c_k) - grad f(x - c_k)> / 2}; where f is quadratic, G is the identity. The Hessian is kept if all
 * eigenvalues of G lie within a factor of 5 of 1, that is, all deviations within a factor of 2.2. G averages both sides of the mode, so each side
 * is checked too: {@code +-<c_k, grad f(x +- c_k)>} must be at least 1/5, or the density extends much farther on that side. This takes 2 d
 * gradients in one call.
 *
 * <p>Otherwise the deviation along c, on each side, is the t at which {@code t <c, grad F(x + t c)> = 1}, where F is f plus the term. For
 * convex F the left side increases with t, from 0, so bisection of ln t converges. The domain boundary of the term ends the search. Each
 * column is scaled to the root mean square of both sides. Unless the term requires columns along the axes, they are rotated to the
 * eigenvectors of G, until G is near the identity. Not thread-safe.
 */
final class ScaleSearch {
    private static final String PRECONDITION = "give {preconditioner} and {curvature}";

    /** The largest ratio of curvatures that count as equal: 5 rather than 4, so that rounding does not decide for deviations in the ratio 2. */
    private static final double FACTOR = 5;

    /** The same ratio after the columns were rotated. */
    private static final double NEARER = 1.5;

    private static final int MOST_TURNS = 12;
    /** The largest coordinate that the search considers. */
    private static final double FARTHEST = 1e100;
    /** The least binary exponent of the ratio of a deviation to its guess. */
    private static final double LEAST_EXPONENT = -1000;
    /** The width of the bracket of exponents at which bisection stops: a factor of 1.4. */
    private static final double NEAR_ENOUGH = 0.5;
    /** The least ratio of an eigenvalue to the largest that rounding does not dominate. */
    private static final double KNOWN = 1e-14;

    private enum Phase {
        SECANTS,
        WIDTHS
    }

    private final int d;
    private final Oracle term;
    private final boolean separable;
    private final double[] x;
    /** Row k is the column c_k. */
    private final double[] columns;
    /** The deviation on each side of x, at 2 k and 2 k + 1, in units of c_k. */
    private final double[] reach;

    private final boolean[] sought;
    private final double[] low;
    private final double[] high;
    private final double[] exponent;
    private final double[] room;
    private final double[] point;
    private final double[] secants;
    private Phase phase = Phase.SECANTS;
    private int turns;
    private boolean finite;
    /** Whether f rises on each side of each column as G requires. */
    private boolean risesOnBothSides;

    private boolean confirmed;
    private boolean done;
    private @Nullable Violation failure;

    /**
     * Creates a search.
     *
     * @param at the mode; not copied, not modified
     * @param hessian the Hessian of f there
     * @param eigen the eigenvalues and eigenvectors of the Hessian
     */
    ScaleSearch(double[] at, Oracle term, boolean separable, double[][] hessian, SymmetricMatrix.Eigen eigen) {
        this.d = at.length;
        this.term = term;
        this.separable = separable;
        this.x = at;
        this.columns = new double[d * d];
        this.reach = new double[2 * d];
        this.sought = new boolean[2 * d];
        this.low = new double[2 * d];
        this.high = new double[2 * d];
        this.exponent = new double[2 * d];
        this.room = new double[2 * d];
        this.point = new double[d];
        this.secants = new double[d * d];
        double least = separable ? 0 : KNOWN * Math.max(0, eigen.largest());
        boolean known = true;
        for (int k = 0; k < d; k++) {
            double curvature = separable ? hessian[k][k] + term.precision(k) : eigen.values()[k];
            if (!(curvature > least && 1 / Math.sqrt(curvature) < FARTHEST)) {
                known = false;
                curvature = least > 0 ? least : 1;
            }
            double deviation = 1 / Math.sqrt(curvature);
            for (int i = 0; i < d; i++) {
                columns[k * d + i] = deviation * (separable ? (i == k ? 1 : 0) : eigen.vectors()[k * d + i]);
            }
        }
        for (int side = 0; side < 2 * d; side++) {
            reach[side] = Math.min(1, room(side));
        }
        if (!known) {
            beginWidths();
        }
    }

    boolean isDone() {
        return done;
    }

    /** Returns the reason of the failure, or null. */
    @Nullable
    Violation failure() {
        return failure;
    }

    /** Returns whether the Hessian at the mode is kept. */
    boolean isConfirmed() {
        return confirmed;
    }

    /** Returns C, row-major; each column is one deviation long. */
    double[][] scale() {
        double[][] rows = new double[d][d];
        for (int k = 0; k < d; k++) {
            // The column along axis k becomes column k: then C is diagonal if its columns lie along the axes.
            int at = separable ? k : column(k);
            for (int i = 0; i < d; i++) {
                rows[i][at] = columns[k * d + i];
            }
        }
        return rows;
    }

    private int column(int k) {
        if (!isMonomial()) {
            return k;
        }
        int only = 0;
        for (int i = 0; i < d; i++) {
            if (columns[k * d + i] != 0) {
                only = i;
            }
        }
        return only;
    }

    /** Returns whether each column lies along an axis. */
    private boolean isMonomial() {
        boolean[] seen = new boolean[d];
        for (int k = 0; k < d; k++) {
            int entries = 0;
            for (int i = 0; i < d; i++) {
                if (columns[k * d + i] != 0) {
                    entries++;
                    if (seen[i]) {
                        return false;
                    }
                    seen[i] = true;
                }
            }
            if (entries != 1) {
                return false;
            }
        }
        return true;
    }

    int ask(Rows append) {
        int rows = 0;
        for (int side = 0; side < 2 * d; side++) {
            if (phase == Phase.SECANTS || sought[side]) {
                place(side, phase == Phase.SECANTS ? reach[side] : StrictMath.pow(2, exponent[side]));
                append.append(point, 0, 1);
                rows++;
            }
        }
        return rows;
    }

    /** Takes the gradients. Some may be infinite or NaN, where f overflows. */
    void tell(double[] answers, int at) {
        if (phase == Phase.SECANTS) {
            tellSecants(answers, at);
        } else {
            tellWidths(answers, at);
        }
    }

    private void place(int side, double far) {
        int k = side / 2;
        double step = side % 2 == 0 ? far : -far;
        for (int i = 0; i < d; i++) {
            point[i] = x[i] + step * columns[k * d + i];
        }
        if (term.restricts()) {
            term.pull(point, x, 0);
        }
    }

    private void tellSecants(double[] answers, int at) {
        finite = true;
        risesOnBothSides = true;
        for (int k = 0; k < d; k++) {
            double width = reach[2 * k] + reach[2 * k + 1];
            double riseAbove = Kernels.dot(answers, at + 2 * k * d, columns, k * d, d) / reach[2 * k];
            double riseBelow = -Kernels.dot(answers, at + (2 * k + 1) * d, columns, k * d, d) / reach[2 * k + 1];
            risesOnBothSides &= Math.min(riseAbove, riseBelow) >= 1 / FACTOR;
            for (int j = 0; j < d; j++) {
                double above = Kernels.dot(answers, at + 2 * k * d, columns, j * d, d);
                double below = Kernels.dot(answers, at + (2 * k + 1) * d, columns, j * d, d);
                secants[j * d + k] = (above - below) / width;
                finite &= Double.isFinite(secants[j * d + k]);
            }
        }
        if (turns == 0) {
            if (stands()) {
                confirmed = true;
                done = true;
                return;
            }
        } else if (separable || turns >= MOST_TURNS || !turn()) {
            failure = tooUnequal();
            done = true;
            return;
        }
        beginWidths();
    }

    private boolean stands() {
        if (!finite) {
            return false;
        }
        if (!term.isNormal()) {
            for (int k = 0; k < d; k++) {
                double squares = Kernels.dot(columns, k * d, columns, k * d, d);
                if (!within(secants[k * d + k] + term.precision(k) * squares, FACTOR)) {
                    return false;
                }
            }
            return true;
        }
        SymmetricMatrix.Eigen eigen = correlations(false).eigen();
        return risesOnBothSides && within(eigen.least(), FACTOR) && within(eigen.largest(), FACTOR);
    }

    private static boolean within(double curvature, double factor) {
        return curvature >= 1 / factor && curvature <= factor;
    }

    /** Returns the symmetric part of G, with a diagonal of 1 on request. */
    private SymmetricMatrix correlations(boolean unit) {
        double[][] entries = new double[d][d];
        for (int j = 0; j < d; j++) {
            for (int k = 0; k < d; k++) {
                double size = unit ? Math.sqrt(secants[j * d + j]) * Math.sqrt(secants[k * d + k]) : 1;
                entries[j][k] = 0.5 * (secants[j * d + k] / size + secants[k * d + j] / size);
            }
        }
        return SymmetricMatrix.of("the curvature a deviation away", entries);
    }

    /** Rotates the columns to the eigenvectors of G. Returns false if that is unnecessary or impossible. */
    private boolean turn() {
        for (int k = 0; k < d; k++) {
            finite &= secants[k * d + k] > 0;
        }
        if (!finite || d == 1) {
            return false;
        }
        SymmetricMatrix.Eigen eigen = correlations(true).eigen();
        if (within(eigen.least(), NEARER) && within(eigen.largest(), NEARER)) {
            return false;
        }
        double[] turned = new double[d * d];
        for (int l = 0; l < d; l++) {
            double length = 1 / Math.sqrt(Math.max(KNOWN, eigen.values()[l]));
            for (int k = 0; k < d; k++) {
                Kernels.addScaled(turned, l * d, length * eigen.vectors()[l * d + k], columns, k * d, d);
            }
        }
        System.arraycopy(turned, 0, columns, 0, d * d);
        return true;
    }

    /** Returns how far the term is finite on a side, in units of its column. */
    private double room(int side) {
        double[] direction = Arrays.copyOfRange(columns, side / 2 * d, side / 2 * d + d);
        if (side % 2 == 1) {
            for (int i = 0; i < d; i++) {
                direction[i] = -direction[i];
            }
        }
        return term.room(x, direction);
    }

    private void beginWidths() {
        turns++;
        Arrays.fill(low, Double.NEGATIVE_INFINITY);
        Arrays.fill(high, Double.POSITIVE_INFINITY);
        phase = Phase.WIDTHS;
        for (int side = 0; side < 2 * d; side++) {
            room[side] = room(side);
            sought[side] = room[side] > 0;
            reach[side] = 0;
            exponent[side] = Math.min(0, log2(room[side]));
        }
    }

    private static double log2(double value) {
        return value == Double.POSITIVE_INFINITY ? value : StrictMath.log(value) / StrictMath.log(2);
    }

    private void tellWidths(double[] answers, int from) {
        int at = from;
        for (int side = 0; side < 2 * d; side++) {
            if (sought[side]) {
                sought[side] = goesOn(side, answers, at);
                at += d;
                if (failure != null) {
                    done = true;
                    return;
                }
            }
        }
        for (boolean still : sought) {
            if (still) {
                return;
            }
        }
        lengthen();
    }

    /** Takes the slope at one point of a side. Returns whether another point is needed. */
    private boolean goesOn(int side, double[] answers, int at) {
        int k = side / 2;
        double far = StrictMath.pow(2, exponent[side]);
        double sign = side % 2 == 0 ? 1 : -1;
        double slope = sign * Kernels.dot(answers, at, columns, k * d, d);
        if (separable) {
            double step = sign * far * columns[k * d + k];
            slope += sign * columns[k * d + k] * term.slope(k, x[k] + step);
        }
        // A point where f overflows counts as too steep.
        if (!(far * slope < 1)) {
            high[side] = exponent[side];
        } else {
            low[side] = exponent[side];
        }
        if (low[side] >= log2(room[side])) {
            reach[side] = room[side];
            return false;
        }
        if (high[side] - low[side] < NEAR_ENOUGH) {
            reach[side] = StrictMath.pow(2, 0.5 * (low[side] + high[side]));
            return false;
        }
        if (high[side] == Double.POSITIVE_INFINITY) {
            double size = 0;
            for (int i = 0; i < d; i++) {
                size = Math.max(size, Math.abs(columns[k * d + i]));
            }
            if (far * size >= FARTHEST) {
                failure = flat(k, side);
                return false;
            }
            double next = exponent[side] + Math.max(2, Math.abs(exponent[side]));
            exponent[side] = Math.min(Math.min(next, log2(room[side])), log2(FARTHEST / size) + 1);
        } else if (low[side] == Double.NEGATIVE_INFINITY) {
            if (exponent[side] <= LEAST_EXPONENT) {
                failure = Violation.of(
                        "the gradient",
                        "must be continuous at the mode, because the search finds no scale otherwise",
                        "discontinuous at " + Arrays.toString(x),
                        PRECONDITION);
                return false;
            }
            exponent[side] = Math.max(LEAST_EXPONENT, exponent[side] - Math.max(2, Math.abs(exponent[side])));
        } else {
            exponent[side] = 0.5 * (low[side] + high[side]);
        }
        return true;
    }

    private Violation flat(int k, int side) {
        double[] direction = new double[d];
        double length = Math.sqrt(Kernels.dot(columns, k * d, columns, k * d, d));
        for (int i = 0; i < d; i++) {
            direction[i] = (side % 2 == 0 ? 1 : -1) * columns[k * d + i] / length;
        }
        return Violation.of(
                "the function f",
                "must not be flat along a direction at its mode, because the search finds no scale there",
                "flat along " + Arrays.toString(direction) + " from " + Arrays.toString(x),
                PRECONDITION);
    }

    /** Returns why C is unusable, or null. Off the axes, rounding in long columns hides short ones. */
    private @Nullable Violation tooUnequal() {
        double least = Double.POSITIVE_INFINITY;
        double most = 0;
        for (int k = 0; k < d; k++) {
            double length = Math.sqrt(Kernels.dot(columns, k * d, columns, k * d, d));
            least = Math.min(least, length);
            most = Math.max(most, length);
        }
        return isMonomial() || least * least > KNOWN * most * most
                ? null
                : Violation.of(
                        "the density's deviations",
                        "must be within a factor of 1e7 if they are not along the axes",
                        "from " + Violation.text(least) + " to " + Violation.text(most),
                        "rotate or scale the {coordinates}",
                        PRECONDITION);
    }

    /** Scales each column to the deviation that was found along it. */
    private void lengthen() {
        for (int k = 0; k < d; k++) {
            double above = reach[2 * k];
            double below = reach[2 * k + 1];
            double length = StrictMath.hypot(above, below) * Math.sqrt(0.5);
            if (above + below == 0 || !(length < Double.POSITIVE_INFINITY)) {
                failure = flat(k, 2 * k);
                done = true;
                return;
            }
            for (int i = 0; i < d; i++) {
                columns[k * d + i] *= length;
            }
            reach[2 * k] /= length;
            reach[2 * k + 1] /= length;
        }
        phase = Phase.SECANTS;
    }
}
