package io.scoreflux.cli.output;

import io.scoreflux.cli.text.UserError;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Pictures of a run, whose places are taken before it and filled after it. */
public final class Drawings implements AutoCloseable {
    private final List<Drawing> drawings;
    private final List<Output> files = new ArrayList<>();

    /**
     * A picture.
     *
     * @param option that names the file
     * @param file where it goes
     * @param image drawn at the end
     */
    public record Drawing(String option, Path file, Supplier<BufferedImage> image) {}

    private Drawings(List<Drawing> drawings) {
        this.drawings = drawings;
    }

    /** Takes the places, so that one that cannot be written is refused before any work. */
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

    /** Draws all of them. */
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
