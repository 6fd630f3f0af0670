package io.scoreflux.diffusion;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A prompt with classifier-free guidance: {@code D_w = D_n + w (D_p - D_n)}, where D_p is the denoiser under the prompt and D_n that under
 * the negative prompt.
 *
 * @param text the prompt; may be empty
 * @param negative the negative prompt, or null for what the pipeline uses without one: the empty prompt, or embeddings of 0
 * @param guidance the weight w, finite; {@code guidance_scale} in {@code diffusers}. At 1 the negative prompt has no effect, and each
 *     evaluation takes one call of the network instead of two
 */
public record Prompt(String text, @Nullable String negative, double guidance) {
    /** Requires a prompt. */
    public Prompt {
        Objects.requireNonNull(text, "text");
    }

    /** Creates a prompt with a guidance weight and without a negative prompt. */
    public Prompt(String text, double guidance) {
        this(text, null, guidance);
    }

    /** Returns the same prompt with a negative prompt. */
    public Prompt withNegative(String value) {
        return new Prompt(text, Objects.requireNonNull(value, "negative"), guidance);
    }
}
