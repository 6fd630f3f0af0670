package io.scoreflux.logconcave;

import io.scoreflux.noise.NormalStream;

/**
 * Draws from the standard normal distribution restricted to an interval, exactly and by rejection: Robert 1995, Simulation of truncated
 * normal variables, doi 10.1007/BF00143942. A draw far in a tail costs little more than one in the middle. Libraries use the inverse
 * distribution function instead, whose bits depend on the machine.
 */
final class TruncatedNormal {
    /** The width below which a uniform proposal is accepted more often than a normal one. */
    private static final double NARROW = Math.sqrt(2 * Math.PI);

    /** The value above which the distribution is exponential to rounding. Its square does not overflow. */
    private static final double FAR = 1e150;

    private TruncatedNormal() {}

    /** Writes a draw in {@code [low, high]} to {@code out[at]}. {@code low < high}; either may be infinite. */
    static void draw(double low, double high, NormalStream random, double[] out, int at) {
        if (high <= 0) {
            draw(-high, -low, random, out, at);
            out[at] = -out[at];
        } else if (low > 0) {
            out[at] = low + beyond(low, high - low, random);
        } else if (high - low < NARROW) {
            out[at] = uniform(low, high, random);
        } else {
            do {
                random.fill(out, at, 1);
            } while (out[at] < low || out[at] > high);
        }
    }

    /** Draws by uniform proposals from an interval that contains 0, where the density is largest. */
    private static double uniform(double low, double high, NormalStream random) {
        while (true) {
            double x = low + (high - low) * random.uniform();
            if (random.uniform() < StrictMath.exp(-0.5 * x * x)) {
                return x;
            }
        }
    }

    /**
     * Returns the distance of a draw above {@code low} from {@code low}, to rounding of the distance.
     *
     * @param room an array whose element {@code at} may be overwritten
     */
    static double beyond(double low, NormalStream random, double[] room, int at) {
        if (low > 0) {
            return beyond(low, Double.POSITIVE_INFINITY, random);
        }
        do {
            random.fill(room, at, 1);
        } while (room[at] < low);
        return room[at] - low;
    }

    /**
     * Returns the distance of a draw in {@code [low, low + width]} from {@code low > 0}, to rounding of the distance. Proposals are
     * exponential, or uniform if the interval is shorter than the mean of the exponential distribution.
     */
    static double beyond(double low, double width, NormalStream random) {
        double root = low > FAR ? low : Math.sqrt(low * low + 4);
        double rate = 0.5 * (low + root);
        if (width < 1 / rate) {
            while (true) {
                double beyond = width * random.uniform();
                if (random.uniform() < StrictMath.exp(-beyond * (low + 0.5 * beyond))) {
                    return beyond;
                }
            }
        }
        while (true) {
            double beyond = -StrictMath.log(1 - random.uniform()) / rate;
            // rate - low, without cancellation.
            double gap = beyond - 2 / (low + root);
            if (beyond <= width && random.uniform() < StrictMath.exp(-0.5 * gap * gap)) {
                return beyond;
            }
        }
    }
}
