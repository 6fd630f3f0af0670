package io.scoreflux.logconcave;

import io.scoreflux.noise.NormalStream;

/** The term h = 0, with which draws are normal. */
final class NoTerm implements ConvexTerm, Oracle {
    static final NoTerm INSTANCE = new NoTerm();

    private NoTerm() {}

    @Override
    public int dimension() {
        return 0;
    }

    @Override
    public boolean isNormal() {
        return true;
    }

    @Override
    public boolean restricts() {
        return false;
    }

    @Override
    public void draw(double[] mean, double[] variance, NormalStream random, double[] out) {
        normal(mean, variance, random, out);
    }

    /** Makes a normal draw with independent axes. */
    static void normal(double[] mean, double[] variance, NormalStream random, double[] out) {
        random.fill(out, 0, mean.length);
        for (int i = 0; i < mean.length; i++) {
            out[i] = mean[i] + Math.sqrt(variance[i]) * out[i];
        }
    }

    @Override
    public void pull(double[] point, double[] inside, double inward) {}

    @Override
    public void proximal(double[] point, double[] metric) {}

    @Override
    public double precision(int axis) {
        return 0;
    }

    @Override
    public int origin() {
        return 0;
    }

    @Override
    public boolean allows(double[] point) {
        return true;
    }

    @Override
    public double[] inside(int dimension) {
        return new double[dimension];
    }
}
