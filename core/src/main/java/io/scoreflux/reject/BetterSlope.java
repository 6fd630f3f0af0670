package io.scoreflux.reject;

/**
 * Secants with or without a shared eigenvalue, whichever has predicted the last values of a chain better. A shared eigenvalue helps if the
 * data fill all dimensions. If they occupy few of many dimensions, it hides their directions.
 */
final class BetterSlope implements Slope {
    private static final double MEMORY = 0.8;

    private final PairSecants withShared;
    private final PairSecants without;
    private double missedWith;
    private double missedWithout;
    private PairSecants better;

    BetterSlope(int dimension, double radius, int rank) {
        withShared = new PairSecants(dimension, radius, true, rank);
        without = new PairSecants(dimension, radius, false, rank);
        better = withShared;
    }

    @Override
    public void point(double[] z, double[] answers, int at) {
        withShared.point(z, answers, at);
        without.point(z, answers, at);
    }

    @Override
    public void at(double[] z, double sigma, double[] answer) {
        missedWith = MEMORY * missedWith + withShared.missed(z, answer);
        missedWithout = MEMORY * missedWithout + without.missed(z, answer);
        better = missedWithout < missedWith ? without : withShared;
        withShared.at(z, sigma, answer);
        without.at(z, sigma, answer);
    }

    @Override
    public double shared() {
        return better.shared();
    }

    @Override
    public int rank() {
        return better.rank();
    }

    @Override
    public double value(int i) {
        return better.value(i);
    }

    @Override
    public double[] vectors() {
        return better.vectors();
    }
}
