package io.scoreflux.cli.shard;

import io.scoreflux.solve.Certificate;
import java.util.Map;

/**
 * Checksum and counts of a part, in a file beside it. The file appears before the part does.
 *
 * @param run the hash of the manifest, in hexadecimal digits: the part belongs to that run
 * @param file the name of the part
 * @param bytes its size
 * @param sha256 the hash of its content, in hexadecimal digits
 * @param samples number of samples
 * @param status number of samples by status; a status without samples is absent
 * @param calls number of calls of all samples
 */
public record PartSummary(
        String run,
        String file,
        long bytes,
        String sha256,
        long samples,
        Map<Certificate.Status, Long> status,
        long calls) {

    /** The number of failed samples. */
    public long failed() {
        return status.getOrDefault(Certificate.Status.FAILED, 0L);
    }
}
