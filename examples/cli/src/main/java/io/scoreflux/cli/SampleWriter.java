package io.scoreflux.cli;

import io.scoreflux.Sample;
import java.io.IOException;

/** Writes samples in one file format. Does not close the stream it writes to. */
interface SampleWriter {

    /** Writes what comes before the first sample. */
    void begin() throws IOException;

    /** Writes one sample. */
    void write(Sample sample) throws IOException;
}
