package io.scoreflux.cli.option;

import io.scoreflux.error.Violation;
import io.scoreflux.files.targets.NetworkCalls;
import io.scoreflux.files.text.UserError;
import io.scoreflux.solve.Solver;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of the command that draws images from prompts. */
public final class ImageOptions {
    /** The tolerance without --tolerance: smaller errors are invisible in an image. */
    private static final double DEFAULT_TOLERANCE = 1e-2;

    private static final int MAX_SIZE = 1 << 14;

    @Option(
            names = "--pipeline",
            required = true,
            paramLabel = "DIR",
            description = "Folder of the pipeline: model_index.json, scheduler, tokenizer, text_encoder, unet,"
                    + " vae_decoder and, for --init, vae_encoder, exported to ONNX")
    public Path pipeline = Path.of("");

    @Option(
            names = "--prompt",
            required = true,
            paramLabel = "TEXT",
            description = "Prompt; may be given several times. Consecutive images take the prompts in turn")
    public List<String> prompts = List.of();

    @Option(
            names = "--negative",
            paramLabel = "TEXT",
            description = "Negative prompt: what images should not show (default: that of the pipeline)")
    @Nullable
    public String negative;

    @Option(
            names = "--guidance",
            paramLabel = "W",
            defaultValue = "7.5",
            description = "Weight of classifier-free guidance; at 1 the negative prompt has no effect, and an image"
                    + " takes half the evaluations (default: 7.5)")
    public double guidance;

    @Option(names = "--count", paramLabel = "N", description = "Number of images (default: one for each prompt)")
    @Nullable
    Long count;

    @Option(
            names = "--first-index",
            paramLabel = "I",
            defaultValue = "0",
            description = "Index of the first image (default: 0)")
    public long firstIndex;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "0",
            description = "Seed of the random numbers; seed and index determine an image (default: 0)")
    public long seed;

    @Option(
            names = "--size",
            paramLabel = "WIDTHxHEIGHT",
            description = "Size of images in pixels (default: the size on which the network was trained)")
    @Nullable
    public String size;

    @Option(names = "--solver", paramLabel = "NAME", description = "Solver: ${bundle:solver-names}")
    String solver = SolverChoice.DEFAULT;

    @Option(
            names = "--tolerance",
            paramLabel = "E",
            description = "Tolerance of solvers that have one, relative to the radius of the latents (default: 0.01)")
    @Nullable
    Double tolerance;

    @Option(
            names = "--budget",
            paramLabel = "CALLS",
            description = "Number of denoiser calls per image; with guidance, each call evaluates the network twice")
    @Nullable
    Integer budget;

    @Option(
            names = "--init",
            paramLabel = "FILE",
            converter = FileName.class,
            description = "Image to image: starts from this image, of the size of the results, with noise added")
    @Nullable
    public Path init;

    @Option(
            names = "--strength",
            paramLabel = "S",
            description = "With --init: the part of the noise that is added, greater than 0 and at most 1; 1 replaces"
                    + " the image (default: 0.8; with --mask: 1)")
    @Nullable
    public Double strength;

    @Option(
            names = "--mask",
            paramLabel = "FILE",
            converter = FileName.class,
            description = "With --init: draws new content where this image is bright, and keeps the rest")
    @Nullable
    public Path mask;

    @Mixin
    private final CallOptions calls = new CallOptions();

    @Mixin
    private final WorkerOptions workers = new WorkerOptions();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Folder for the images, which are named by their index: 000000.png. It is created if it does"
                    + " not exist; files of the same name are replaced")
    public Path out = Path.of("");

    @Option(names = "--quiet", description = "Suppresses progress and the table")
    public boolean quiet;

    /** Checks the options that do not depend on the pipeline. */
    public void check() {
        workers.check();
        if (out.toString().isEmpty()) {
            throw new UserError("--out must name a folder");
        }
        OptionRules.atLeast("--count", count(), 1);
        OptionRules.indices(firstIndex, count());
        OptionRules.guidance(guidance);
        if (guidance == 1 && negative != null) {
            throw OptionRules.withoutGuidance("--negative");
        }
        calls.check();
        if (init == null && (mask != null || strength != null)) {
            throw new UserError(
                    (mask != null ? "--mask" : "--strength") + " needs the image that --init names; give both");
        }
        if (strength != null && !(strength > 0 && strength <= 1)) {
            throw new UserError("--strength must be greater than 0 and at most 1, was " + Violation.text(strength)
                    + "; 1 replaces the image");
        }
        size();
        solver();
    }

    /** The number of images. */
    public long count() {
        return count == null ? prompts.size() : count;
    }

    /** The calls of the network. */
    public NetworkCalls calls() {
        return calls.calls();
    }

    /** Width and height in pixels, or null for the default. */
    public int @Nullable [] size() {
        String given = size;
        if (given == null) {
            return null;
        }
        String[] parts = given.split("x", 3);
        int[] pixels = new int[2];
        for (int i = 0; i < 2; i++) {
            boolean isNumber = parts.length == 2 && parts[i].matches("[0-9]{1,6}");
            pixels[i] = isNumber ? Integer.parseInt(parts[i]) : 0;
            if (pixels[i] < 1 || pixels[i] > MAX_SIZE) {
                throw new UserError("--size must be WIDTHxHEIGHT in pixels, such as 512x512, each from 1 to " + MAX_SIZE
                        + ", was " + ArgumentErrors.shown(given) + "; leave it out for the size of the training");
            }
        }
        return pixels;
    }

    /** The solver. */
    public Solver solver() {
        boolean isUsual = tolerance == null
                && budget == null
                && SolverChoice.names().contains(solver)
                && SolverChoice.isAdaptive(solver);
        return SolverChoice.of(solver, isUsual ? Double.valueOf(DEFAULT_TOLERANCE) : tolerance, budget, null);
    }

    /** The workers, which the caller must close. */
    public Workers workers() {
        return workers.workers();
    }
}
