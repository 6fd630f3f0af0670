package io.scoreflux.diffusion;

import io.scoreflux.error.InvalidArgumentException;
import java.nio.file.Path;
import java.util.Objects;

/** Collects the settings of a pipeline. Not thread-safe. */
public final class DiffusionPipelineBuilder {
    final Path folder;
    int height;
    int width;
    int threads = 1;
    int fixedRows;
    long memory = 4L << 30;

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
     * Sets the maximum memory of one call of the denoising network, in bytes; at least 1. Larger batches are divided into several calls. See
     * {@code OnnxDenoiserBuilder.memory}, which also states how the memory of a row is estimated: about 9 MiB for Stable Diffusion 1 at
     * 512 x 512 pixels, 34 MiB for XL and 134 MiB for Stable Diffusion 3 at 1024 x 1024. Defaults to 4 GiB, enough for 16 rows of each. The
     * weights are not counted.
     */
    public DiffusionPipelineBuilder memory(long bytes) {
        this.memory = requirePositive("memory", bytes);
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
        return (int) requirePositive(name, (long) value);
    }

    private static long requirePositive(String name, long value) {
        if (value < 1) {
            throw new InvalidArgumentException(name, "must be at least 1", value);
        }
        return value;
    }
}
