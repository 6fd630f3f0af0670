package io.scoreflux.diffusion;

import io.scoreflux.diffusion.PipelineException.Kind;
import java.nio.file.Path;
import java.util.Objects;

/** Collects the settings of a pipeline. Not thread-safe. */
public final class DiffusionPipelineBuilder {
    final Path folder;
    int height;
    int width;
    int threads = 1;
    int fixedRows;

    DiffusionPipelineBuilder(Path folder) {
        this.folder = Objects.requireNonNull(folder, "folder");
    }

    /**
     * Sets the size of images in pixels. Defaults to that on which the network was trained.
     *
     * @param width the width, a multiple of the autoencoder's downsampling factor, usually 8
     * @param height the height, likewise
     */
    public DiffusionPipelineBuilder size(int width, int height) {
        this.width = requirePositive("width", width);
        this.height = requirePositive("height", height);
        return this;
    }

    /** Sets the number of threads that evaluate one operator of a network; at least 1. Defaults to 1. */
    public DiffusionPipelineBuilder threads(int value) {
        this.threads = requirePositive("threads", value);
        return this;
    }

    /**
     * Fixes the number of rows in each call of the denoising network, so that the bits of a sample do not depend on the other rows of its calls.
     * See {@code OnnxDenoiserBuilder.fixedRows}. By default, calls have as many rows as there are.
     *
     * @param rows the number of rows, at least 1
     */
    public DiffusionPipelineBuilder fixedRows(int rows) {
        this.fixedRows = requirePositive("fixedRows", rows);
        return this;
    }

    /**
     * Reads the configuration of the pipeline. Networks are opened when they are first used.
     *
     * @throws PipelineException if a file is missing or invalid
     */
    public DiffusionPipeline open() {
        return new DiffusionPipeline(this);
    }

    private static int requirePositive(String name, int value) {
        if (value < 1) {
            throw PipelineException.input(Kind.INVALID_IMAGE, name + " must be at least 1, was " + value);
        }
        return value;
    }
}
