package io.scoreflux.cli.plot;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** Samples as enlarged grey images, ten in a row. */
final class ImageGrid implements Plot {
    private static final int PER_ROW = 10;
    private static final int MOST_IMAGES = 400;

    private final Picture picture;
    private final List<double[]> images = new ArrayList<>();

    ImageGrid(Picture picture) {
        this.picture = picture;
    }

    @Override
    public void add(double[] values) {
        if (images.size() < MOST_IMAGES) {
            images.add(values);
        }
    }

    @Override
    public BufferedImage image() {
        List<List<double[]>> rows = new ArrayList<>();
        for (int first = 0; first < images.size(); first += PER_ROW) {
            rows.add(images.subList(first, Math.min(images.size(), first + PER_ROW)));
        }
        return ImageCells.draw(picture, rows);
    }
}
