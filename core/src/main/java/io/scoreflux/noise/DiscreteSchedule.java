package io.scoreflux.noise;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import java.util.Arrays;
import java.util.Objects;

/**
 * The noise levels of a discrete chain (Ho et al. 2020, arXiv 2006.11239): {@code x_k = alpha_k x_0 + sqrt(1 - alpha_k^2) n} with
 * {@code alpha_k^2 = (1 - beta_0) ... (1 - beta_k)}. The canonical noise level is {@code s_k = sqrt(1 / alpha_k^2 - 1)}.
 *
 * <p>The time is the index k = 0 ... K - 1. Between two levels, ln s is linear in k, as in {@code k-diffusion} and {@code diffusers}. Outside
 * the levels, the time is that of the nearest level, and alpha still has the exact value {@code 1 / sqrt(1 + s^2)}.
 *
 * <p>The factories from betas compute the levels as {@code diffusers} does: the betas, 1 - beta and alpha_k^2 are rounded to single precision,
 * and products are accumulated in double precision. Networks are trained on these tables. The first level of the betas 1e-4 to 0.02, for
 * example, is 0.010001330, and would be 0.010000500 in double precision.
 *
 * <p>With zero terminal SNR ({@link #withZeroTerminalSnr}) the last level is infinite: x_{K-1} is noise alone. {@link #maxSigma} is then the last
 * finite level, s_{K-2}, and no state above it has a canonical form.
 */
public final class DiscreteSchedule implements NoiseSchedule {
    /** The maximum number of levels. */
    public static final int MAX_STEPS = 1 << 20;

    /** alpha_k^2 in single precision; empty if the schedule was created from noise levels. */
    private final float[] squares;
    /** The finite levels, ascending. */
    private final double[] sigmas;

    private final double[] logs;
    private final int steps;

    private DiscreteSchedule(float[] squares, double[] sigmas, int steps) {
        this.squares = squares;
        this.sigmas = sigmas;
        this.steps = steps;
        this.logs = new double[sigmas.length];
        for (int k = 0; k < sigmas.length; k++) {
            if (!(sigmas[k] > (k == 0 ? 0 : sigmas[k - 1]) && sigmas[k] < Double.POSITIVE_INFINITY)) {
                throw new InvalidArgumentException(
                        "levels",
                        "must be positive, finite and ascending, as noise accumulates along the chain",
                        "s_" + k + " = " + Violation.text(sigmas[k])
                                + (k == 0 ? "" : " after " + Violation.text(sigmas[k - 1])));
            }
            logs[k] = StrictMath.log(sigmas[k]);
        }
    }

    /**
     * Returns the chain with betas of equal distance ({@code linear}; Ho et al. 2020).
     *
     * @param betaStart beta_0, in (0, 1)
     * @param betaEnd the last beta, in (0, 1)
     * @param steps K, 2 to {@value #MAX_STEPS}; usually 1000
     */
    public static DiscreteSchedule linear(double betaStart, double betaEnd, int steps) {
        requireSteps(steps);
        return ofBetas(spaced(requireBeta("betaStart", betaStart), requireBeta("betaEnd", betaEnd), steps));
    }

    /**
     * Returns the chain with square roots of betas of equal distance ({@code scaled_linear}; Rombach et al. 2022, arXiv 2112.10752).
     *
     * @param betaStart beta_0, in (0, 1)
     * @param betaEnd the last beta, in (0, 1)
     * @param steps K, 2 to {@value #MAX_STEPS}; usually 1000
     */
    public static DiscreteSchedule scaledLinear(double betaStart, double betaEnd, int steps) {
        requireSteps(steps);
        float[] roots = spaced(
                Math.sqrt(requireBeta("betaStart", betaStart)), Math.sqrt(requireBeta("betaEnd", betaEnd)), steps);
        for (int k = 0; k < steps; k++) {
            roots[k] *= roots[k];
        }
        return ofBetas(roots);
    }

    /**
     * Returns the chain with alpha_k^2 = cos^2((t + 0.008) / 1.008 pi / 2) at t = (k + 1) / K, up to a factor, and betas of at most 0.999
     * ({@code squaredcos_cap_v2}; Nichol and Dhariwal 2021, arXiv 2102.09672).
     *
     * @param steps K, 2 to {@value #MAX_STEPS}; usually 1000
     */
    public static DiscreteSchedule squaredCosine(int steps) {
        requireSteps(steps);
        float[] betas = new float[steps];
        for (int k = 0; k < steps; k++) {
            betas[k] = (float) Math.min(1 - cosine((k + 1.0) / steps) / cosine((double) k / steps), 0.999);
        }
        return ofBetas(betas);
    }

    private static double cosine(double t) {
        double root = StrictMath.cos((t + 0.008) / 1.008 * Math.PI / 2);
        return root * root;
    }

    /**
     * Returns the chain with the given betas ({@code trained_betas}).
     *
     * @param betas beta_0 ... beta_{K-1}, each in (0, 1); 2 to {@value #MAX_STEPS} of them
     */
    public static DiscreteSchedule ofBetas(double... betas) {
        requireSteps(Objects.requireNonNull(betas, "betas").length);
        float[] rounded = new float[betas.length];
        for (int k = 0; k < betas.length; k++) {
            rounded[k] = (float) requireBeta(Require.element("betas", k), betas[k]);
        }
        return ofBetas(rounded);
    }

    /**
     * Returns the chain with the given canonical noise levels.
     *
     * @param sigmas s_0 ... s_{K-1}, positive, finite and ascending; 2 to {@value #MAX_STEPS} of them
     */
    public static DiscreteSchedule ofSigmas(double... sigmas) {
        requireSteps(Objects.requireNonNull(sigmas, "sigmas").length);
        return new DiscreteSchedule(new float[0], sigmas.clone(), sigmas.length);
    }

    private static DiscreteSchedule ofBetas(float[] betas) {
        return ofSquares(products(betas));
    }

    private static DiscreteSchedule ofSquares(float[] squares) {
        int finite = squares[squares.length - 1] == 0 ? squares.length - 1 : squares.length;
        double[] sigmas = new double[finite];
        for (int k = 0; k < finite; k++) {
            sigmas[k] = Math.sqrt((1 - (double) squares[k]) / squares[k]);
        }
        return new DiscreteSchedule(squares, sigmas, squares.length);
    }

    /** Returns the products of 1 - beta, rounded as {@code torch.cumprod} rounds them. */
    private static float[] products(float[] betas) {
        float[] products = new float[betas.length];
        double product = 1;
        for (int k = 0; k < betas.length; k++) {
            product *= 1 - betas[k];
            products[k] = (float) product;
        }
        return products;
    }

    /** Returns numbers of equal distance, rounded as {@code torch.linspace} rounds them: from both ends, with a fused multiplication. */
    private static float[] spaced(double first, double last, int count) {
        float from = (float) first;
        float to = (float) last;
        float step = (to - from) / (count - 1);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = i < count / 2 ? Math.fma(step, i, from) : Math.fma(-step, count - 1 - i, to);
        }
        return numbers;
    }

    /**
     * Returns the chain with zero terminal SNR: alpha_k is shifted and scaled so that the last one is 0 and the first one is unchanged (Lin et
     * al. 2023, arXiv 2305.08891, algorithm 1). The last level becomes infinite.
     *
     * @throws IllegalArgumentException if the schedule was not created from betas, or already has zero terminal SNR
     */
    public DiscreteSchedule withZeroTerminalSnr() {
        if (squares.length < 3 || hasZeroTerminalSnr()) {
            throw new InvalidArgumentException(
                    "a schedule",
                    "must have at least 3 levels from betas, and a finite last level, to be rescaled to zero terminal SNR",
                    squares.length == 0
                            ? "one of noise levels"
                            : hasZeroTerminalSnr() ? "one with zero terminal SNR" : "one of " + squares.length);
        }
        int last = steps - 1;
        float[] roots = new float[steps];
        for (int k = 0; k < steps; k++) {
            roots[k] = (float) Math.sqrt(squares[k]);
        }
        float first = roots[0];
        float end = roots[last];
        float factor = first / (first - end);
        float[] betas = new float[steps];
        float before = 1;
        for (int k = 0; k < steps; k++) {
            float root = (roots[k] - end) * factor;
            float square = root * root;
            betas[k] = 1 - square / before;
            before = square;
        }
        return ofSquares(products(betas));
    }

    @Override
    public String name() {
        return "discrete";
    }

    /** Returns the number K of levels, including an infinite one. */
    public int steps() {
        return steps;
    }

    /** Returns whether the last level is infinite. */
    public boolean hasZeroTerminalSnr() {
        return sigmas.length < steps;
    }

    /** Returns the canonical noise levels s_0 ... s_{K-1}; with zero terminal SNR, the last one is infinite. */
    public double[] sigmas() {
        double[] all = Arrays.copyOf(sigmas, steps);
        Arrays.fill(all, sigmas.length, steps, Double.POSITIVE_INFINITY);
        return all;
    }

    @Override
    public double alpha(double sigma) {
        return Schedules.vpAlpha(sigma);
    }

    /** Returns the index k of the level {@code sigma}; between two levels a fraction, outside of all levels the index of the nearest finite one. */
    @Override
    public double time(double sigma) {
        int at = Arrays.binarySearch(sigmas, sigma);
        if (at >= 0) {
            return at;
        }
        int above = -at - 1;
        if (above == 0) {
            return 0;
        }
        if (above == sigmas.length) {
            return sigmas.length - 1;
        }
        double below = logs[above - 1];
        return above - 1 + (StrictMath.log(sigma) - below) / (logs[above] - below);
    }

    /** Returns the noise level of the index {@code time}, which may be a fraction; outside of all indices, that of the nearest finite level. */
    @Override
    public double sigma(double time) {
        int last = sigmas.length - 1;
        if (!(time > 0)) {
            return sigmas[0];
        }
        if (time >= last) {
            return sigmas[last];
        }
        int k = (int) time;
        double part = time - k;
        return part == 0 ? sigmas[k] : StrictMath.exp(logs[k] + part * (logs[k + 1] - logs[k]));
    }

    /** Returns {@link #time}: networks of a chain expect the index. */
    @Override
    public double timestep(double sigma) {
        return time(sigma);
    }

    @Override
    public double ofTimestep(double timestep) {
        return sigma(timestep);
    }

    @Override
    public double minSigma() {
        return sigmas[0];
    }

    /** Returns the largest finite level. */
    @Override
    public double maxSigma() {
        return sigmas[sigmas.length - 1];
    }

    private static void requireSteps(int steps) {
        Require.within("steps", steps, 2, MAX_STEPS);
    }

    private static double requireBeta(String name, double beta) {
        if (!(beta > 0 && beta < 1)) {
            throw new InvalidArgumentException(name, "must be in (0, 1)", beta);
        }
        return beta;
    }
}
