package io.scoreflux.diffusion;

import io.scoreflux.diffusion.PipelineException.Kind;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A text encoder with its tokenizer. Both are opened at the first prompt. */
final class TextEncoder implements AutoCloseable {
    private static final String POOLED = "text_embeds";

    private final Configuration settings;
    private final Path file;
    private final int vocabulary;
    private final OpenOnce<PromptTokenizer> tokenizer;
    private final OpenOnce<OnnxModel> network;

    /**
     * Creates an encoder.
     *
     * @param folder the folder of the pipeline
     * @param suffix empty for the first encoder, {@code _2} for the second, {@code _3} for the third
     */
    TextEncoder(Path folder, String suffix, int threads) {
        this(folder, suffix, 77, threads);
    }

    /**
     * Creates an encoder.
     *
     * @param usualPositions the number of positions to assume if the configuration does not state it
     */
    TextEncoder(Path folder, String suffix, int usualPositions, int threads) {
        Path own = folder.resolve("text_encoder" + suffix);
        this.settings = Configuration.read(own.resolve("config.json"));
        this.vocabulary = settings.count("vocab_size");
        int positions = settings.count("max_position_embeddings", usualPositions);
        this.tokenizer = new OpenOnce<>(() -> tokenizer(folder.resolve("tokenizer" + suffix), positions));
        this.file = own.resolve("model.onnx");
        this.network = new OpenOnce<>(() -> OnnxModel.open(file, threads));
    }

    private static PromptTokenizer tokenizer(Path folder, int positions) {
        try {
            return PromptTokenizer.open(folder, positions);
        } catch (NoClassDefFoundError e) {
            throw PipelineException.file(
                    Kind.UNSUPPORTED,
                    folder,
                    "prompts need the library ai.djl.huggingface:tokenizers; add it to the class path, or use the command"
                            + " line's jar that was built without -Pslim",
                    e);
        }
    }

    /** Requires that the file of the network exists. */
    void requireFile() {
        OnnxModel.requireFile(file);
    }

    /**
     * The embeddings of a prompt.
     *
     * @param tokens one vector for each token: [length, width]
     * @param pooled the vector of the whole prompt, or null
     * @param network the network that computed them
     */
    record Embeddings(FloatTensor tokens, @Nullable FloatTensor pooled, Path network) {
        /** Returns the vector of the whole prompt. */
        FloatTensor requirePooled() {
            if (pooled == null) {
                throw PipelineException.file(
                        Kind.INVALID_NETWORK,
                        network,
                        "the network must have the output " + POOLED + "; export it with its projection",
                        null);
            }
            return pooled;
        }
    }

    /** Returns the last hidden state. */
    Embeddings lastState(String prompt) {
        return network.use(model -> {
            model.requireOutput("last_hidden_state");
            return new Embeddings(
                    row(run(model, prompt, Set.of("last_hidden_state")), "last_hidden_state"), null, model.file());
        });
    }

    /** Returns the last but one hidden state, and the pooled vector where there is one. */
    Embeddings penultimateState(String prompt) {
        String state = "hidden_states." + (settings.count("num_hidden_layers") - 1);
        return network.use(model -> {
            model.requireOutput(state);
            String pooled = model.outputs().contains(POOLED) ? POOLED : null;
            Map<String, FloatTensor> answers =
                    run(model, prompt, pooled == null ? Set.of(state) : Set.of(state, pooled));
            return new Embeddings(row(answers, state), pooled == null ? null : row(answers, pooled), model.file());
        });
    }

    private Map<String, FloatTensor> run(OnnxModel model, String prompt, Set<String> outputs) {
        long[] tokens = tokenizer.use(encoder -> encoder.encode(prompt));
        for (long token : tokens) {
            if (token >= vocabulary) {
                throw PipelineException.field(
                        Kind.INVALID_PROMPT,
                        settings.file(),
                        "vocab_size",
                        "is " + vocabulary + ", but the tokenizer returned token " + token
                                + "; use the tokenizer that belongs to the text encoder");
            }
        }
        return model.run(model.input("input_ids"), tokens, new long[] {1, tokens.length}, outputs);
    }

    /** Removes the batch axis. */
    private static FloatTensor row(Map<String, FloatTensor> answers, String name) {
        FloatTensor answer = answers.get(name);
        if (answer == null) {
            throw new AssertionError(name + " was not computed");
        }
        return new FloatTensor(Arrays.copyOfRange(answer.shape(), 1, answer.shape().length), answer.values());
    }

    /** Closes network and tokenizer. They open again at the next prompt. */
    void release() {
        OpenOnce.all(network::release, tokenizer::release);
    }

    /** Closes network and tokenizer for ever. */
    @Override
    public void close() {
        OpenOnce.all(network::close, tokenizer::close);
    }
}
