package io.scoreflux.benchmarks.network;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.scoreflux.noise.NoiseSchedule;
import io.scoreflux.state.ConditionTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Draws images with the tiny pipeline as one would by hand: Euler steps in the noise level with both branches of guidance in one call, then the
 * decoder for each image. The tensors of calls are created once.
 */
final class HandLoop implements AutoCloseable {
    private final OrtSession unet;
    private final OrtSession decoder;
    private final int rows;
    private final int dimension;
    private final FloatBuffer states;
    private final FloatBuffer timestep;
    private final FloatBuffer predictions;
    private final Map<String, OnnxTensor> inputs;
    private final Map<String, OnnxTensor> output;
    private final long[] shape;
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();

    /**
     * Opens both networks.
     *
     * @param prompts the embeddings of each row's prompt
     * @param negative the embeddings of the other branch
     * @param channels the number of channels of latents
     * @param side the width and height of latents
     */
    HandLoop(Path pipeline, List<ConditionTensor> prompts, ConditionTensor negative, int channels, int side)
            throws OrtException {
        this.rows = prompts.size();
        this.dimension = channels * side * side;
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            this.unet = environment.createSession(
                    pipeline.resolve("unet/model.onnx").toString(), options);
            this.decoder = environment.createSession(
                    pipeline.resolve("vae_decoder/model.onnx").toString(), options);
        }
        this.states = floats(2 * rows * dimension);
        this.timestep = floats(1);
        this.predictions = floats(2 * rows * dimension);
        FloatBuffer embeddings = floats(2 * rows * negative.size());
        for (int row = 0; row < rows; row++) {
            embeddings.put(prompts.get(row).values());
        }
        for (int row = 0; row < rows; row++) {
            embeddings.put(negative.values());
        }
        embeddings.flip();
        long[] shape = {2L * rows, channels, side, side};
        long[] text = {2L * rows, negative.shape().get(0), negative.shape().get(1)};
        this.inputs = Map.of(
                "sample", OnnxTensor.createTensor(environment, states, shape),
                "timestep", OnnxTensor.createTensor(environment, timestep, new long[0]),
                "encoder_hidden_states", OnnxTensor.createTensor(environment, embeddings, text));
        this.output = Map.of("out_sample", OnnxTensor.createTensor(environment, predictions, shape));
        this.shape = new long[] {1, channels, side, side};
    }

    /**
     * Moves states z along noise levels, and decodes the ends.
     *
     * @param z the states, row-major; overwritten
     * @param sigmas the noise levels
     * @param scale the factor of latents
     * @return the sum of all colours, so that no work can be skipped
     */
    double run(double[] z, double[] sigmas, NoiseSchedule schedule, double guidance, double scale) throws OrtException {
        for (int step = 0; step + 1 < sigmas.length; step++) {
            double sigma = sigmas[step];
            double alpha = schedule.alpha(sigma);
            for (int i = 0; i < z.length; i++) {
                float x = (float) (alpha * z[i]);
                states.put(i, x);
                states.put(z.length + i, x);
            }
            timestep.put(0, (float) schedule.timestep(sigma));
            unet.run(inputs, output).close();
            for (int i = 0; i < z.length; i++) {
                double other = predictions.get(z.length + i);
                double noise = other + guidance * (predictions.get(i) - other);
                z[i] += (sigmas[step + 1] - sigma) * noise;
            }
        }
        double sum = 0;
        float[] latents = new float[dimension];
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < dimension; i++) {
                latents[i] = (float) (z[row * dimension + i] / scale);
            }
            try (OnnxTensor one = OnnxTensor.createTensor(environment, FloatBuffer.wrap(latents), shape);
                    OrtSession.Result image = decoder.run(Map.of("latent_sample", one))) {
                FloatBuffer colours = ((OnnxTensor) image.get(0)).getFloatBuffer();
                while (colours.hasRemaining()) {
                    sum += (colours.get() + 1) / 2;
                }
            }
        }
        return sum;
    }

    private static FloatBuffer floats(int length) {
        return ByteBuffer.allocateDirect(length * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    @Override
    public void close() throws OrtException {
        inputs.values().forEach(OnnxTensor::close);
        output.values().forEach(OnnxTensor::close);
        unet.close();
        decoder.close();
    }
}
