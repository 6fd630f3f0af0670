package io.scoreflux.cli.shard;

import io.scoreflux.files.format.Format;
import io.scoreflux.files.text.UserError;
import java.util.ArrayList;
import java.util.List;

/**
 * Divides a range of indices into shards, and each shard into parts.
 *
 * @param firstIndex index of the first sample
 * @param count number of samples, at least 0
 * @param shards number of shards, at least 1
 * @param partSize maximum number of samples in a part, at least 1
 */
public record Partition(long firstIndex, long count, int shards, long partSize) {
    /** More files in one directory are slow on most file systems. */
    private static final long MOST_PARTS = 1_000_000;

    /** Rejects a range with too many parts. */
    public void requireParts() {
        if (count == 0) {
            return;
        }
        // Further shards are empty.
        long used = Math.min(shards, count);
        if (used > MOST_PARTS) {
            throw new UserError("--shard must have at most " + MOST_PARTS + " shards, was of " + shards
                    + "; give fewer, with larger parts");
        }
        long shard = (count - 1) / shards + 1;
        long most = MOST_PARTS / used;
        long least = (shard - 1) / most + 1;
        if (partSize < least) {
            throw new UserError("--part-size must be at least " + least + " for " + count + " samples in " + shards
                    + (shards == 1 ? " shard" : " shards") + ", was " + partSize + "; a directory has at most "
                    + MOST_PARTS + " parts");
        }
    }

    /** The index of the first sample of a shard. The sizes of shards differ by at most one sample. */
    private long start(int shard) {
        return firstIndex + count / shards * shard + Math.min(shard, count % shards);
    }

    /**
     * The parts of a shard, in the order of their indices.
     *
     * @param shard from 0
     */
    public List<Part> parts(int shard, Format format) {
        List<Part> parts = new ArrayList<>();
        long end = start(shard + 1);
        for (long first = start(shard); first < end; ) {
            long next = first + Math.min(partSize, end - first);
            parts.add(new Part(first, next, format));
            first = next;
        }
        return parts;
    }
}
