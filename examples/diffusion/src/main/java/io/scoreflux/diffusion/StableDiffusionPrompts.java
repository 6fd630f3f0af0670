package io.scoreflux.diffusion;

import io.scoreflux.state.ConditionTensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The prompts of Stable Diffusion 1 and 2: the last hidden state of one text encoder. */
final class StableDiffusionPrompts implements PromptEncoder {
    private final TextEncoder encoder;

    StableDiffusionPrompts(Path folder, int threads) {
        this.encoder = new TextEncoder(folder, "", threads);
    }

    @Override
    public Map<String, ConditionTensor> encode(String prompt) {
        return Map.of(
                "encoder_hidden_states", encoder.lastState(prompt).tokens().asCondition());
    }

    @Override
    public List<TextEncoder> encoders() {
        return List.of(encoder);
    }
}
