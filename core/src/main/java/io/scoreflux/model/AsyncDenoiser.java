package io.scoreflux.model;

import io.scoreflux.state.Rows;
import org.reactivestreams.Publisher;

/**
 * A {@link Denoiser} that answers asynchronously, such as a remote model or an accelerator's queue. It answers each row as if it were alone,
 * and {@link #denoise} is called from several threads at once. The publisher answers on a thread of its own. A model that computes on the
 * subscribing thread blocks all subscribers of its gateway; implement {@link Denoiser} for it and give the gateway a scheduler. A call that
 * is never answered fails after the gateway's time limit, an hour by default.
 */
public interface AsyncDenoiser extends DenoiserInfo {

    /**
     * Computes D for all rows of a batch. The publisher is cold: nothing happens before it is subscribed to, and cancelling the subscription
     * ends the call. A publisher that fails, completes without an answer, or emits an answer of another length fails the call.
     *
     * @param in states z and canonical noise levels; not modified; valid until the publisher has terminated or is cancelled
     * @return one answer: D row-major, exactly {@code in.count()} rows; the array then belongs to the caller
     */
    Publisher<double[]> denoise(Rows in);
}
