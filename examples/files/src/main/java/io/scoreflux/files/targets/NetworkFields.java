package io.scoreflux.files.targets;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.evaluation.plot.Picture;
import io.scoreflux.files.format.TensorFile;
import io.scoreflux.files.input.InputFile;
import io.scoreflux.files.input.JsonFields;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.Names;
import io.scoreflux.files.text.UserError;
import io.scoreflux.model.Covariance;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.Moments;
import io.scoreflux.model.network.NetworkBuilder;
import io.scoreflux.model.network.Parametrization;
import io.scoreflux.model.network.SchedulerConfig;
import io.scoreflux.model.network.TimeInput;
import io.scoreflux.noise.NoiseSchedule;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.state.ConditionTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The fields of target files for trained networks, local or remote. */
final class NetworkFields {
    private static final List<String> FIELDS = List.of(
            "parametrization",
            "schedule",
            "scheduler",
            "tokens",
            "shape",
            "state",
            "time",
            "time-means",
            "output",
            "learned-variance",
            "label",
            "classes",
            "conditions",
            "inputs",
            "mean",
            "variance",
            "radius",
            "from-sigma",
            "to-sigma");
    /** The schedules by name, in the order of messages. Each reads its further fields. */
    private static final Map<String, Function<JsonFields, NoiseSchedule>> SCHEDULES = new LinkedHashMap<>();

    static {
        SCHEDULES.put("ve", fields -> NoiseSchedule.ve());
        SCHEDULES.put("vp-linear", NetworkFields::vpLinear);
        SCHEDULES.put("vp-cosine", fields -> NoiseSchedule.vpCosine());
        SCHEDULES.put("flow", fields -> NoiseSchedule.flow());
        SCHEDULES.put("edm", NetworkFields::edm);
    }

    private static final Range USUAL = new Range(80, 0.002);
    /** The usual range of a network's pixels, from paper to ink. */
    private static final double PAPER = -1;

    private static final double INK = 1;

    /** The noise levels where trajectories start and end. */
    private record Range(double from, double to) {}

    private final Consumer<NetworkBuilder<?>> settings;
    private final OptionalDouble radius;
    private final double from;
    private final double to;

    /**
     * Reads the fields.
     *
     * @param file the target file, to which the names of other files are relative
     * @param others names of fields that are read elsewhere
     */
    NetworkFields(Path file, JsonFields fields, List<String> others) {
        List<String> known = new ArrayList<>(others);
        known.addAll(FIELDS);
        fields.allow(known);
        SchedulerConfig scheduler = scheduler(file, fields);
        this.settings = settings(file, fields, scheduler);
        Range usual = scheduler == null ? USUAL : new Range(scheduler.fromSigma(), scheduler.toSigma());
        this.from = fields.has("from-sigma") ? fields.positive("from-sigma") : usual.from;
        this.to = fields.has("to-sigma") ? fields.positive("to-sigma") : usual.to;
        requireRange(fields);
        this.radius = fields.has("radius") ? OptionalDouble.of(radius(file, fields)) : OptionalDouble.empty();
    }

    /** The error names an end that the file gives. */
    private void requireRange(JsonFields fields) {
        if (!(from > to)) {
            String remedy = "; leave out both for the usual range";
            throw fields.has("from-sigma")
                    ? fields.error(
                            "from-sigma",
                            "must be greater than to-sigma " + Violation.text(to) + ", was " + Violation.text(from)
                                    + remedy)
                    : fields.error(
                            "to-sigma",
                            "must be less than from-sigma " + Violation.text(from) + ", was " + Violation.text(to)
                                    + remedy);
        }
        if (to < SigmaGrid.MIN_SIGMA) {
            throw fields.error(
                    "to-sigma",
                    "must be at least " + Violation.text(SigmaGrid.MIN_SIGMA) + ", was " + Violation.text(to)
                            + "; rescale the data");
        }
        if (from > SigmaGrid.MAX_SIGMA) {
            throw fields.error(
                    "from-sigma",
                    "must be at most " + Violation.text(SigmaGrid.MAX_SIGMA) + ", was " + Violation.text(from)
                            + "; rescale the data");
        }
    }

    private static double radius(Path file, JsonFields fields) {
        try {
            return SigmaGrid.requireRadius(fields.positive("radius"));
        } catch (InvalidArgumentException e) {
            throw new UserError(file + ": " + e.getMessage(), e);
        }
    }

    /** The target of an open network. */
    Target target(DenoiserInfo denoiser, int[] sample) {
        return new Target(denoiser, radius, from, to, picture(sample));
    }

    /** Applies the fields to a builder. */
    void apply(NetworkBuilder<?> builder) {
        settings.accept(builder);
    }

    /** The configuration of a scheduler, in a file or in the target; null if there is none. */
    private static @Nullable SchedulerConfig scheduler(Path file, JsonFields fields) {
        if (!fields.has("scheduler")) {
            if (fields.has("tokens")) {
                throw fields.error("tokens", "belongs to 'scheduler', which is missing; leave it out");
            }
            return null;
        }
        for (String field : List.of("schedule", "parametrization")) {
            if (fields.has(field)) {
                throw fields.error(field, "follows from 'scheduler', but is given too; leave out one of them");
            }
        }
        JsonNode value = fields.required("scheduler");
        SchedulerConfig config;
        if (value.isString()) {
            Path path = file.resolveSibling(UserError.path(file + ": scheduler", value.stringValue()));
            config = InputFile.readReferenced(file, path, () -> parsed(() -> SchedulerConfig.read(path)));
        } else {
            config = parsed(() -> SchedulerConfig.parse(file + ": scheduler", value.toString()));
        }
        if (!fields.has("tokens")) {
            return config;
        }
        if (!config.hasDynamicShift()) {
            throw fields.error(
                    "tokens",
                    "applies only to a scheduler with use_dynamic_shifting, was given with " + config.className()
                            + "; leave it out");
        }
        return config.withTokens(fields.count("tokens", fields.required("tokens")));
    }

    private static SchedulerConfig parsed(Supplier<SchedulerConfig> read) {
        try {
            return read.get();
        } catch (InvalidArgumentException e) {
            throw new UserError(MessageText.of(e), e);
        }
    }

    /** With the configuration of a scheduler, the default names are those of networks in {@code diffusers}. */
    private static Consumer<NetworkBuilder<?>> settings(
            Path file, JsonFields fields, @Nullable SchedulerConfig scheduler) {
        Consumer<NetworkBuilder<?>> all;
        if (scheduler == null) {
            Parametrization parametrization = named(fields, "parametrization", Parametrization.values());
            NoiseSchedule schedule = schedule(fields);
            all = builder -> builder.parametrization(parametrization).schedule(schedule);
        } else {
            all = builder -> builder.scheduler(scheduler);
        }
        String state = textOr(fields, "state", scheduler == null ? "x" : "sample");
        String time = textOr(fields, "time", scheduler == null ? "sigma" : "timestep");
        String output = textOr(fields, "output", scheduler == null ? "y" : "out_sample");
        all = all.andThen(builder -> builder.state(state).time(time).output(output));
        if (fields.has("time-means")) {
            TimeInput means = named(fields, "time-means", TimeInput.values());
            all = all.andThen(builder -> builder.time(time, means));
        }
        if (fields.has("learned-variance")) {
            boolean learned = fields.flag("learned-variance", false);
            all = all.andThen(builder -> builder.learnedVariance(learned));
        }
        if (fields.has("shape")) {
            int[] shape = shape(fields);
            all = all.andThen(builder -> builder.shape(shape));
        }
        requireLabel(fields);
        if (fields.has("label")) {
            String label = fields.text("label");
            int classes = fields.count("classes", fields.required("classes"));
            all = all.andThen(builder -> builder.label(label, classes));
        }
        if (fields.has("conditions")) {
            JsonFields conditions = fields.object("conditions");
            for (String name : conditions.names()) {
                all = all.andThen(condition(file, name, conditions.object(name)));
            }
        }
        if (fields.has("inputs")) {
            JsonFields constants = fields.object("inputs");
            for (String name : constants.names()) {
                double[] values = constants.flat(name);
                all = all.andThen(builder -> builder.input(name, values));
            }
        }
        IntFunction<Moments> moments = moments(fields);
        return moments == null ? all : all.andThen(builder -> builder.moments(moments));
    }

    /** An input for tensors of conditions: its null tensor, or its shape, or neither for the model's shape. */
    private static Consumer<NetworkBuilder<?>> condition(Path file, String name, JsonFields fields) {
        fields.allow(List.of("shape", "null"));
        int[] shape = fields.has("shape") ? shape(fields) : new int[0];
        if (!fields.has("null")) {
            return builder -> builder.condition(name, shape);
        }
        ConditionTensor nullTensor = nullTensor(file, fields, shape);
        List<Integer> axes = Arrays.stream(shape).boxed().toList();
        if (fields.has("shape") && !nullTensor.shape().equals(axes)) {
            throw fields.error("null", "must have the shape " + axes + ", has " + nullTensor.shape());
        }
        return builder -> builder.condition(name, nullTensor);
    }

    /** The tensor of a file, or of numbers with a shape; without one they have a single axis. */
    private static ConditionTensor nullTensor(Path file, JsonFields fields, int[] shape) {
        if (fields.required("null").isString()) {
            Path tensor = file.resolveSibling(UserError.path(file + ": null", fields.text("null")));
            return InputFile.readReferenced(
                    file, tensor, () -> TensorFile.read(tensor).whole());
        }
        double[] values = fields.flat("null");
        List<Integer> axes = fields.has("shape") ? Arrays.stream(shape).boxed().toList() : List.of(values.length);
        return fields.checked("null", "", () -> ConditionTensor.of(axes, values));
    }

    private static void requireLabel(JsonFields fields) {
        boolean hasLabel = fields.has("label");
        if (hasLabel != fields.has("classes")) {
            throw fields.error(
                    hasLabel ? "classes" : "label",
                    "is missing, but '" + (hasLabel ? "label" : "classes") + "' is given; give both, the input's name"
                            + " and the number of classes, or neither");
        }
    }

    private static NoiseSchedule schedule(JsonFields fields) {
        if (!fields.has("schedule")) {
            return NoiseSchedule.ve();
        }
        JsonFields schedule = fields.object("schedule");
        String type = schedule.text("type");
        schedule.allow(
                switch (type) {
                    case "vp-linear" -> List.of("type", "beta-min", "beta-max");
                    case "edm" -> List.of("type", "sigma-data");
                    default -> List.of("type");
                });
        Function<JsonFields, NoiseSchedule> reader = SCHEDULES.get(type);
        if (reader == null) {
            List<String> names = List.copyOf(SCHEDULES.keySet());
            throw schedule.error(
                    "type",
                    "'" + type + "' is unknown" + Names.hint(type, names) + "; available: " + String.join(", ", names));
        }
        return reader.apply(schedule);
    }

    private static NoiseSchedule vpLinear(JsonFields schedule) {
        double betaMin = schedule.has("beta-min") ? schedule.positive("beta-min") : 0.1;
        double betaMax = schedule.has("beta-max") ? schedule.positive("beta-max") : 20;
        return schedule.checked("beta-max", "", () -> NoiseSchedule.vpLinear(betaMin, betaMax));
    }

    private static NoiseSchedule edm(JsonFields schedule) {
        return NoiseSchedule.edm(schedule.has("sigma-data") ? schedule.positive("sigma-data") : 0.5);
    }

    private static int[] shape(JsonFields fields) {
        List<JsonNode> axes = fields.list("shape");
        int[] shape = new int[axes.size()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = fields.count("shape[" + i + "]", axes.get(i));
        }
        return shape;
    }

    /** Mean and variance, each one number for all axes or one for each axis; the radius replaces a missing variance. */
    private static @Nullable IntFunction<Moments> moments(JsonFields fields) {
        if (!fields.has("mean")) {
            if (fields.has("variance")) {
                throw fields.error("mean", "is missing, but 'variance' is given; give both, or only the radius");
            }
            return null;
        }
        double[] mean = fields.flat("mean");
        if (!fields.has("variance") && !fields.has("radius")) {
            throw fields.error("variance", "is missing, but 'mean' is given; give both, or the mean and the radius");
        }
        double[] variance = fields.has("variance") ? fields.flat("variance") : new double[0];
        double radius = fields.has("radius") ? fields.positive("radius") : 0;
        return dimension -> {
            double[] centre = mean;
            if (mean.length == 1) {
                centre = new double[dimension];
                Arrays.fill(centre, mean[0]);
            }
            return new Moments(centre, covariance(variance, radius, dimension));
        };
    }

    private static Covariance covariance(double[] variance, double radius, int dimension) {
        if (variance.length == 0) {
            return Covariance.isotropic(radius / Math.sqrt(dimension));
        }
        double[] std = new double[variance.length];
        for (int i = 0; i < std.length; i++) {
            if (!(variance[i] > 0)) {
                throw new InvalidArgumentException(
                        "variance",
                        "must be greater than 0",
                        variance[i],
                        "if some axes are constant, give one number, the mean over all axes");
            }
            std[i] = Math.sqrt(variance[i]);
        }
        return std.length == 1 ? Covariance.isotropic(std[0]) : Covariance.diagonal(std);
    }

    /** The picture of grey images, whose shape is [height, width], possibly with an axis of length 1 before or after them. */
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
