package io.scoreflux.cli.command;

import io.scoreflux.Request;
import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.cli.option.ImageOptions;
import io.scoreflux.cli.option.Workers;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Output;
import io.scoreflux.cli.output.Png;
import io.scoreflux.cli.output.Progress;
import io.scoreflux.cli.text.MessageText;
import io.scoreflux.cli.text.RunError;
import io.scoreflux.cli.text.UserError;
import io.scoreflux.diffusion.DecodedImage;
import io.scoreflux.diffusion.DiffusionPipeline;
import io.scoreflux.diffusion.DiffusionPipelineBuilder;
import io.scoreflux.diffusion.PipelineException;
import io.scoreflux.diffusion.Prompt;
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

    private final Console console;

    @Mixin
    private final ImageOptions options = new ImageOptions();

    public ImageCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        options.check();
        try (DiffusionPipeline pipeline = open();
                Workers workers = options.workers()) {
            List<Condition> conditions = options.prompts.stream()
                    .map(prompt -> pipeline.condition(new Prompt(prompt, options.negative, options.guidance)))
                    .toList();
            pipeline.releaseTextEncoders();
            BufferedImage init = options.init == null ? null : image("--init", options.init);
            SamplerBuilder builder = workers.compute(builder(pipeline, init));
            Sampler sampler = builder.seed(options.seed)
                    .solver(options.solver())
                    .condition(conditions.get(0))
                    .build();
            createFolder();
            return write(pipeline.images(samples(pipeline, sampler, init, conditions)));
        } catch (PipelineException | ModelException | IllegalArgumentException e) {
            throw new UserError(MessageText.of(e), e);
        }
    }

    private DiffusionPipeline open() {
        DiffusionPipelineBuilder builder = DiffusionPipeline.builder(options.pipeline);
        int[] size = options.size();
        if (size != null) {
            builder.size(size[0], size[1]);
        }
        if (options.fixedRows != null) {
            builder.fixedRows(options.fixedRows);
        }
        return builder.open();
    }

    private SamplerBuilder builder(DiffusionPipeline pipeline, @Nullable BufferedImage init) {
        Path mask = options.mask;
        SamplerBuilder builder = init == null || mask == null
                ? pipeline.sampler()
                : pipeline.sampler(pipeline.known(init, image("--mask", mask)));
        double strength = strength();
        return init == null || strength == 1
                ? builder
                : builder.noiseRange(
                        pipeline.noiseLevel(strength), pipeline.scheduler().toSigma());
    }

    private double strength() {
        return options.strength != null ? options.strength : options.mask != null ? 1 : DEFAULT_STRENGTH;
    }

    /** The samples, which start from noise, or from the given image with noise. All have their prompts in turn. */
    private Flux<Sample> samples(
            DiffusionPipeline pipeline, Sampler sampler, @Nullable BufferedImage init, List<Condition> conditions) {
        long from = options.firstIndex;
        long to = from + options.count();
        if (init == null || strength() == 1) {
            return sampler.samples(Flux.generate(() -> from, (index, sink) -> {
                if (index < to) {
                    Condition own = conditions.get((int) (index % conditions.size()));
                    sink.next(Request.of(options.seed, index).withCondition(own));
                } else {
                    sink.complete();
                }
                return index + 1;
            }));
        }
        if (conditions.size() > 1) {
            throw new UserError("--init with a --strength below 1 takes one --prompt, were " + conditions.size()
                    + "; run the command once for each");
        }
        if (to > Integer.MAX_VALUE) {
            throw new UserError("--init takes indices below " + Integer.MAX_VALUE + "; lower --first-index or --count");
        }
        double[][] inputs = new double[(int) to][];
        Arrays.fill(inputs, pipeline.encode(init));
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
        BufferedImage image;
        try {
            image = ImageIO.read(file.toFile());
        } catch (IOException e) {
            throw new UserError(option + ": cannot read " + file + ": " + UserError.reason(e), e);
        }
        if (image == null) {
            throw new UserError(option + ": " + file + " is no image that can be read; convert it to PNG or JPEG");
        }
        return image;
    }
}
