package io.scoreflux.evaluation.plot;

/**
 * Maps a row of numbers to a grey image, row by row from the top left.
 *
 * @param height rows of pixels
 * @param width pixels in a row
 * @param paper the value of white
 * @param ink the value of black
 */
public record Picture(int height, int width, double paper, double ink) {

    /** A mapping of the smallest value of the images to white and the largest to black. */
    public static Picture ofRange(int height, int width, double[][] images) {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (double[] image : images) {
            for (double value : image) {
                least = Math.min(least, value);
                most = Math.max(most, value);
            }
        }
        return new Picture(height, width, least, most);
    }

    /** The grey level of a value, from 0 (black) to 255 (white). Values outside the range are black or white. */
    public int grey(double value) {
        double darkness = ink > paper ? (value - paper) / (ink - paper) : 0;
        return (int) Math.round(255 * (1 - Math.max(0, Math.min(1, darkness))));
    }
}
