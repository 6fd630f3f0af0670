package io.scoreflux.internal.collocation;

/**
 * The Chebyshev-Lobatto nodes of one degree, and the last {@value #LAST} Chebyshev coefficients of the polynomial that interpolates values
 * at them. The decay of these coefficients indicates the truncation error. Immutable.
 */
public final class ChebyshevLobatto {
    /** Coefficients do not decrease if the size of the last two is at least this share of that of the two before. */
    private static final double LEVEL = 0.25;
    /** The number of coefficients from which the decay is computed. */
    public static final int LAST = 4;

    private static final double FASTEST_DECAY = 0.02;

    private final int degree;
    private final Nodes nodes;
    private final double[][] top;

    /** Creates the nodes of a degree, which must be at least {@value #LAST}. */
    public ChebyshevLobatto(int degree) {
        this.degree = degree;
        this.nodes = Nodes.chebyshevLobatto(degree);
        this.top = new double[LAST][degree + 1];
        for (int r = 0; r < LAST; r++) {
            int order = degree - r;
            for (int i = 0; i <= degree; i++) {
                double factor = 2.0 / degree * StrictMath.cos(Math.PI * order * i / degree);
                factor *= i == 0 || i == degree ? 0.5 : 1;
                top[r][i] = order == degree || order == 0 ? factor / 2 : factor;
            }
        }
    }

    /** Returns the nodes on [0, 1]. */
    public Nodes nodes() {
        return nodes;
    }

    /** Returns the factor of the value at {@code node} in the coefficient of order degree - {@code fromTop}. */
    public double factor(int fromTop, int node) {
        return top[fromTop][node];
    }

    /**
     * Returns the decay factor of the coefficients from one order to the next, in [{@value #FASTEST_DECAY}, 1]. The arguments are the
     * absolute values of the last four coefficients, from the last one down. The method compares pairs, because symmetry can make every
     * other coefficient vanish.
     */
    public static double decay(double a0, double a1, double a2, double a3) {
        double high = Math.max(a2, a3);
        return high == 0 ? FASTEST_DECAY : Math.min(1, Math.max(FASTEST_DECAY, Math.sqrt(Math.max(a0, a1) / high)));
    }

    /**
     * Returns the error of the state at the end of a window due to the truncation of D's series at this degree. The arguments are the
     * absolute values of the last four coefficients and their decay factor.
     *
     * @param length the length of the window in ln sigma
     * @return the error, in the units of the coefficients
     */
    public double truncation(double a0, double a1, double a2, double a3, double decay, double length) {
        double span = -StrictMath.expm1(-length);
        return 2 * span * last(a0, a1, a2, a3, decay) * decay / degree;
    }

    /**
     * Returns the error of the state at the end of a window because D is rough there. D is rough if the size of the last two coefficients is at least
     * {@value #LEVEL} of that of the two before; otherwise the result is 0. For values with independent errors of size rho at n + 1 nodes,
     * coefficients are about {@code rho sqrt(2 / n)}, and the integral has an error of about {@code rho / sqrt(n)} times the length. The truncation
     * of a series does not show this error. The result is about
     * twice as large, because D of a network varies more between the nodes.
     *
     * @param length the length of the window in ln sigma
     * @return the error, in the units of the coefficients
     */
    public static double rough(double a0, double a1, double a2, double a3, double length) {
        double last = StrictMath.hypot(a0, a1);
        double before = StrictMath.hypot(a2, a3);
        return last < LEVEL * before ? 0 : -StrictMath.expm1(-length) * StrictMath.hypot(last, Math.min(last, before));
    }

    /** Returns the size of the last coefficient that all four coefficients and their decay factor imply. */
    private static double last(double a0, double a1, double a2, double a3, double decay) {
        return Math.max(Math.max(a0, a1 * decay), Math.max(a2 * decay * decay, a3 * decay * decay * decay));
    }
}
