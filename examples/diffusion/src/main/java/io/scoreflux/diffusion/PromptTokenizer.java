package io.scoreflux.diffusion;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.scoreflux.diffusion.PipelineException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A tokenizer of prompts. Prompts are padded to the maximum length with the padding token of the configuration: the CLIP of Stable Diffusion 1
 * pads with its end-of-text token, others with "!" or a token of their own.
 */
final class PromptTokenizer implements AutoCloseable {
    /** CLIP splits a text into these before byte-pair encoding; see {@code CLIPTokenizer} in {@code transformers}. */
    private static final String CLIP_WORDS =
            "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

    static {
        // On some cloud machines the tokenizer library reports its use to its vendor, unless this property is set.
        if (System.getProperty("OPT_OUT_TRACKING") == null) {
            System.setProperty("OPT_OUT_TRACKING", "true");
        }
    }

    private final HuggingFaceTokenizer tokenizer;
    private final int maxLength;
    private final long padding;

    private PromptTokenizer(HuggingFaceTokenizer tokenizer, int maxLength, long padding) {
        this.tokenizer = tokenizer;
        this.maxLength = maxLength;
        this.padding = padding;
    }

    /**
     * Opens a tokenizer.
     *
     * @param folder has {@code tokenizer_config.json} and {@code tokenizer.json}, or in place of the latter CLIP's {@code vocab.json} and
     *     {@code merges.txt}
     * @param positions the number of positions of the text encoder
     */
    static PromptTokenizer open(Path folder, int positions) {
        Configuration settings = Configuration.read(folder.resolve("tokenizer_config.json"));
        // Some exporters write the largest number of the machine for "no limit".
        int maxLength = settings.number("model_max_length", positions) > positions
                ? positions
                : settings.count("model_max_length", positions);
        HuggingFaceTokenizer tokenizer = load(folder, settings);
        try {
            return new PromptTokenizer(tokenizer, maxLength, padding(tokenizer, settings));
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    private static HuggingFaceTokenizer load(Path folder, Configuration settings) {
        Path whole = folder.resolve("tokenizer.json");
        try {
            byte[] json = Files.isRegularFile(whole) ? Files.readAllBytes(whole) : clip(folder, settings);
            return HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(json),
                    Map.of("addSpecialTokens", "true", "padding", "false", "truncation", "false"));
        } catch (IOException | RuntimeException e) {
            if (e instanceof PipelineException known) {
                throw known;
            }
            // Its native code throws exceptions without a cause.
            if (e instanceof EngineException && e.getCause() != null) {
                // Its causes differ. ONNX Runtime throws this error.
                Throwable link = new UnsatisfiedLinkError(e.getMessage()).initCause(e);
                throw PipelineException.file(Kind.UNREADABLE, whole, NativeCode.missing("the tokenizer library"), link);
            }
            throw PipelineException.file(
                    Kind.UNREADABLE,
                    whole,
                    "the tokenizer cannot be loaded: " + e.getMessage() + "; export it again",
                    e);
        }
    }

    /** Returns the {@code tokenizer.json} of CLIP's vocabulary and merges. */
    private static byte[] clip(Path folder, Configuration settings) throws IOException {
        String type = settings.text("tokenizer_class");
        if (!type.startsWith("CLIPTokenizer")) {
            throw PipelineException.field(
                    Kind.UNSUPPORTED,
                    settings.file(),
                    "tokenizer_class",
                    "is " + type + ", which needs a tokenizer.json in its folder; save the tokenizer as a fast one");
        }
        Configuration vocabulary = Configuration.read(folder.resolve("vocab.json"));
        Path mergesFile = folder.resolve("merges.txt");
        if (!Files.isRegularFile(mergesFile)) {
            throw PipelineException.file(
                    Kind.UNREADABLE, mergesFile, "the file does not exist; add it to the folder", null);
        }
        JsonMapper mapper = new JsonMapper();
        ObjectNode root = mapper.createObjectNode();
        ArrayNode added = root.put("version", "1.0").putArray("added_tokens");
        String start = token(settings, "bos_token", "<|startoftext|>");
        String end = token(settings, "eos_token", "<|endoftext|>");
        for (String special : List.of(start, end)) {
            added.addObject()
                    .put("id", id(vocabulary, special))
                    .put("content", special)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        ObjectNode normalizer = root.putObject("normalizer").put("type", "Sequence");
        ArrayNode normalizers = normalizer.putArray("normalizers");
        normalizers.addObject().put("type", "NFC");
        normalizers
                .addObject()
                .put("type", "Replace")
                .put("content", " ")
                .putObject("pattern")
                .put("Regex", "\\s+");
        normalizers.addObject().put("type", "Lowercase");
        ArrayNode splitters =
                root.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
        splitters
                .addObject()
                .put("type", "Split")
                .put("behavior", "Removed")
                .put("invert", true)
                .putObject("pattern")
                .put("Regex", CLIP_WORDS);
        splitters
                .addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
        ObjectNode ends = root.putObject("post_processor").put("type", "RobertaProcessing");
        ends.put("trim_offsets", false).put("add_prefix_space", false);
        ends.putArray("sep").add(end).add(id(vocabulary, end));
        ends.putArray("cls").add(start).add(id(vocabulary, start));
        ObjectNode model = root.putObject("model");
        model.put("type", "BPE")
                .put("unk_token", end)
                .put("continuing_subword_prefix", "")
                .put("end_of_word_suffix", "</w>")
                .put("fuse_unk", false)
                .put("byte_fallback", false);
        model.set("vocab", vocabulary.node());
        ArrayNode merges = model.putArray("merges");
        Files.readAllLines(mergesFile, StandardCharsets.UTF_8).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#version"))
                .forEach(merges::add);
        return mapper.writeValueAsBytes(root);
    }

    private static int id(Configuration vocabulary, String token) {
        JsonNode id = vocabulary.node().get(token);
        if (id == null || !id.canConvertToInt()) {
            throw PipelineException.field(
                    Kind.INVALID_FIELD,
                    vocabulary.file(),
                    token,
                    "is missing, but the tokenizer needs it; use the vocabulary that belongs to the text encoder");
        }
        return id.intValue();
    }

    /** Returns a special token, which is a string or an object with a field "content". */
    private static String token(Configuration settings, String field, String usual) {
        if (!settings.has(field)) {
            return usual;
        }
        JsonNode value = settings.required(field);
        JsonNode content = value.isObject() ? value.get("content") : value;
        if (content == null || !content.isString()) {
            throw settings.invalid(field, "must be a token", value);
        }
        return content.stringValue();
    }

    private static long padding(HuggingFaceTokenizer tokenizer, Configuration settings) {
        String token = token(settings, "pad_token", "<|endoftext|>");
        // Without special tokens, the encoding of a token is its number alone.
        long[] ids = tokenizer.encode(token, false, false).getIds();
        if (ids.length != 1) {
            throw PipelineException.field(
                    Kind.INVALID_FIELD,
                    settings.file(),
                    "pad_token",
                    "is '" + token + "', which is no token of the vocabulary; use the tokenizer of the text encoder");
        }
        return ids[0];
    }

    /** Returns the tokens of a prompt, padded to the maximum length. */
    long[] encode(String prompt) {
        long[] ids = tokenizer.encode(prompt, true, false).getIds();
        if (ids.length > maxLength) {
            throw PipelineException.input(
                    Kind.INVALID_PROMPT,
                    "the prompt has " + ids.length + " tokens with start and end, and the text encoder reads at most "
                            + maxLength + "; shorten it: '" + abridged(prompt) + "'");
        }
        long[] padded = Arrays.copyOf(ids, maxLength);
        Arrays.fill(padded, ids.length, maxLength, padding);
        return padded;
    }

    private static String abridged(String prompt) {
        return prompt.length() <= 60 ? prompt : prompt.substring(0, 57) + "...";
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
