package io.scoreflux.cli;

import io.scoreflux.cli.plot.Picture;
import io.scoreflux.model.Covariance;
import io.scoreflux.model.Moments;
import io.scoreflux.model.Parametrization;
import io.scoreflux.model.TimeInput;
import io.scoreflux.model.onnx.OnnxDenoiser;
import io.scoreflux.model.onnx.OnnxDenoiserBuilder;
import io.scoreflux.model.onnx.OnnxModelException;
import io.scoreflux.noise.NoiseSchedule;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads targets that are trained networks in ONNX files. */
final class OnnxTargets {
    private static final List<String> FIELDS = List.of(
            "type",
            "file",
            "parametrization",
            "schedule",
            "shape",
            "state",
            "time",
            "time-means",
            "output",
            "label",
            "classes",
            "inputs",
            "mean",
            "variance",
            "radius",
            "from-sigma",
            "to-sigma");
    private static final List<String> SCHEDULES = List.of("ve", "vp-linear", "vp-cosine", "flow");

    private static final double FROM_SIGMA = 80;
    private static final double TO_SIGMA = 0.002;
    /** The usual range of a network's pixels, from paper to ink. */
    private static final double PAPER = -1;

    private static final double INK = 1;

    private OnnxTargets() {}

    /**
     * The network that a target file names.
     *
     * @param fixedRows rows in each call of the model, or null for as many as are asked for
     */
    static Target read(Path file, JsonFields fields, @Nullable Integer fixedRows) {
        fields.allow(FIELDS);
        Path model = file.resolveSibling(UserError.path(file + ": file", fields.text("file")));
        OnnxDenoiserBuilder builder = OnnxDenoiser.builder(model)
                .parametrization(named(fields, "parametrization", Parametrization.values()))
                .schedule(schedule(fields))
                .state(textOr(fields, "state", "x"))
                .time(
                        textOr(fields, "time", "sigma"),
                        fields.has("time-means") ? named(fields, "time-means", TimeInput.values()) : TimeInput.SIGMA)
                .output(textOr(fields, "output", "y"));
        if (fields.has("shape")) {
            builder.shape(shape(fields));
        }
        label(fields, builder);
        if (fields.has("inputs")) {
            JsonFields inputs = fields.object("inputs");
            inputs.names().forEach(name -> builder.input(name, inputs.flat(name)));
        }
        if (fixedRows != null) {
            builder.fixedRows(fixedRows);
        }
        moments(fields, builder);
        double from = fields.has("from-sigma") ? fields.positive("from-sigma") : FROM_SIGMA;
        double to = fields.has("to-sigma") ? fields.positive("to-sigma") : TO_SIGMA;
        if (!(from > to)) {
            throw fields.error("from-sigma", "must be greater than to-sigma " + to + ", was " + from);
        }
        OptionalDouble radius =
                fields.has("radius") ? OptionalDouble.of(fields.positive("radius")) : OptionalDouble.empty();
        OnnxDenoiser denoiser = open(file, builder);
        return new Target(denoiser, radius, from, to, picture(denoiser.shape()));
    }

    private static OnnxDenoiser open(Path file, OnnxDenoiserBuilder builder) {
        try {
            return builder.open();
        } catch (OnnxModelException | IllegalArgumentException e) {
            throw new UserError(file + ": " + e.getMessage(), e);
        } catch (LinkageError e) {
            throw new UserError(
                    file + ": ONNX Runtime has no library for this machine, " + System.getProperty("os.name") + " on "
                            + System.getProperty("os.arch") + ": " + e.getMessage()
                            + "; run on Linux, on Windows x64 or on a Mac with an Apple processor",
                    e);
        }
    }

    private static NoiseSchedule schedule(JsonFields fields) {
        if (!fields.has("schedule")) {
            return NoiseSchedule.ve();
        }
        JsonFields schedule = fields.object("schedule");
        String type = schedule.text("type");
        schedule.allow(type.equals("vp-linear") ? List.of("type", "beta-min", "beta-max") : List.of("type"));
        return switch (type) {
            case "ve" -> NoiseSchedule.ve();
            case "vp-cosine" -> NoiseSchedule.vpCosine();
            case "flow" -> NoiseSchedule.flow();
            case "vp-linear" -> {
                double betaMin = schedule.has("beta-min") ? schedule.positive("beta-min") : 0.1;
                double betaMax = schedule.has("beta-max") ? schedule.positive("beta-max") : 20;
                yield schedule.checked("beta-max", "", () -> NoiseSchedule.vpLinear(betaMin, betaMax));
            }
            default ->
                throw schedule.error(
                        "type",
                        "'" + type + "' is unknown" + Names.hint(type, SCHEDULES) + "; available: "
                                + String.join(", ", SCHEDULES));
        };
    }

    private static int[] shape(JsonFields fields) {
        List<JsonNode> axes = fields.list("shape");
        int[] shape = new int[axes.size()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = fields.count("shape[" + i + "]", axes.get(i));
        }
        return shape;
    }

    private static void label(JsonFields fields, OnnxDenoiserBuilder builder) {
        boolean hasLabel = fields.has("label");
        if (hasLabel != fields.has("classes")) {
            throw fields.error(
                    hasLabel ? "classes" : "label",
                    "is missing beside '" + (hasLabel ? "label" : "classes")
                            + "'; give both, the input's name and the number of classes, or neither");
        }
        if (hasLabel) {
            builder.label(fields.text("label"), fields.count("classes", fields.required("classes")));
        }
    }

    /** Mean and variance, each a number for all axes or one for each; of a variance that is missing the radius gives the mean. */
    private static void moments(JsonFields fields, OnnxDenoiserBuilder builder) {
        if (!fields.has("mean")) {
            if (fields.has("variance")) {
                throw fields.error("mean", "is missing beside 'variance'; give both, or only the radius");
            }
            return;
        }
        double[] mean = fields.flat("mean");
        if (!fields.has("variance") && !fields.has("radius")) {
            throw fields.error("variance", "is missing beside 'mean'; give both, or the mean and the radius");
        }
        double[] variance = fields.has("variance") ? fields.flat("variance") : new double[0];
        double radius = fields.has("radius") ? fields.positive("radius") : 0;
        builder.moments(dimension -> {
            double[] centre = mean;
            if (mean.length == 1) {
                centre = new double[dimension];
                Arrays.fill(centre, mean[0]);
            }
            return new Moments(centre, covariance(variance, radius, dimension));
        });
    }

    private static Covariance covariance(double[] variance, double radius, int dimension) {
        if (variance.length == 0) {
            return Covariance.isotropic(radius / Math.sqrt(dimension));
        }
        double[] std = new double[variance.length];
        for (int i = 0; i < std.length; i++) {
            if (!(variance[i] > 0)) {
                throw new IllegalArgumentException("variance must be greater than 0, was " + variance[i]
                        + "; give one number, the mean over axes, where some axes are constant");
            }
            std[i] = Math.sqrt(variance[i]);
        }
        return std.length == 1 ? Covariance.isotropic(std[0]) : Covariance.diagonal(std);
    }

    /** Grey pictures, whose shape is [height, width] or has an axis of length 1 before or behind them. */
    private static @Nullable Picture picture(int[] shape) {
        int[] axes = shape.length == 3 && shape[0] == 1
                ? new int[] {shape[1], shape[2]}
                : shape.length == 3 && shape[2] == 1 ? new int[] {shape[0], shape[1]} : shape;
        return axes.length == 2 ? new Picture(axes[0], axes[1], PAPER, INK) : null;
    }

    private static String textOr(JsonFields fields, String name, String usual) {
        return fields.has(name) ? fields.text(name) : usual;
    }

    /** The constant of the name in lower case with hyphens. */
    private static <E extends Enum<E>> E named(JsonFields fields, String field, E[] values) {
        String name = fields.text(field);
        List<String> names = Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .toList();
        int at = names.indexOf(name);
        if (at < 0) {
            throw fields.error(
                    field,
                    "'" + name + "' is unknown" + Names.hint(name, names) + "; available: " + String.join(", ", names));
        }
        return values[at];
    }
}
