package io.scoreflux.solve.fixedstep;

import org.jspecify.annotations.Nullable;

/**
 * The formulas of the fixed-step solvers in the canonical form {@code z = x_0 + s n}, with {@code lambda = -ln s} and
 * {@code h = lambda' - lambda}. They do not depend on the noise schedule, because the scale alpha cancels in (z, s).
 */
public enum Scheme {
    /** DDIM (Song et al. 2020, arXiv 2010.02502): {@code z' = e^-h z + (1 - e^-h) D}. Order 1. */
    EULER("euler", 1, false) {
        @Override
        Step step(double[] s, int i, boolean last) {
            double keep = s[i + 1] / s[i];
            return new Step(s[i + 1], keep, new double[] {1 - keep}, 0, null);
        }
    },
    /**
     * Ancestral sampling of DDPM (Ho et al. 2020, arXiv 2006.11239): {@code z' = r z + (1 - r) D + s' sqrt(1 - r) n} with {@code r = (s'/s)^2}.
     * Stochastic.
     */
    ANCESTRAL("ancestral", 1, false) {
        @Override
        Step step(double[] s, int i, boolean last) {
            double ratio = s[i + 1] / s[i];
            double keep = ratio * ratio;
            return new Step(
                    s[i + 1], keep, new double[] {1 - keep}, s[i + 1] * Math.sqrt((1 - ratio) * (1 + ratio)), null);
        }
    },
    /**
     * The Euler-Maruyama method for the reverse of {@code dz = dW} in the time s^2, which is the reverse diffusion sampler (Song et al. 2021,
     * arXiv 2011.13456): {@code z' = r z + (1 - r) D + sqrt(s^2 - s'^2) n} with {@code r = (s'/s)^2}. Stochastic.
     */
    EULER_MARUYAMA("euler-maruyama", 1, false) {
        @Override
        Step step(double[] s, int i, boolean last) {
            double ratio = s[i + 1] / s[i];
            double keep = ratio * ratio;
            return new Step(
                    s[i + 1], keep, new double[] {1 - keep}, Math.sqrt((s[i] - s[i + 1]) * (s[i] + s[i + 1])), null);
        }
    },
    /**
     * Heun's method in sigma (Karras et al. 2022, arXiv 2206.00364, Algorithm 1, without churn): an Euler step to s', then the mean of both
     * slopes (z - D) / s. Two calls per step, order 2.
     */
    HEUN("heun", 2, true) {
        @Override
        Step step(double[] s, int i, boolean last) {
            double keep = s[i + 1] / s[i];
            double half = (s[i] - s[i + 1]) / 2;
            double ofNext = half / s[i + 1];
            return new Step(s[i + 1], keep, new double[] {1 - keep}, 0, new double[] {ofNext, 1 - keep - ofNext});
        }
    },
    /** DPM-Solver++(2M) (Lu et al. 2022, arXiv 2211.01095, Algorithm 2). The first step is DDIM. Order 2. */
    DPMPP_2M("dpmpp-2m", 1, false) {
        @Override
        Step step(double[] s, int i, boolean last) {
            if (i == 0) {
                return EULER.step(s, i, last);
            }
            double h = logRatio(s, i, i + 1);
            double weight = -StrictMath.expm1(-h);
            double slope = weight * h / (2 * logRatio(s, i - 1, i));
            return new Step(s[i + 1], s[i + 1] / s[i], new double[] {weight + slope, -slope}, 0, null);
        }
    },
    /**
     * DPM-Solver++(3M), the third-order multistep method of the same paper. The first step is DDIM, corrected with the value of D at its end
     * because a plain DDIM step would leave an error of order 2. The second step is 2M.
     *
     * <p>D is the parabola through its last three values. The authors' code uses half of the second difference instead of the whole second
     * derivative, and therefore has order 2. This implementation uses the whole derivative and has order 3.
     */
    DPMPP_3M("dpmpp-3m", 1, false) {
        @Override
        Step step(double[] s, int i, boolean last) {
            if (i < 2) {
                return i == 0 ? UNIPC.step(s, i, last) : DPMPP_2M.step(s, i, last);
            }
            double h = logRatio(s, i, i + 1);
            double r0 = logRatio(s, i - 1, i) / h;
            double r1 = logRatio(s, i - 2, i - 1) / h;
            double phi1 = -StrictMath.expm1(-h);
            double phi2 = 1 - phi1 / h;
            double phi3 = 1 - 2 * phi2 / h;
            // D(u) = D_0 + first u/h + second (u/h)^2, with the divided differences
            // d0 = (D_0 - D_-1)/r0, d1 = (D_-1 - D_-2)/r1, second = (d0 - d1)/(r0 + r1), first = d0 + r0 second.
            double d0 = phi2 + (r0 * phi2 + phi3) / (r0 + r1);
            double d1 = -(r0 * phi2 + phi3) / (r0 + r1);
            double[] predict = {phi1 + d0 / r0, d1 / r1 - d0 / r0, -d1 / r1};
            return new Step(s[i + 1], s[i + 1] / s[i], predict, 0, null);
        }
    },
    /**
     * UniPC-2 with B(h) = e^h - 1 (Zhao et al. 2023, arXiv 2302.04867, Algorithms 5 to 8, data prediction): a predictor of order 2, and a
     * corrector that uses the call of the next step. One call per step, order 3. The last step is not corrected.
     */
    UNIPC("unipc", 1, false) {
        @Override
        Step step(double[] s, int i, boolean last) {
            double h = logRatio(s, i, i + 1);
            double weight = -StrictMath.expm1(-h);
            double keep = s[i + 1] / s[i];
            if (i == 0) {
                return new Step(
                        s[1], keep, new double[] {weight}, 0, last ? null : new double[] {weight / 2, weight / 2});
            }
            double r = -logRatio(s, i - 1, i) / h;
            // Predictor: weight (D_0 + (D_-1 - D_0) / (2 r)).
            double old = weight / (2 * r);
            double[] predict = {weight - old, old};
            if (last) {
                return new Step(s[i + 1], keep, predict, 0, null);
            }
            // Corrector: a, c with a + c = b_1 and r a + c = b_2 for the differences (D_-1 - D_0) / r and D_+1 - D_0.
            double b1 = (1 - weight / h) / weight;
            double b2 = 2 * (0.5 - (1 - weight / h) / h) / weight;
            double a = (b2 - b1) / (r - 1);
            double c = b1 - a;
            double[] correct = {weight * c, weight * (1 - c - a / r), weight * a / r};
            return new Step(s[i + 1], keep, predict, 0, correct);
        }
    },
    /**
     * UniPC-5 of the same paper. The predictor integrates the polynomial in lambda through the last five values of D, and the corrector the one
     * through six. Both integrals are exact, so that B(h) cancels. One call per step. The last step is not corrected. The first steps have fewer
     * values. The order is 6 only if D is almost constant there, that is, if the first noise levels are far above the radius of the data. With fewer
     * than about 40 steps, DPM-Solver++(3M) is more accurate.
     */
    UNIPC_5("unipc-5", 1, false) {
        @Override
        Step step(double[] s, int i, boolean last) {
            int values = Math.min(i + 1, 5);
            double[] predict = PolynomialStep.weights(s, i, i, values);
            double[] correct = last ? null : PolynomialStep.weights(s, i, i + 1, values + 1);
            return new Step(s[i + 1], s[i + 1] / s[i], predict, 0, correct);
        }
    };

    private final String label;
    private final int callsPerStep;
    private final boolean reevaluates;

    Scheme(String label, int callsPerStep, boolean reevaluates) {
        this.label = label;
        this.callsPerStep = callsPerStep;
        this.reevaluates = reevaluates;
    }

    /** Returns the coefficients of the step from {@code s[i]} to {@code s[i + 1]}; {@code last} is true for the last step of the grid. */
    abstract Step step(double[] s, int i, boolean last);

    /** Returns the solver's name on the command line. */
    public String label() {
        return label;
    }

    /** Returns the number of denoiser calls of one step. */
    public int callsPerStep() {
        return callsPerStep;
    }

    /** Returns whether D is evaluated again at the corrected state (PECE), or the value at the prediction is kept (PEC). */
    boolean reevaluates() {
        return reevaluates;
    }

    /** Returns the scheme with the given name, or null if there is none. */
    public static @Nullable Scheme ofLabel(String label) {
        for (Scheme scheme : values()) {
            if (scheme.label.equals(label)) {
                return scheme;
            }
        }
        return null;
    }

    private static double logRatio(double[] s, int from, int to) {
        return StrictMath.log(s[from] / s[to]);
    }
}
