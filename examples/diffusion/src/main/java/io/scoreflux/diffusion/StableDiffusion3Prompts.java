package io.scoreflux.diffusion;

import io.scoreflux.diffusion.PipelineException.Kind;
import io.scoreflux.state.ConditionTensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The prompts of Stable Diffusion 3 (Esser et al. 2024, arXiv 2403.03206): the last but one hidden states of two CLIP encoders, joined along the
 * channels and padded with 0 to the width of the transformer, followed by the last hidden state of T5; and the pooled vectors of both CLIP
 * encoders. If the pipeline names no T5 encoder, its states are 0, as in {@code diffusers}.
 */
final class StableDiffusion3Prompts implements PromptEncoder {
    /** The number of tokens that T5 reads. */
    private static final int T5_LENGTH = 256;

    private static final String THIRD = "text_encoder_3";

    private final TextEncoder first;
    private final TextEncoder second;
    private final @Nullable TextEncoder third;
    private final Path transformer;
    private final int width;

    /**
     * Creates the encoder.
     *
     * @param index {@code model_index.json}, which names T5 unless the pipeline is used without it
     */
    StableDiffusion3Prompts(Path folder, Configuration index, int threads) {
        this.first = new TextEncoder(folder, "", threads);
        this.second = new TextEncoder(folder, "_2", threads);
        boolean hasThird = index.has(THIRD) ? index.namesComponent(THIRD) : Files.isDirectory(folder.resolve(THIRD));
        this.third = hasThird ? new TextEncoder(folder, "_3", T5_LENGTH, threads) : null;
        Configuration settings = Configuration.read(folder.resolve("transformer/config.json"));
        this.transformer = settings.file();
        this.width = settings.count("joint_attention_dim");
    }

    @Override
    public Map<String, ConditionTensor> encode(String prompt) {
        TextEncoder.Embeddings one = first.penultimateState(prompt);
        TextEncoder.Embeddings two = second.penultimateState(prompt);
        FloatTensor clip = one.tokens().joined(two.tokens());
        FloatTensor t5 = third == null
                ? FloatTensor.zeros(T5_LENGTH, width)
                : third.lastState(prompt).tokens();
        if (clip.columns() > width || t5.columns() != width) {
            throw PipelineException.field(
                    Kind.INVALID_FIELD,
                    transformer,
                    "joint_attention_dim",
                    "is " + width + ", but the text encoders return " + clip + " and " + t5
                            + "; use the text encoders that belong to the transformer");
        }
        return Map.of(
                "encoder_hidden_states", clip.padded(width).followedBy(t5).asCondition(),
                "pooled_projections",
                        one.requirePooled().joined(two.requirePooled()).asCondition());
    }

    @Override
    public List<TextEncoder> encoders() {
        return third == null ? List.of(first, second) : List.of(first, second, third);
    }
}
