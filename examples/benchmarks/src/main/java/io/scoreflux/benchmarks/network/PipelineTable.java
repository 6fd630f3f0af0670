package io.scoreflux.benchmarks.network;

import ai.onnxruntime.OrtException;
import io.scoreflux.Request;
import io.scoreflux.Sampler;
import io.scoreflux.diffusion.DecodedImage;
import io.scoreflux.diffusion.DiffusionPipeline;
import io.scoreflux.diffusion.Prompt;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.state.Condition;
import io.scoreflux.state.ConditionTensor;
import io.scoreflux.stream.StreamListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** The images per second of the tiny pipeline through the stream, compared with a loop over ONNX Runtime, and the rows per call of mixed prompts. */
final class PipelineTable {
    private static final int ROUNDS = 15;
    private static final int IMAGES = 16;
    private static final int STEPS = 20;
    private static final double GUIDANCE = 3;
    private static final double SCALE = 1.158;

    private PipelineTable() {}

    static List<String> table(Path examples) {
        Path folder = examples.resolve("tiny-pipeline");
        try (DiffusionPipeline pipeline = DiffusionPipeline.open(folder)) {
            return List.of(throughput(folder, pipeline), occupancy(pipeline));
        } catch (OrtException e) {
            throw new IllegalStateException("the loop by hand failed", e);
        }
    }

    private static List<Condition> conditions(DiffusionPipeline pipeline) {
        return List.of("three", "seven", "zero", "eight").stream()
                .map(digit -> pipeline.condition(new Prompt("a photo of the digit " + digit, "", GUIDANCE)))
                .toList();
    }

    private static Sampler sampler(DiffusionPipeline pipeline, StreamListener listener) {
        return pipeline.sampler()
                .solver(new FixedStep(Scheme.EULER, STEPS))
                .stages(1)
                .concurrency(IMAGES)
                .listener(listener)
                .build();
    }

    private static Flux<Request> requests(List<Condition> conditions, long from) {
        return Flux.range(0, IMAGES)
                .map(k -> Request.of(0, from + k).withCondition(conditions.get(k % conditions.size())));
    }

    /** Both draw the same images: Euler steps on the same levels from the same noise. */
    private static String throughput(Path folder, DiffusionPipeline pipeline) throws OrtException {
        List<Condition> conditions = conditions(pipeline);
        String input = "encoder_hidden_states";
        List<ConditionTensor> prompts = new ArrayList<>();
        for (int k = 0; k < IMAGES; k++) {
            prompts.add(Objects.requireNonNull(
                    conditions.get(k % conditions.size()).tensors().get(input)));
        }
        ConditionTensor negative = Objects.requireNonNull(
                Objects.requireNonNull(conditions.get(0).negative()).tensors().get(input));
        Sampler sampler = sampler(pipeline, StreamListener.NONE);
        double[] sigmas = SigmaGrid.UNIFORM_LOG.levels(
                pipeline.scheduler().fromSigma(), pipeline.scheduler().toSigma(), STEPS);
        double[] ratios = new double[ROUNDS];
        double[] seconds = new double[ROUNDS];
        try (HandLoop hand = new HandLoop(folder, prompts, negative, 4, 8)) {
            for (int round = -3; round < ROUNDS; round++) {
                long from = (long) (round + 3) * IMAGES;
                double[] z = starts(from, Math.hypot(1, sigmas[0]));
                long start = System.nanoTime();
                double byHand = hand.run(z, sigmas, pipeline.scheduler().schedule(), GUIDANCE, SCALE);
                long middle = System.nanoTime();
                double streamed = 0;
                for (DecodedImage image : pipeline.images(
                                sampler.samples(requests(conditions, from)), 1, Schedulers.immediate())
                        .toIterable()) {
                    for (float colour : image.colours()) {
                        streamed += colour;
                    }
                }
                long end = System.nanoTime();
                if (Math.abs(streamed - byHand) > 1e-3 * Math.abs(byHand)) {
                    throw new IllegalStateException("the two ways differ: " + streamed + " and " + byHand);
                }
                if (round >= 0) {
                    ratios[round] = (double) (middle - start) / (end - middle);
                    seconds[round] = (end - middle) / 1e9;
                }
            }
        }
        Arrays.sort(ratios);
        Arrays.sort(seconds);
        return String.format(
                Locale.ROOT,
                "%d images of %d steps with guidance: %.1f images a second, ratio to the loop by hand %.3f"
                        + " (%.3f to %.3f in the middle half)",
                IMAGES,
                STEPS,
                IMAGES / seconds[ROUNDS / 2],
                ratios[ROUNDS / 2],
                ratios[ROUNDS / 4],
                ratios[3 * ROUNDS / 4]);
    }

    private static double[] starts(long from, double std) {
        double[] z = new double[IMAGES * 256];
        for (int k = 0; k < IMAGES; k++) {
            new NoiseSource(0).normals(Purpose.START, from + k).fill(z, k * 256, 256);
        }
        for (int i = 0; i < z.length; i++) {
            z[i] *= std;
        }
        return z;
    }

    /** Prompts with and without guidance share calls: a row without guidance takes one evaluation, one with it takes two. */
    private static String occupancy(DiffusionPipeline pipeline) {
        List<Condition> mixed = new ArrayList<>(conditions(pipeline));
        mixed.replaceAll(condition -> mixed.indexOf(condition) % 2 == 0 ? condition : condition.withGuidance(1));
        AtomicLong calls = new AtomicLong();
        AtomicLong rows = new AtomicLong();
        Sampler sampler = sampler(pipeline, new StreamListener() {
            @Override
            public void called(int count, long waited) {
                calls.incrementAndGet();
                rows.addAndGet(count);
            }
        });
        sampler.samples(requests(mixed, 0)).blockLast();
        return String.format(
                Locale.ROOT,
                "%d images, four prompts, half of them with guidance: %d calls, %.1f of %d trajectories in a call",
                IMAGES,
                calls.get(),
                (double) rows.get() / calls.get(),
                IMAGES);
    }
}
