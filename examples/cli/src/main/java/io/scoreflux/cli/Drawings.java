package io.scoreflux.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import javax.imageio.ImageIO;

/** Pictures of a run, whose places are taken before it and filled after it. */
final class Drawings implements AutoCloseable {
    private final List<Drawing> drawings;
    private final List<AtomicFile> files = new ArrayList<>();

    /**
     * A picture.
     *
     * @param option that names the file
     * @param file where it goes
     * @param image drawn at the end
     */
    record Drawing(String option, Path file, Supplier<BufferedImage> image) {}

    private Drawings(List<Drawing> drawings) {
        this.drawings = drawings;
    }

    /** Takes the places, so that one that cannot be written is refused before any work. */
    static Drawings open(List<Drawing> drawings) {
        Drawings opened = new Drawings(drawings);
        try {
            drawings.forEach(drawing -> opened.files.add(AtomicFile.create(drawing.option(), drawing.file())));
        } catch (UserError e) {
            opened.close();
            throw e;
        }
        return opened;
    }

    /** Draws all of them. */
    void write() {
        ImageIO.setUseCache(false);
        for (int i = 0; i < drawings.size(); i++) {
            try {
                ImageIO.write(drawings.get(i).image().get(), "png", files.get(i).out());
                files.get(i).commit();
            } catch (IOException e) {
                throw new RunError("cannot write " + drawings.get(i).file() + ": " + UserError.reason(e), e);
            }
        }
    }

    @Override
    public void close() {
        files.forEach(AtomicFile::close);
    }
}
