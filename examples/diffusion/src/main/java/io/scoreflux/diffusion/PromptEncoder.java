package io.scoreflux.diffusion;

import io.scoreflux.state.ConditionTensor;
import java.util.List;
import java.util.Map;

/** Computes the tensors that a prompt gives to the denoising network, by the names of its inputs. Thread-safe. */
interface PromptEncoder extends AutoCloseable {

    /** Returns the tensors of a prompt. */
    Map<String, ConditionTensor> encode(String prompt);

    /** Returns the tensors that stand for no negative prompt. Defaults to those of the empty prompt. */
    default Map<String, ConditionTensor> none() {
        return encode("");
    }

    /** Returns inputs of the denoising network that are the same for all rows. Defaults to none. */
    default Map<String, double[]> constants() {
        return Map.of();
    }

    /** Returns the text encoders. */
    List<TextEncoder> encoders();

    /** Closes networks and tokenizers. They open again at the next prompt. */
    default void release() {
        OpenOnce.all(
                encoders().stream().map(encoder -> (Runnable) encoder::release).toArray(Runnable[]::new));
    }

    /** Closes networks and tokenizers for ever. */
    @Override
    default void close() {
        OpenOnce.all(
                encoders().stream().map(encoder -> (Runnable) encoder::close).toArray(Runnable[]::new));
    }
}
