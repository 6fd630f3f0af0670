package io.scoreflux.diffusion;

import io.scoreflux.state.ConditionTensor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The prompts of Stable Diffusion XL (Podell et al. 2023, arXiv 2307.01952): the last but one hidden states of two text encoders, joined along
 * the channels; the pooled vector of the second; and the size of the image.
 */
final class StableDiffusionXlPrompts implements PromptEncoder {
    private final TextEncoder first;
    private final TextEncoder second;
    private final boolean zeros;
    private final double[] timeIds;

    /**
     * Creates the encoder.
     *
     * @param zeros whether embeddings of 0 stand for no negative prompt
     */
    StableDiffusionXlPrompts(Path folder, int height, int width, boolean zeros, int threads) {
        this.first = new TextEncoder(folder, "", threads);
        this.second = new TextEncoder(folder, "_2", threads);
        this.zeros = zeros;
        // The original size, the corner of the crop, and the size of the image.
        this.timeIds = new double[] {height, width, 0, 0, height, width};
    }

    @Override
    public Map<String, ConditionTensor> encode(String prompt) {
        TextEncoder.Embeddings one = first.penultimateState(prompt);
        TextEncoder.Embeddings two = second.penultimateState(prompt);
        return Map.of(
                "encoder_hidden_states", one.tokens().joined(two.tokens()).asCondition(),
                "text_embeds", two.requirePooled().asCondition());
    }

    @Override
    public Map<String, ConditionTensor> none() {
        Map<String, ConditionTensor> empty = new HashMap<>(encode(""));
        if (zeros) {
            empty.replaceAll((input, tensor) -> ConditionTensor.zeros(tensor.shape()));
        }
        return empty;
    }

    @Override
    public Map<String, double[]> constants() {
        return Map.of("time_ids", timeIds);
    }

    @Override
    public List<TextEncoder> encoders() {
        return List.of(first, second);
    }
}
