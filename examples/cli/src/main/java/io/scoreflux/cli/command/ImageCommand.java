package io.scoreflux.cli.command;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.cli.option.ImageOptions;
import io.scoreflux.cli.option.Workers;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Output;
import io.scoreflux.cli.output.Png;
import io.scoreflux.cli.output.Progress;
import io.scoreflux.diffusion.DecodedImage;
import io.scoreflux.diffusion.DiffusionPipeline;
import io.scoreflux.diffusion.DiffusionPipelineBuilder;
import io.scoreflux.diffusion.PipelineException;
import io.scoreflux.diffusion.Prompt;
import io.scoreflux.files.targets.NetworkCalls;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.RunError;
import io.scoreflux.files.text.UserError;
import io.scoreflux.model.ModelException;
import io.scoreflux.state.Condition;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import reactor.core.publisher.Flux;

/** Draws images from prompts. */
@Command(
        name = "image",
        description = "Draws images from prompts with a latent diffusion pipeline, such as Stable Diffusion, that was"
                + " exported to ONNX.",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class ImageCommand implements Callable<Integer> {
    /** The strength of image to image without --strength, as in {@code diffusers}. */
    private static final double DEFAULT_STRENGTH = 0.8;

    /** The maximum number of rows of inputs, which begin at index 0. Only their references take memory. */
    private static final int MAX_INPUTS = 1 << 20;

    private final Console console;

    @Mixin
    private final ImageOptions options = new ImageOptions();

    public ImageCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        options.check();
        requireFolder();
        BufferedImage init = options.init == null ? null : image("--init", options.init);
        BufferedImage mask = options.mask == null ? null : image("--mask", options.mask);
        try (DiffusionPipeline pipeline = open();
                Workers workers = options.workers()) {
            requireSize("--init", init, pipeline);
            requireSize("--mask", mask, pipeline);
            pipeline.requireNetworks();
            double[] start = init == null || strength() == 1 ? null : start(pipeline, init);
            List<Condition> conditions = conditions(pipeline);
            SamplerBuilder builder = workers.compute(builder(pipeline, init, mask));
            // Not before the network is open, because opening it takes the embeddings of the empty prompt.
            pipeline.releaseTextEncoders();
            Sampler sampler = builder.seed(options.seed)
                    .solver(options.solver())
                    .conditions(index -> conditions.get((int) (index % conditions.size())))
                    .build();
            Flux<Sample> samples = samples(sampler, start);
            createFolder();
            return write(pipeline.images(samples));
        } catch (PipelineException | ModelException | IllegalArgumentException e) {
            throw new UserError(MessageText.of(e), e);
        }
    }

    /** The conditions of the prompts, which share the embeddings of the negative prompt. */
    private List<Condition> conditions(DiffusionPipeline pipeline) {
        String negative = options.negative;
        Condition other = negative == null
                ? null
                : Condition.ofTensors(condition(pipeline, "--negative", new Prompt(negative, 1))
                        .tensors());
        return options.prompts.stream()
                .map(prompt -> condition(pipeline, "--prompt", new Prompt(prompt, options.guidance)))
                .map(condition -> other == null ? condition : condition.withNegative(other))
                .toList();
    }

    private static Condition condition(DiffusionPipeline pipeline, String option, Prompt prompt) {
        return named(option, () -> pipeline.condition(prompt));
    }

    /** The result of a call. An error that does not concern a file of the pipeline becomes one of the option. */
    private static <T> T named(String option, Supplier<T> call) {
        try {
            return call.get();
        } catch (PipelineException e) {
            if (e.file() != null) {
                throw e;
            }
            throw new UserError(option + ": " + e.getMessage(), e);
        }
    }

    private DiffusionPipeline open() {
        DiffusionPipelineBuilder builder = DiffusionPipeline.builder(options.pipeline);
        int[] size = options.size();
        if (size != null) {
            builder.size(size[0], size[1]);
        }
        NetworkCalls calls = options.calls();
        if (calls.fixedRows() != null) {
            builder.fixedRows(calls.fixedRows());
        }
        if (calls.memory() != null) {
            builder.memory(calls.memory());
        }
        return named("--size", builder::open);
    }

    private static void requireSize(String option, @Nullable BufferedImage image, DiffusionPipeline pipeline) {
        if (image != null && (image.getWidth() != pipeline.width() || image.getHeight() != pipeline.height())) {
            throw new UserError(option + " must be an image of " + pipeline.width() + " x " + pipeline.height()
                    + " pixels, the size of the results, was " + image.getWidth() + " x " + image.getHeight()
                    + "; scale it, or give another --size");
        }
    }

    private SamplerBuilder builder(
            DiffusionPipeline pipeline, @Nullable BufferedImage init, @Nullable BufferedImage mask) {
        SamplerBuilder builder = init == null || mask == null
                ? sampler(pipeline::sampler)
                : sampler(() -> pipeline.sampler(named("--mask", () -> pipeline.known(init, mask))));
        double strength = strength();
        return init == null || strength == 1
                ? builder
                : builder.noiseRange(
                        pipeline.noiseLevel(strength), pipeline.scheduler().toSigma());
    }

    /** Opens the network. If --size is given, it is the likely reason why a trial call fails. */
    private SamplerBuilder sampler(Supplier<SamplerBuilder> open) {
        try {
            return open.get();
        } catch (ModelException e) {
            if (options.size == null || e.kind() != ModelException.Kind.CALL) {
                throw e;
            }
            throw new UserError(
                    "--size must be a size that the network accepts, was " + options.size
                            + "; leave it out for the size of the training, or give a larger one",
                    e);
        }
    }

    private double strength() {
        return options.strength != null ? options.strength : options.mask != null ? 1 : DEFAULT_STRENGTH;
    }

    /**
     * The latents of the given image. Rejects indices for which the rows of inputs, which begin at index 0, would take too much memory.
     */
    private double[] start(DiffusionPipeline pipeline, BufferedImage init) {
        long to = options.firstIndex + options.count();
        if (to > MAX_INPUTS) {
            throw new UserError("--init with a --strength below 1 takes indices below " + MAX_INPUTS + ", was "
                    + (to - 1) + "; lower --first-index or --count, or choose another --seed");
        }
        return pipeline.encode(init);
    }

    /** The samples, which start from noise, or from given latents with noise. */
    private Flux<Sample> samples(Sampler sampler, double @Nullable [] start) {
        long from = options.firstIndex;
        long to = from + options.count();
        if (start == null) {
            return sampler.samples(from, to);
        }
        double[][] inputs = new double[(int) to][];
        Arrays.fill(inputs, start);
        return sampler.renoise(inputs, (int) from, (int) to);
    }

    private int write(Flux<DecodedImage> images) {
        CertificateTable table = new CertificateTable(null);
        try (Progress progress = Progress.of(console.err(), options.count(), "images", options.quiet)) {
            Pump.run(images, 1, image -> {
                table.add(image.sample());
                if (!image.failed()) {
                    Path file = options.out.resolve(String.format(
                            Locale.ROOT, "%06d.png", image.sample().index()));
                    try (Output output = Output.open(console, "--out", file)) {
                        output.write(Png.of(image.toBufferedImage()));
                    }
                }
                progress.step();
            });
        } catch (IOException e) {
            throw new RunError("cannot write images: " + UserError.reason(e), e);
        } catch (PipelineException e) {
            throw new RunError(MessageText.of(e), e);
        }
        if (!options.quiet) {
            table.print(console.err());
            console.err().println("wrote " + (options.count() - table.failed()) + " images to " + options.out);
        }
        if (table.failed() > 0) {
            throw new RunError(
                    table.failed() + " of " + options.count() + " images failed, the first " + table.firstFailure(),
                    null);
        }
        return 0;
    }

    private void requireFolder() {
        if (Files.exists(options.out) && !Files.isDirectory(options.out)) {
            throw new UserError("--out must name a folder, was the file " + options.out + "; name another folder");
        }
    }

    private void createFolder() {
        try {
            Files.createDirectories(options.out);
        } catch (IOException e) {
            throw new UserError(
                    "--out: cannot create the folder " + options.out + ": " + UserError.reason(e)
                            + "; name another folder",
                    e);
        }
    }

    private static BufferedImage image(String option, Path file) {
        if (!Files.isRegularFile(file)) {
            throw new UserError(option + ": " + file
                    + (Files.isDirectory(file)
                            ? " is a directory; name a file in it"
                            : " does not exist; name an image"));
        }
        BufferedImage image;
        try {
            image = ImageIO.read(file.toFile());
        } catch (IOException e) {
            throw new UserError(option + ": cannot read " + file + ": " + UserError.reason(e) + "; save it again", e);
        }
        if (image == null) {
            throw new UserError(option + ": " + file + " is no image that can be read; convert it to PNG or JPEG");
        }
        return image;
    }
}
