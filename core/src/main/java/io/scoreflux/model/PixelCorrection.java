package io.scoreflux.model;

/** The correction of D for observed numbers if the covariance is isotropic or diagonal. It corrects each number independently. */
final class PixelCorrection implements Observation.Correction {
    private final int[] indices;
    private final double[] values;
    private final double variance;
    private final Covariance prior;
    private final Moments moments;

    PixelCorrection(int[] indices, double[] values, double noise, Moments prior) {
        this.indices = indices;
        this.values = values;
        this.variance = noise * noise;
        this.prior = prior.covariance();
        double[] mean = prior.mean();
        double[] left = new double[mean.length];
        for (int i = 0; i < left.length; i++) {
            left[i] = this.prior.variance(i);
        }
        for (int k = 0; k < indices.length; k++) {
            int i = indices[k];
            double gain = left[i] + variance > 0 ? left[i] / (left[i] + variance) : 0;
            mean[i] += gain * (values[k] - mean[i]);
            left[i] *= 1 - gain;
        }
        this.moments = new Moments(mean, new Covariance.Diagonal(left));
    }

    @Override
    public Moments moments() {
        return moments;
    }

    @Override
    public void apply(double[] answers, int at, double sigma) {
        double s2 = sigma * sigma;
        for (int k = 0; k < indices.length; k++) {
            double own = prior.variance(indices[k]);
            double spread = s2 * own / (own + s2);
            if (spread > 0) {
                int i = at + indices[k];
                answers[i] += spread / (spread + variance) * (values[k] - answers[i]);
            }
        }
    }
}
