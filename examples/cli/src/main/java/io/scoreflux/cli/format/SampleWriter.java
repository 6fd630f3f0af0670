package io.scoreflux.cli.format;

import io.scoreflux.Sample;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Writes samples in one file format. Does not close the stream it writes to. */
public interface SampleWriter {

    /** Writes what comes before the first sample. */
    void begin() throws IOException;

    /** Writes one sample, and its density where that is known. */
    void write(Sample sample, @Nullable Density density) throws IOException;
}
