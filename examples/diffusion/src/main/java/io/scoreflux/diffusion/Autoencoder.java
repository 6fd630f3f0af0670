package io.scoreflux.diffusion;

import io.scoreflux.diffusion.PipelineException.Kind;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The autoencoder of a latent diffusion model. The diffusion model works on scaled latents {@code z = (l - m) scale / std}, where l is the mean
 * that the encoder returns. m and std are {@code latents_mean} and {@code latents_std} of each channel; without them, m is the shift factor and
 * std is 1. Networks are opened at the first call.
 */
final class Autoencoder implements AutoCloseable {
    /** The output with mean and logarithm of the variance. */
    private static final String PARAMETERS = "latent_parameters";

    private final Path configuration;
    private final int channels;
    private final int downsampling;
    /** A latent is {@code z factors[c] + offsets[c]} in channel c. */
    private final double[] factors;

    private final double[] offsets;
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
        double scale = settings.number("scaling_factor", 0.18215);
        if (scale <= 0) {
            throw settings.invalid("scaling_factor", "must be greater than 0", settings.required("scaling_factor"));
        }
        double[] means = statistics(settings, "latents_mean", "latents_std", channels);
        double[] deviations = statistics(settings, "latents_std", "latents_mean", channels);
        double shift = settings.number("shift_factor", 0);
        this.factors = new double[channels];
        this.offsets = new double[channels];
        for (int channel = 0; channel < channels; channel++) {
            double deviation = deviations == null ? 1 : deviations[channel];
            if (!(deviation > 0)) {
                throw settings.invalid("latents_std", "must be greater than 0", settings.required("latents_std"));
            }
            factors[channel] = deviation / scale;
            // As in diffusers, the mean replaces the shift.
            offsets[channel] = means == null ? shift : means[channel];
        }
        this.decoder = new OpenOnce<>(() -> OnnxModel.open(folder.resolve("vae_decoder/model.onnx"), threads));
        this.encoder = new OpenOnce<>(() -> OnnxModel.open(folder.resolve("vae_encoder/model.onnx"), threads));
    }

    /** Returns a number for each channel, or null if there are none. The other field must exist too, or neither. */
    private static double @Nullable [] statistics(Configuration settings, String field, String other, int channels) {
        double[] numbers = settings.numbersOrNull(field);
        if (numbers == null && settings.has(other)) {
            throw PipelineException.field(
                    Kind.INVALID_FIELD,
                    settings.file(),
                    field,
                    "must be given together with '" + other + "'; export the autoencoder again");
        }
        if (numbers != null && numbers.length != channels) {
            throw settings.invalid(
                    field, "must have " + channels + " numbers, one for each channel", settings.required(field));
        }
        return numbers;
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

    /** Opens the decoder and requires that it declares the input and output of images whose latents have this size. */
    void requireDecoder(int height, int width) {
        decoder.use(model -> {
            String input = latents(model);
            String output = model.outputs().iterator().next();
            requireAxes(model, "input", input, model.inputShape(input), channels, height, width);
            long[] image = model.outputShape(output);
            boolean isGrey = image.length == 4 && image[1] == 1;
            requireAxes(model, "output", output, image, isGrey ? 1 : 3, height * downsampling, width * downsampling);
            return input;
        });
    }

    private static String latents(OnnxModel model) {
        return model.input("latent_sample", "latents", "sample");
    }

    /** Requires that a declared shape, whose axes may be dynamic, permits one image of a size. */
    private static void requireAxes(
            OnnxModel model, String what, String name, long[] declared, int channels, int height, int width) {
        long[] needed = {1, channels, height, width};
        boolean fits = declared.length == needed.length;
        for (int axis = 0; fits && axis < needed.length; axis++) {
            fits = declared[axis] < 0 || declared[axis] == needed[axis];
        }
        if (!fits) {
            throw mismatch(
                    model,
                    what + " '" + name + "' must be " + Arrays.toString(needed) + ", is " + Arrays.toString(declared));
        }
    }

    /**
     * Decodes scaled latents.
     *
     * @param latents row-major, channels first
     * @return colours from -1 to 1, channels first
     */
    FloatTensor decode(double[] latents, int height, int width) {
        int perChannel = height * width;
        float[] values = new float[latents.length];
        for (int i = 0; i < values.length; i++) {
            int channel = i / perChannel;
            values[i] = (float) (latents[i] * factors[channel] + offsets[channel]);
        }
        FloatTensor scaled = new FloatTensor(new long[] {1, channels, height, width}, values);
        return decoder.use(model -> {
            FloatTensor image =
                    model.run(latents(model), scaled, model.outputs().iterator().next());
            boolean isImage = hasSize(image, (long) height * downsampling, (long) width * downsampling)
                    && (image.shape()[1] == 1 || image.shape()[1] == 3);
            if (!isImage) {
                throw mismatch(
                        model,
                        "the image must be [1, 1 or 3, " + height * downsampling + ", " + width * downsampling
                                + "], was " + image);
            }
            for (float colour : image.values()) {
                if (!Float.isFinite(colour)) {
                    throw PipelineException.file(
                            Kind.INVALID_NETWORK,
                            model.file(),
                            "colours must be finite, one was " + colour
                                    + "; a usual cause is a decoder in half precision: export it in single precision",
                            null);
                }
            }
            return image;
        });
    }

    /**
     * Encodes an image.
     *
     * @param image colours from -1 to 1, channels first
     * @return scaled latents: those of the mean of the encoder's distribution
     */
    double[] encode(FloatTensor image) {
        return encoder.use(model -> {
            FloatTensor latents = means(model, image);
            int perChannel = latents.values().length / (int) latents.shape()[1];
            double[] scaled = new double[channels * perChannel];
            for (int i = 0; i < scaled.length; i++) {
                int channel = i / perChannel;
                scaled[i] = (latents.values()[i] - offsets[channel]) / factors[channel];
            }
            return scaled;
        });
    }

    /** Returns latents whose first channels are the mean of the encoder's distribution. */
    private FloatTensor means(OnnxModel model, FloatTensor image) {
        String output = model.outputs().contains(PARAMETERS)
                ? PARAMETERS
                : model.outputs().iterator().next();
        String input = model.input("sample");
        FloatTensor latents = model.run(input, image, output);
        boolean isLatents = hasSize(latents, image.shape()[2] / downsampling, image.shape()[3] / downsampling);
        // Mean and logarithm of the variance, in this order, or one of both: the mean, or a random draw.
        if (!isLatents || (latents.shape()[1] != channels && latents.shape()[1] != 2L * channels)) {
            throw mismatch(
                    model,
                    "the latents must be [1, " + channels + " or twice as many, " + image.shape()[2] / downsampling
                            + ", " + image.shape()[3] / downsampling + "], were " + latents);
        }
        if (latents.shape()[1] == channels
                && !Arrays.equals(
                        latents.values(), model.run(input, image, output).values())) {
            throw PipelineException.file(
                    Kind.INVALID_NETWORK,
                    model.file(),
                    "output '" + output
                            + "' must be the mean of the latents, is a random draw of them; export the encoder"
                            + " with the output " + PARAMETERS,
                    null);
        }
        return latents;
    }

    private static boolean hasSize(FloatTensor tensor, long height, long width) {
        long[] shape = tensor.shape();
        return shape.length == 4 && shape[0] == 1 && shape[2] == height && shape[3] == width;
    }

    private static PipelineException mismatch(OnnxModel model, String complaint) {
        return PipelineException.file(
                Kind.INVALID_NETWORK, model.file(), complaint + "; use the network that belongs to config.json", null);
    }

    /** Closes the networks. */
    @Override
    public void close() {
        OpenOnce.all(decoder::close, encoder::close);
    }
}
