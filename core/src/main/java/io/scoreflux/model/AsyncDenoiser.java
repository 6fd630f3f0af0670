package io.scoreflux.model;

import io.scoreflux.state.Rows;
import org.reactivestreams.Publisher;

/**
 * An asynchronous {@link Denoiser}, such as a remote model or the queue of an accelerator.
 *
 * <p>The value of a row must not depend on the other rows. Several threads call {@link #denoise} concurrently. The publisher should not
 * compute on the subscribing thread, because this blocks all subscribers of its gateway. For a model that computes on the calling thread,
 * implement {@link Denoiser} and give the gateway a scheduler. A call without a result fails after the time limit of the gateway, which is
 * one hour by default.
 */
public interface AsyncDenoiser extends DenoiserInfo {

    /**
     * Evaluates D for all rows of a batch. The publisher is cold: no work starts before subscription. Cancelling the subscription ends the
     * call. The call fails if the publisher fails, completes without an element, or emits an array of another length.
     *
     * @param in states z and canonical noise levels; must not be modified; valid until the publisher terminates or is cancelled
     * @return a publisher of one array, D row-major with exactly {@code in.count()} rows; the receiver owns the array
     */
    Publisher<double[]> denoise(Rows in);
}
