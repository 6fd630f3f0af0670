package io.scoreflux.cli.shard;

import io.scoreflux.files.format.Format;

/**
 * A part of the samples, in one file.
 *
 * @param first index of the first sample
 * @param end index after the last sample
 * @param format the format of the file
 */
public record Part(long first, long end, Format format) {
    static final String PREFIX = "part-";
    static final String SUMMARY = "summary-";

    /** The number of samples. */
    public long count() {
        return end - first;
    }

    /** The name of the file: {@code part-FIRST-END.EXTENSION}. */
    public String fileName() {
        return PREFIX + first + "-" + end + "." + format;
    }

    /** The name of the file with the checksum and the counts. */
    String summaryName() {
        return SUMMARY + first + "-" + end + ".json";
    }

    @Override
    public String toString() {
        return fileName();
    }
}
