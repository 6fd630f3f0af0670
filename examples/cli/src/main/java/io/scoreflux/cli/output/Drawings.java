package io.scoreflux.cli.output;

import io.scoreflux.files.text.UserError;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Pictures of a run. Their files are opened before the run and written after it. */
public final class Drawings implements AutoCloseable {
    private final List<Drawing> drawings;
    private final List<Output> files = new ArrayList<>();

    /**
     * A picture.
     *
     * @param option the option that names the file
     * @param file the file of the picture
     * @param image draws the picture after the run
     */
    public record Drawing(String option, Path file, Supplier<BufferedImage> image) {}

    private Drawings(List<Drawing> drawings) {
        this.drawings = drawings;
    }

    /** Opens the files, so that a path that cannot be written is rejected before the computation. */
    public static Drawings open(Console console, List<Drawing> drawings) {
        Drawings opened = new Drawings(drawings);
        try {
            drawings.forEach(drawing -> opened.files.add(Output.open(console, drawing.option(), drawing.file())));
        } catch (UserError e) {
            opened.close();
            throw e;
        }
        return opened;
    }

    /** Draws and writes all pictures. */
    public void write() {
        for (int i = 0; i < drawings.size(); i++) {
            files.get(i).write(Png.of(drawings.get(i).image().get()));
        }
    }

    @Override
    public void close() {
        files.forEach(Output::close);
    }
}
