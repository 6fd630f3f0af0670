package io.scoreflux.diffusion;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.diffusion.PipelineException.Kind;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.model.Covariance;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.Guidance;
import io.scoreflux.model.Moments;
import io.scoreflux.model.Observation;
import io.scoreflux.model.network.SchedulerConfig;
import io.scoreflux.model.onnx.OnnxDenoiser;
import io.scoreflux.model.onnx.OnnxDenoiserBuilder;
import io.scoreflux.noise.NoiseSchedule;
import io.scoreflux.state.Condition;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A latent diffusion pipeline in a folder, as the usual exporters to ONNX write it: {@code model_index.json}, {@code scheduler}, {@code tokenizer},
 * {@code text_encoder}, {@code unet} or {@code transformer}, {@code vae_decoder} and {@code vae_encoder}. Stable Diffusion 1 and 2, with epsilon
 * or v prediction, Stable Diffusion XL and Stable Diffusion 3 are supported.
 *
 * <pre>{@code
 * try (DiffusionPipeline pipeline = DiffusionPipeline.open(Path.of("stable-diffusion"))) {
 *     Sampler sampler = pipeline.sampler()
 *             .condition(pipeline.condition(new Prompt("a lighthouse at dusk", 7.5)))
 *             .solver(new Sliding(1e-2))
 *             .build();
 *     pipeline.images(sampler.samples(0, 4)).subscribe(image -> show(image.toBufferedImage()));
 * }
 * }</pre>
 *
 * <p>The samples are scaled latents. All that a {@link Sampler} does works on them: requests with prompts of their own, encoding, and
 * {@link Sampler#renoise} for changes of a given image. Tolerances are relative to the radius of latents, which have about unit variance.
 *
 * <p>Only the files of the folder are read; nothing is downloaded. Networks are opened at their first use. Thread-safe.
 */
public final class DiffusionPipeline implements AutoCloseable {
    /** The supported kinds of pipelines. */
    private enum Family {
        STABLE_DIFFUSION("StableDiffusionPipeline", "unet", "sample"),
        STABLE_DIFFUSION_XL("StableDiffusionXLPipeline", "unet", "sample"),
        STABLE_DIFFUSION_3("StableDiffusion3Pipeline", "transformer", "hidden_states");

        /** The class in {@code model_index.json}. */
        final String className;
        /** The folder of the denoising network. */
        final String folder;
        /** The input for the latents. */
        final String state;

        Family(String className, String folder, String state) {
            this.className = className;
            this.folder = folder;
            this.state = state;
        }

        PromptEncoder prompts(Path pipeline, int height, int width, Configuration index, int threads) {
            return switch (this) {
                case STABLE_DIFFUSION -> new StableDiffusionPrompts(pipeline, threads);
                case STABLE_DIFFUSION_XL ->
                    new StableDiffusionXlPrompts(
                            pipeline, height, width, index.flag("force_zeros_for_empty_prompt", true), threads);
                case STABLE_DIFFUSION_3 -> new StableDiffusion3Prompts(pipeline, index, threads);
            };
        }
    }

    /** The tasks in the names of classes whose pipelines have the same components. */
    private static final Set<String> TASKS = Set.of("Img2Img", "Inpaint");
    /** The exponent of the levels of EDM. */
    private static final double KARRAS_RHO = 7;
    /** The maximum number of numbers in one image or latent: 1 GiB in single precision. */
    private static final long MAX_SIZE = 1L << 28;

    private final Path folder;
    private final int width;
    private final int height;
    private final int threads;
    private final int fixedRows;
    private final long memory;
    private final SchedulerConfig scheduler;
    private final Autoencoder autoencoder;
    private final Family family;
    private final PromptEncoder prompts;
    private final Path network;
    private final OpenOnce<OnnxDenoiser> denoiser;

    DiffusionPipeline(DiffusionPipelineBuilder settings) {
        this.folder = settings.folder;
        this.threads = settings.threads;
        this.fixedRows = settings.fixedRows;
        this.memory = settings.memory;
        if (!Files.isDirectory(folder)) {
            throw PipelineException.file(Kind.UNREADABLE, folder, "is no folder; name the folder of a pipeline", null);
        }
        Configuration index = Configuration.read(folder.resolve("model_index.json"));
        this.family = family(index);
        SchedulerConfig schedule = scheduler(folder.resolve("scheduler/scheduler_config.json"));
        this.autoencoder = new Autoencoder(folder, threads);
        Configuration settingsOfNetwork = Configuration.read(folder.resolve(family.folder + "/config.json"));
        this.network = folder.resolve(family.folder + "/model.onnx");
        requireChannels(settingsOfNetwork);
        int[] trained = settingsOfNetwork.size("sample_size", 64);
        long downsampling = autoencoder.downsampling();
        long high = settings.height == 0 ? trained[0] * downsampling : requireMultiple("height", settings.height);
        long wide = settings.width == 0 ? trained[1] * downsampling : requireMultiple("width", settings.width);
        // In floating point, because the product of an impossible size exceeds a long.
        double pixels = (double) wide * high;
        if (Math.max(3 * pixels, pixels / (downsampling * downsampling) * autoencoder.channels()) > MAX_SIZE) {
            throw PipelineException.input(
                    Kind.TOO_LARGE,
                    "an image of " + wide + " x " + high + " pixels exceeds the limit of " + MAX_SIZE
                            + " numbers; choose a smaller size");
        }
        this.width = (int) wide;
        this.height = (int) high;
        this.scheduler = family == Family.STABLE_DIFFUSION_3
                ? schedule.withTokens(tokens(settingsOfNetwork.count("patch_size", 2)))
                : schedule;
        this.prompts = family.prompts(folder, height, width, index, threads);
        this.denoiser = new OpenOnce<>(this::openDenoiser);
    }

    /**
     * Opens a pipeline with the default settings.
     *
     * @throws PipelineException if a file is missing or invalid
     */
    public static DiffusionPipeline open(Path folder) {
        return builder(folder).open();
    }

    /** Returns a builder. */
    public static DiffusionPipelineBuilder builder(Path folder) {
        return new DiffusionPipelineBuilder(folder);
    }

    private static Family family(Configuration index) {
        String declared = index.text("_class_name");
        String name = declared.replaceFirst("^ORT", "");
        for (String task : TASKS) {
            name = name.replace(task, "");
        }
        for (Family family : Family.values()) {
            if (family.className.equals(name)) {
                return family;
            }
        }
        throw PipelineException.field(
                Kind.UNSUPPORTED,
                index.file(),
                "_class_name",
                "is " + declared + "; supported are "
                        + Arrays.stream(Family.values())
                                .map(family -> family.className)
                                .collect(Collectors.joining(", "))
                        + ". Open the network of another pipeline with OnnxDenoiser");
    }

    private static SchedulerConfig scheduler(Path file) {
        Configuration.read(file);
        try {
            return SchedulerConfig.read(file);
        } catch (InvalidArgumentException e) {
            // The setting is the file and its field, or the phrase "the file" for errors in the text.
            String field = e.violation().setting().substring((file + ": ").length());
            if (field.equals("the file")) {
                throw PipelineException.file(
                        Kind.UNREADABLE,
                        file,
                        e.violation().withSetting("the text").message(),
                        e);
            }
            String complaint = e.violation().withSetting("").message().strip();
            throw PipelineException.field(
                    field.equals("_class_name") ? Kind.UNSUPPORTED : Kind.INVALID_FIELD, file, field, complaint, e);
        }
    }

    /** Returns the number of patches that the transformer divides latents into. Latents beyond the last whole patch do not count. */
    private int tokens(int patch) {
        return Math.max(1, (latentHeight() / patch) * (latentWidth() / patch));
    }

    private void requireChannels(Configuration network) {
        int channels = network.count("in_channels");
        if (channels != autoencoder.channels()) {
            throw PipelineException.field(
                    Kind.INVALID_FIELD,
                    network.file(),
                    "in_channels",
                    "is " + channels + ", but 'latent_channels' of " + autoencoder.configuration() + " is "
                            + autoencoder.channels()
                            + "; networks with more inputs than the latents are not supported");
        }
    }

    private int requireMultiple(String name, int pixels) {
        int step = autoencoder.downsampling();
        if (pixels % step != 0) {
            throw PipelineException.input(
                    Kind.INVALID_IMAGE,
                    name + " must be a multiple of " + step + ", was " + pixels + "; choose "
                            + (pixels < step ? "" : pixels / step * step + " or ") + (pixels / step + 1) * step);
        }
        return pixels;
    }

    private OnnxDenoiser openDenoiser() {
        OnnxModel.requireFile(network);
        OnnxDenoiserBuilder builder = OnnxDenoiser.builder(network)
                .scheduler(scheduler)
                .state(family.state)
                .time("timestep")
                .output("out_sample")
                .shape(autoencoder.channels(), latentHeight(), latentWidth())
                .threads(threads)
                .memory(memory)
                .moments(dimension -> new Moments(new double[dimension], Covariance.isotropic(1)));
        prompts.none().forEach(builder::condition);
        prompts.constants().forEach(builder::input);
        if (fixedRows > 0) {
            builder.fixedRows(fixedRows);
        }
        return builder.open();
    }

    /** Returns the width of images in pixels. */
    public int width() {
        return width;
    }

    /** Returns the height of images in pixels. */
    public int height() {
        return height;
    }

    private int latentWidth() {
        return width / autoencoder.downsampling();
    }

    private int latentHeight() {
        return height / autoencoder.downsampling();
    }

    /** Returns the configuration of the scheduler, with the noise schedule and its range. */
    public SchedulerConfig scheduler() {
        return scheduler;
    }

    /**
     * Returns the condition of a prompt: its embeddings, those of the negative prompt, and the guidance weight. Use one condition for all samples
     * of a prompt; its tensors are then shared.
     *
     * @throws PipelineException if the prompt is too long or the text encoder cannot be opened
     */
    public Condition condition(Prompt prompt) {
        Condition own = Condition.ofTensors(prompts.encode(prompt.text())).withGuidance(prompt.guidance());
        String negative = prompt.negative();
        return negative == null ? own : own.withNegative(Condition.ofTensors(prompts.encode(negative)));
    }

    /**
     * Checks the networks that make images from prompts: that their files exist, and that the decoder, which is opened, has the inputs and
     * outputs for images of this size. Without this call, errors are found when a network is first used, which for the decoder is after
     * sampling. The encoder for given images is not checked.
     *
     * @throws PipelineException if a network is missing, or the decoder cannot be opened or does not fit
     */
    public void requireNetworks() {
        OnnxModel.requireFile(network);
        prompts.encoders().forEach(TextEncoder::requireFile);
        autoencoder.requireDecoder(latentHeight(), latentWidth());
    }

    /**
     * Closes tokenizers and text encoders, which often need as much memory as the denoising network. They open again at the next
     * {@link #condition}.
     */
    public void releaseTextEncoders() {
        prompts.release();
    }

    /**
     * Returns the denoiser of scaled latents, with guidance.
     *
     * @throws io.scoreflux.model.ModelException if the network does not fit the configuration
     */
    public Denoiser denoiser() {
        return denoiser.use(Guidance::of);
    }

    /** Returns a builder of samplers on the noise range of the schedule. */
    public SamplerBuilder sampler() {
        return sampler(denoiser());
    }

    /**
     * Returns a builder of samplers that keep a part of an image.
     *
     * @param known see {@link #known}
     */
    public SamplerBuilder sampler(Observation known) {
        return sampler(known.of(denoiser()));
    }

    private SamplerBuilder sampler(Denoiser latents) {
        return Sampler.builder(latents).noiseRange(scheduler.fromSigma(), scheduler.toSigma());
    }

    /**
     * Returns the noise level for changes of a given image, as in {@code diffusers}: {@code strength} is the fraction of all timesteps that the
     * sampler still passes. Build a sampler on the range from this level, and pass the latents of the image to {@link Sampler#renoise}.
     *
     * <p>The timesteps of a discrete chain are its levels. Those of flow matching are equidistant in t before the shift. A schedule without
     * timesteps, as in EDM, has the levels of Karras et al. (2022, arXiv 2206.00364, equation 5): equidistant in {@code sigma^(1/7)}.
     *
     * @param strength in (0, 1]; 1 replaces the image
     */
    public double noiseLevel(double strength) {
        if (!(strength > 0 && strength <= 1)) {
            throw PipelineException.input(
                    Kind.INVALID_IMAGE, "strength must be greater than 0 and at most 1, was " + strength);
        }
        NoiseSchedule schedule = scheduler.schedule();
        double from = scheduler.fromSigma();
        double to = scheduler.toSigma();
        double level = switch (schedule.name()) {
            case "flow" -> {
                // The range without a shift is that of the timesteps 999 to 1, and the shift multiplies its ends.
                double unshifted = Math.sqrt(from / to);
                yield Math.sqrt(from * to) * schedule.sigma(strength * schedule.time(unshifted));
            }
            case "edm" -> {
                double last = Math.pow(to, 1 / KARRAS_RHO);
                yield Math.pow(last + strength * (Math.pow(from, 1 / KARRAS_RHO) - last), KARRAS_RHO);
            }
            default -> schedule.ofTimestep(strength * schedule.timestep(from));
        };
        return Math.min(from, Math.max(2 * to, level));
    }

    /**
     * Decodes samples, one at a time on {@link Schedulers#boundedElastic()}, in order. The subscriber's demand reaches the sampler as it is:
     * only the images that it requested, and their samples, are computed, and these samples share calls of the network. Samples wait for
     * the decoder as latents.
     */
    public Flux<DecodedImage> images(Flux<Sample> samples) {
        return images(samples, 1, Schedulers.boundedElastic());
    }

    /**
     * Decodes samples in order.
     *
     * @param concurrency the maximum number of samples that are being decoded or wait for an earlier one after it, at least 1
     * @param scheduler the scheduler whose workers decode
     */
    public Flux<DecodedImage> images(Flux<Sample> samples, int concurrency, Scheduler scheduler) {
        if (concurrency < 1) {
            throw new InvalidArgumentException("concurrency", "must be at least 1", concurrency);
        }
        return new OrderedMap<>(samples, this::decode, concurrency, Objects.requireNonNull(scheduler, "scheduler"));
    }

    /** Decodes a sample. A sample that failed has no image; see {@link DecodedImage#failed}. */
    public DecodedImage decode(Sample sample) {
        return new DecodedImage(sample, sample.failed() ? null : decode(sample.values()));
    }

    private FloatTensor decode(double[] latents) {
        int expected = autoencoder.channels() * latentWidth() * latentHeight();
        if (latents.length != expected) {
            throw PipelineException.input(
                    Kind.INVALID_IMAGE,
                    "latents must be " + expected + " numbers for an image of " + width + " x " + height + ", were "
                            + latents.length);
        }
        for (int i = 0; i < latents.length; i++) {
            if (!Double.isFinite(latents[i])) {
                throw PipelineException.input(
                        Kind.INVALID_IMAGE, "latents must be finite, number " + i + " was " + latents[i]);
            }
        }
        return autoencoder.decode(latents, latentHeight(), latentWidth());
    }

    /**
     * Returns the scaled latents of an image: the mean of the encoder's distribution.
     *
     * @param image an image of the size of the pipeline; transparency is ignored
     */
    public double[] encode(BufferedImage image) {
        requireSize("the image", image);
        int pixels = width * height;
        float[] colours = new float[3 * pixels];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int rgb = image.getRGB(x, y);
                for (int channel = 0; channel < 3; channel++) {
                    int value = (rgb >> (16 - 8 * channel)) & 255;
                    colours[channel * pixels + y * width + x] = value / 127.5f - 1;
                }
            }
        }
        return autoencoder.encode(new FloatTensor(new long[] {1, 3, height, width}, colours));
    }

    /**
     * Returns the observation of the latents of an image outside of a mask, for {@link #sampler(Observation)}. A latent is known if its whole cell
     * of pixels is outside of the mask. The result is an approximation; see {@link Observation}.
     *
     * @param image an image of the size of the pipeline
     * @param mask an image of the same size, bright where new content is drawn
     */
    public Observation known(BufferedImage image, BufferedImage mask) {
        requireSize("the mask", mask);
        double[] latents = encode(image);
        int cell = autoencoder.downsampling();
        int perChannel = latentWidth() * latentHeight();
        List<Integer> indices = new ArrayList<>();
        for (int i = 0; i < latents.length; i++) {
            int place = i % perChannel;
            if (isDark(mask, place % latentWidth() * cell, place / latentWidth() * cell, cell)) {
                indices.add(i);
            }
        }
        if (indices.size() == latents.length) {
            throw PipelineException.input(
                    Kind.INVALID_IMAGE,
                    "the mask must be bright somewhere, where new content is drawn; paint it there");
        }
        if (indices.isEmpty()) {
            throw PipelineException.input(
                    Kind.INVALID_IMAGE,
                    "the mask must be dark somewhere, to keep a part of the image; sample without it");
        }
        int[] known = indices.stream().mapToInt(Integer::intValue).toArray();
        double[] values = indices.stream().mapToDouble(i -> latents[i]).toArray();
        return Observation.pixels(known, values, 0);
    }

    private static boolean isDark(BufferedImage mask, int left, int top, int cell) {
        for (int y = top; y < top + cell; y++) {
            for (int x = left; x < left + cell; x++) {
                int rgb = mask.getRGB(x, y);
                if (((rgb >> 16) & 255) + ((rgb >> 8) & 255) + (rgb & 255) >= 3 * 128) {
                    return false;
                }
            }
        }
        return true;
    }

    private void requireSize(String name, BufferedImage image) {
        if (image.getWidth() != width || image.getHeight() != height) {
            throw PipelineException.input(
                    Kind.INVALID_IMAGE,
                    name + " must be " + width + " x " + height + " pixels, was " + image.getWidth() + " x "
                            + image.getHeight() + "; scale it, or open the pipeline with its size");
        }
    }

    /** Waits for running calls and closes all networks. Streams that have not ended then fail, and later calls are refused. */
    @Override
    public void close() {
        OpenOnce.all(prompts::close, denoiser::close, autoencoder::close);
    }
}
