package io.scoreflux;

import java.util.List;

/**
 * How far a sampler's streams are, at one moment, all subscribers together since the sampler was built. The numbers are read one
 * after the other while others count on: each is right, their sum may be off by what happened meanwhile.
 *
 * @param started trajectories started
 * @param inFlight trajectories in each stage, from the largest noise level down
 * @param finished trajectories that came to their end or failed
 * @param failed those of them that failed
 * @param delivered samples delivered, or left out for having failed
 * @param calls denoiser evaluations of finished trajectories and of stages that others have left
 */
public record Progress(long started, List<Long> inFlight, long finished, long failed, long delivered, long calls) {
    /** Copies. */
    public Progress {
        inFlight = List.copyOf(inFlight);
    }
}
