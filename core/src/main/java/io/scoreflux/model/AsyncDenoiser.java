package io.scoreflux.model;

import io.scoreflux.state.Rows;
import org.reactivestreams.Publisher;

/**
 * A {@link Denoiser} that answers later: a remote model, an accelerator's queue. The same question and the same rules: rows are
 * answered as if each were alone, and {@link #denoise} is called from several threads at once. The publisher answers on a thread of its
 * own: one that computes on the thread that subscribes keeps all subscribers of its gateway waiting, and is better a
 * {@link Denoiser} on a scheduler. A call that is never answered fails after its gateway's time limit, an hour by default.
 */
public interface AsyncDenoiser extends DenoiserInfo {

    /**
     * Asks for D of all rows of a batch. Nothing is to happen before the publisher is subscribed to; cancelling the subscription
     * gives up the call. A publisher that fails, completes without an answer or gives one of another length fails the call.
     *
     * @param in states z and canonical noise levels; not modified; valid until the publisher has ended or is cancelled
     * @return one answer: D row-major, {@code in.count()} rows exactly; the array is the caller's from then on
     */
    Publisher<double[]> denoise(Rows in);
}
