package io.scoreflux.files.posterior;

import io.scoreflux.internal.Kernels;
import io.scoreflux.logconcave.LogConcave;
import io.scoreflux.state.Rows;

/**
 * The posterior of a generalised linear model with canonical link: with rows a_k, responses y_k and the mean mu of their distribution,
 * {@code grad f(b) = sum_k a_k (mu(a_k . b) - y_k) + precision b}.
 */
public final class Regression implements LogConcave {

    /** The distribution of the responses, with its canonical link. */
    public enum Link {
        /** Responses 0 or 1, where 1 has the probability {@code 1 / (1 + e^-eta)}. */
        LOGISTIC {
            @Override
            double mean(double eta) {
                return 1 / (1 + StrictMath.exp(-eta));
            }
        },
        /** Counts with mean {@code e^eta}. */
        POISSON {
            @Override
            double mean(double eta) {
                return StrictMath.exp(eta);
            }
        };

        abstract double mean(double eta);
    }

    private final Link link;
    private final double[][] rows;
    private final double[] answers;
    private final double precision;

    /**
     * A posterior.
     *
     * @param rows one column per coefficient; not copied
     * @param answers one response per row; not copied
     * @param precision precision of a normal prior around 0 on each coefficient, or 0 for no normal prior
     */
    public Regression(Link link, double[][] rows, double[] answers, double precision) {
        this.link = link;
        this.rows = rows;
        this.answers = answers;
        this.precision = precision;
    }

    @Override
    public int dimension() {
        return rows[0].length;
    }

    @Override
    public void gradient(Rows at, double[] out) {
        int d = dimension();
        for (int i = 0; i < at.count(); i++) {
            int from = at.offset(i);
            Kernels.setScaled(out, from, precision, at.values(), from, d);
            for (int k = 0; k < rows.length; k++) {
                double eta = Kernels.dot(rows[k], 0, at.values(), from, d);
                Kernels.addScaled(out, from, link.mean(eta) - answers[k], rows[k], 0, d);
            }
        }
    }
}
