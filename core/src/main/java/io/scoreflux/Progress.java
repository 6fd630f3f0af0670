package io.scoreflux;

import java.util.List;

/**
 * The progress of all streams of a sampler since it was built, at one moment. The counts are read one after the other while the streams
 * run. So each count is correct, but they may belong to slightly different moments.
 *
 * @param started trajectories started
 * @param inFlight trajectories in each stage. Stage 0 is at the largest noise level, for encoding at the smallest
 * @param finished trajectories that reached their end or failed
 * @param failed finished trajectories that failed
 * @param delivered samples delivered, and failed samples skipped by the fault policy
 * @param calls denoiser evaluations, counted when a trajectory leaves a stage
 */
public record Progress(long started, List<Long> inFlight, long finished, long failed, long delivered, long calls) {
    /** Copies the list. */
    public Progress {
        inFlight = List.copyOf(inFlight);
    }
}
