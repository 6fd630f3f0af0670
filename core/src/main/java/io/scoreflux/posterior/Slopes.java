package io.scoreflux.posterior;

/**
 * The mean slope of D in each observed direction as a function of the noise level, linear in ln s between measured levels. Any slopes give exact
 * weights; good ones give equal weights.
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Slopes(double[] logs, double[][] measured) {
    /** Above this slope, the local variance is not known from the slope. */
    private static final double MOST = 0.9999;

    /** Returns the slope of direction i. */
    double at(int i, double s) {
        double log = StrictMath.log(s);
        int k = 1;
        while (k < logs.length - 1 && logs[k] > log) {
            k++;
        }
        double share = Math.min(1, Math.max(0, (logs[k - 1] - log) / (logs[k - 1] - logs[k])));
        double slope = measured[k - 1][i] + share * (measured[k][i] - measured[k - 1][i]);
        return Math.min(MOST, Math.max(0, slope));
    }
}
