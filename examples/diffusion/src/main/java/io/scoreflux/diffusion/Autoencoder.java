package io.scoreflux.diffusion;

import io.scoreflux.diffusion.PipelineException.Kind;
import java.nio.file.Path;

/**
 * The autoencoder of a latent diffusion model. The diffusion model works on scaled latents {@code z = (l - shift) scale}, where l is the mean that
 * the encoder returns. Networks are opened at the first call.
 */
final class Autoencoder implements AutoCloseable {
    private final Path configuration;
    private final int channels;
    private final int downsampling;
    private final double scale;
    private final double shift;
    private final OpenOnce<OnnxModel> decoder;
    private final OpenOnce<OnnxModel> encoder;

    Autoencoder(Path folder, int threads) {
        Configuration settings = Configuration.read(folder.resolve("vae_decoder/config.json"));
        this.configuration = settings.file();
        this.channels = settings.count("latent_channels");
        int levels = settings.length("block_out_channels");
        if (levels > 8) {
            throw settings.invalid(
                    "block_out_channels", "must have at most 8 entries", settings.required("block_out_channels"));
        }
        this.downsampling = 1 << (levels - 1);
        this.scale = settings.number("scaling_factor", 0.18215);
        this.shift = settings.number("shift_factor", 0);
        if (scale <= 0) {
            throw settings.invalid("scaling_factor", "must be greater than 0", settings.required("scaling_factor"));
        }
        this.decoder = new OpenOnce<>(() -> OnnxModel.open(folder.resolve("vae_decoder/model.onnx"), threads));
        this.encoder = new OpenOnce<>(() -> OnnxModel.open(folder.resolve("vae_encoder/model.onnx"), threads));
    }

    /** Returns the number of channels of latents. */
    int channels() {
        return channels;
    }

    /** Returns the number of pixels for each latent, along one axis. */
    int downsampling() {
        return downsampling;
    }

    /** Returns the file with the settings. */
    Path configuration() {
        return configuration;
    }

    /**
     * Decodes scaled latents.
     *
     * @param latents row-major, channels first
     * @return colours from -1 to 1, channels first
     */
    FloatTensor decode(double[] latents, int height, int width) {
        OnnxModel model = decoder.get();
        float[] values = new float[latents.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (latents[i] / scale + shift);
        }
        String input = model.input("latent_sample", "latents", "sample");
        FloatTensor image =
                model.run(input, new FloatTensor(new long[] {1, channels, height, width}, values), output(model));
        if (image.shape().length != 4
                || image.shape()[2] != (long) height * downsampling
                || image.shape()[3] != (long) width * downsampling) {
            throw PipelineException.file(
                    Kind.INVALID_NETWORK,
                    model.file(),
                    "the image must be " + downsampling + " times as large as the latents, is " + image
                            + "; use the network that belongs to config.json",
                    null);
        }
        return image;
    }

    /**
     * Encodes an image.
     *
     * @param image colours from -1 to 1, channels first
     * @return scaled latents: those of the mean of the encoder's distribution
     */
    double[] encode(FloatTensor image) {
        OnnxModel model = encoder.get();
        FloatTensor latents = model.run(model.input("sample"), image, output(model));
        int all = latents.values().length;
        long perChannel = latents.shape()[2] * latents.shape()[3];
        // Some exports return the mean, others mean and logarithm of the variance, in this order.
        if (latents.shape()[1] != channels && latents.shape()[1] != 2L * channels) {
            throw PipelineException.file(
                    Kind.INVALID_NETWORK,
                    model.file(),
                    "the latents must have " + channels + " channels, or twice as many with variances, were " + latents
                            + "; use the network that belongs to config.json",
                    null);
        }
        double[] scaled = new double[(int) Math.min(all, channels * perChannel)];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = (latents.values()[i] - shift) * scale;
        }
        return scaled;
    }

    private static String output(OnnxModel model) {
        return model.outputs().iterator().next();
    }

    /** Closes the networks. */
    @Override
    public void close() {
        decoder.close();
        encoder.close();
    }
}
