package io.scoreflux.evaluation.metrics;

/**
 * The distances between rows with the same index in two sets.
 *
 * @param rootMeanSquare {@code sqrt(mean |x_i - y_i|^2)}
 * @param largest {@code max |x_i - y_i|}
 */
public record PairedDistance(double rootMeanSquare, double largest) {

    /** Compares two sets with the same number of rows, at least one, and the same dimension. */
    public static PairedDistance between(double[][] x, double[][] y) {
        double sum = 0;
        double largest = 0;
        for (int i = 0; i < x.length; i++) {
            double square = 0;
            for (int k = 0; k < x[i].length; k++) {
                double difference = x[i][k] - y[i][k];
                square += difference * difference;
            }
            sum += square;
            largest = Math.max(largest, square);
        }
        return new PairedDistance(Math.sqrt(sum / x.length), Math.sqrt(largest));
    }
}
