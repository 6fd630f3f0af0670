package io.scoreflux.spring;

import io.scoreflux.Request;
import io.scoreflux.Sample;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.evaluation.plot.Picture;
import io.scoreflux.state.Condition;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.image.Image;
import org.springframework.ai.image.ImageGeneration;
import org.springframework.ai.image.ImageGenerationMetadata;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImageOptions;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.ai.image.ImageResponse;
import reactor.core.publisher.Flux;

/**
 * Spring AI's {@link ImageModel} over the models whose samples are images. The prompt is the name of a condition, or empty for none.
 * {@link ImageOptions} select the model, the number of images, and their size; the only response format is {@code b64_json}. Each call
 * continues with the next samples of the model's seed. The metadata of an image, {@link Generated}, has the seed and the index, which
 * identify it.
 *
 * <p>{@link #call} blocks until the images are there. Do not call it on a thread of Reactor that must not block.
 */
public final class SampleImageModel implements ImageModel {
    private static final int MAX_IMAGES = 100;

    private final Models models;
    private final Map<String, AtomicLong> next = new ConcurrentHashMap<>();

    SampleImageModel(Models models) {
        this.models = models;
    }

    /**
     * The identity and the certificate of a generated image.
     *
     * @param model the name of the model
     * @param sample the sample, with its request
     */
    public record Generated(String model, Sample sample) implements ImageGenerationMetadata {}

    /**
     * Generates images.
     *
     * @throws InvalidArgumentException if the prompt or an option is not possible
     * @throws io.scoreflux.error.SampleFailedException if a sample failed
     */
    @Override
    public ImageResponse call(ImagePrompt prompt) {
        ImageOptions options = prompt.getOptions();
        Model model = model(options);
        Picture picture = Objects.requireNonNull(model.picture());
        int count = options == null || options.getN() == null ? 1 : options.getN();
        if (count < 1 || count > MAX_IMAGES) {
            throw new InvalidArgumentException("n", "must be at least 1 and at most " + MAX_IMAGES, count);
        }
        int width = options == null || options.getWidth() == null ? picture.width() : options.getWidth();
        int height = options == null || options.getHeight() == null ? picture.height() : options.getHeight();
        String format = options == null ? null : options.getResponseFormat();
        if (format != null && !format.equals("b64_json")) {
            throw new InvalidArgumentException("responseFormat", "must be b64_json", format);
        }
        Condition condition = condition(model, prompt);
        long first =
                next.computeIfAbsent(model.name(), name -> new AtomicLong()).getAndAdd(count);
        List<Sample> samples = model.sampler()
                .samples(Flux.range(0, count).map(k -> request(model.seed(), first + k, condition)))
                .collectList()
                .block();
        List<ImageGeneration> images = new ArrayList<>();
        for (Sample sample : Objects.requireNonNull(samples)) {
            byte[] png = SampleImages.png(picture, sample.values(), width, height);
            images.add(new ImageGeneration(
                    new Image(null, Base64.getEncoder().encodeToString(png)), new Generated(model.name(), sample)));
        }
        return new ImageResponse(images);
    }

    private static Request request(long seed, long index, @Nullable Condition condition) {
        Request request = Request.of(seed, index);
        return condition == null ? request : request.withCondition(condition);
    }

    private Model model(@Nullable ImageOptions options) {
        String name = options == null ? null : options.getModel();
        if (name == null) {
            return models.all().stream()
                    .filter(model -> model.picture() != null)
                    .findFirst()
                    .orElseThrow(() -> new InvalidArgumentException(
                            "model", "must be a model whose samples are images, and no model has them", null));
        }
        Model model = models.named(name);
        if (model.picture() == null) {
            throw new InvalidArgumentException("model", "must be a model whose samples are images", name);
        }
        return model;
    }

    private static @Nullable Condition condition(Model model, ImagePrompt prompt) {
        String text = prompt.getInstructions().isEmpty()
                ? ""
                : String.valueOf(prompt.getInstructions().get(0).getText()).strip();
        if (text.isEmpty()) {
            return null;
        }
        Condition condition = model.conditions().get(text);
        if (condition == null) {
            throw new InvalidArgumentException(
                    "prompt",
                    "must be empty or the name of a condition of the model " + model.name() + ", one of "
                            + String.join(", ", model.conditions().keySet()),
                    text);
        }
        return condition;
    }
}
