package io.scoreflux.reject;

/** The estimate A = 0. */
final class NoSlope implements Slope {
    private static final double[] NONE = new double[0];

    @Override
    public void at(double[] z, double sigma, double[] answer) {}

    @Override
    public void point(double[] z, double[] answers, int at) {}

    @Override
    public double shared() {
        return 0;
    }

    @Override
    public int rank() {
        return 0;
    }

    @Override
    public double value(int i) {
        throw new IndexOutOfBoundsException(i);
    }

    @Override
    public double[] vectors() {
        return NONE;
    }
}
