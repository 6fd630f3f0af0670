package io.scoreflux.model.network;

import io.scoreflux.model.ModelException;
import io.scoreflux.model.ModelException.Kind;
import io.scoreflux.noise.DiscreteSchedule;
import io.scoreflux.noise.NoiseSchedule;
import io.scoreflux.state.ConditionTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Matches the description of a model with the settings. */
final class SignatureReader {
    /** The maximum length of a list of tensors in a message. It is limited because a server may declare any number of tensors. */
    private static final int LISTED = 400;
    /** The types of numbers, in the order of messages. */
    private static final List<ElementType> REAL =
            List.of(ElementType.FLOAT, ElementType.DOUBLE, ElementType.FLOAT16, ElementType.BFLOAT16);

    private static final String DYNAMIC_BATCH = "export it with a dynamic first axis";
    private static final List<ElementType> INTEGER = List.of(ElementType.INT64, ElementType.INT32);

    private final ModelDescription model;
    private final NetworkSettings settings;
    /** The number of rows in every call, 0 for any number, or -1 if the transport cannot fix it. */
    private final int fixedRows;

    private final Map<String, TensorDescription> inputs = new LinkedHashMap<>();
    private final Map<String, TensorDescription> outputs = new LinkedHashMap<>();
    private boolean batchIsFixed;

    SignatureReader(ModelDescription model, NetworkSettings settings, int fixedRows) {
        this.model = model;
        this.settings = settings;
        this.fixedRows = fixedRows;
        model.inputs().forEach(input -> inputs.put(input.name(), input));
        model.outputs().forEach(output -> outputs.put(output.name(), output));
    }

    ModelSignature read() {
        Tensor state = state();
        Tensor time = time(input(settings.time()));
        String labelName = settings.label();
        Tensor label = labelName == null ? null : label(input(labelName));
        return new ModelSignature(
                state, time, hasWholeTimes(time), label, conditions(), constants(), output(state), batchIsFixed);
    }

    /** The time is one number for each row, or, without a batch axis, one for each call. */
    private Tensor time(TensorDescription declared) {
        if (isInteger(declared)) {
            requireTimesteps(declared);
        } else {
            typed("the time", declared, REAL);
            requireIndices(declared);
        }
        List<Long> shape = declared.shape();
        boolean onePerCall = shape.stream().allMatch(axis -> axis == 1) && !(shape.size() > 0 && fixedRows == 1);
        return onePerCall ? tensor(declared, shape, false) : oneEach(declared);
    }

    /** Returns whether the network is evaluated only at whole timesteps: a time of 16 bits would round fractions of an index. */
    private boolean hasWholeTimes(Tensor time) {
        return time.type().isInteger() || (time.type().bytes() == Short.BYTES && isIndex());
    }

    /** Returns whether the time is the index of a chain. */
    private boolean isIndex() {
        return settings.schedule() instanceof DiscreteSchedule
                && (settings.timeInput() == TimeInput.T || settings.timeInput() == TimeInput.TIMESTEP);
    }

    /** Requires a type that holds all indices of a chain. */
    private void requireIndices(TensorDescription declared) {
        int most = declared.type() == ElementType.FLOAT16
                ? 1 << 11
                : declared.type() == ElementType.BFLOAT16 ? 1 << 8 : Integer.MAX_VALUE;
        if (isIndex() && ((DiscreteSchedule) settings.schedule()).steps() - 1 > most) {
            throw failure(
                    Kind.TYPE,
                    "'" + declared.name() + "' for the time is " + declared.notation()
                            + ", which does not hold the whole numbers above " + most + ", but the schedule has "
                            + ((DiscreteSchedule) settings.schedule()).steps() + " levels",
                    "export the time as " + model.typeName(ElementType.FLOAT));
        }
    }

    /** Requires a meaning of an integer time that has whole numbers at the levels of the schedule. */
    private void requireTimesteps(TensorDescription declared) {
        boolean isStep = settings.timeInput() == TimeInput.TIMESTEP && isBounded(settings.schedule());
        if (!isIndex() && !isStep) {
            throw failure(
                    Kind.TYPE,
                    "'" + declared.name() + "' for the time must be " + names(REAL) + ", is " + declared.notation()
                            + "; whole numbers can only be timesteps",
                    "set {timeInput} to timestep, and a schedule with timesteps, such as that of a scheduler's"
                            + " configuration");
        }
    }

    /** Returns whether the timesteps of a schedule end at 1000 or at the last index. */
    private static boolean isBounded(NoiseSchedule schedule) {
        // A level without end is noise alone, up to rounding errors.
        return schedule.maxSigma() < Double.POSITIVE_INFINITY || schedule.ofTimestep(1000) > 1e9;
    }

    /** The label is one integer for each row, or one number for each class. */
    private Tensor label(TensorDescription declared) {
        if (!isReal(declared) || declared.shape().size() < 2) {
            return oneEach(typed("the label", declared, INTEGER));
        }
        List<Long> row = rowOf(declared);
        List<Long> shape = List.of((long) settings.classes());
        if (!TensorDescription.agree(row, shape)) {
            throw shape(
                    declared,
                    "must have one number for each of the " + settings.classes() + " classes",
                    "give the model's own number of classes");
        }
        return tensor(declared, shape, true);
    }

    private Tensor state() {
        TensorDescription declared = typed("the state", input(settings.state()), REAL);
        List<Long> row = rowOf(declared);
        List<Integer> given = settings.shape();
        if (given == null && row.stream().anyMatch(axis -> axis < 0)) {
            throw shape(declared, "has dynamic axes after the batch axis", "give one sample's {shape}");
        }
        List<Long> shape =
                given == null ? row : given.stream().map(Integer::longValue).toList();
        if (!TensorDescription.agree(row, shape)) {
            throw shape(
                    declared,
                    "does not fit the shape " + TensorDescription.shown("n", shape) + " of n samples",
                    "give the model's own {shape}");
        }
        Tensor state = tensor(declared, shape, true);
        model.checkSize(state, given != null);
        return state;
    }

    private List<ConditionSlot> conditions() {
        return settings.conditions().stream()
                .map(condition -> condition(condition, input(condition.name())))
                .toList();
    }

    private ConditionSlot condition(ConditionInput condition, TensorDescription declared) {
        ElementType type = declared.type();
        if (type == null) {
            throw failure(
                    Kind.TYPE,
                    "'" + declared.name() + "' for a condition must have numbers, is " + declared.notation(),
                    "export it as " + model.typeName(ElementType.FLOAT));
        }
        List<Long> row = rowOf(declared);
        List<Integer> given = condition.shape();
        if (given == null && row.stream().anyMatch(axis -> axis < 0)) {
            throw shape(
                    declared,
                    "has dynamic axes after the batch axis",
                    "give the shape of one sample's tensor to the {condition}",
                    "give its null tensor");
        }
        List<Long> shape =
                given == null ? row : given.stream().map(Integer::longValue).toList();
        if (!TensorDescription.agree(row, shape)) {
            throw shape(
                    declared,
                    "does not fit the tensors " + TensorDescription.shown("n", shape) + " of n samples",
                    "give the {condition} the model's own shape");
        }
        ConditionTensor nullTensor = condition.nullTensor();
        int misfit = nullTensor == null ? -1 : ConditionSlot.misfit(type, nullTensor);
        if (nullTensor != null && misfit >= 0) {
            throw failure(
                    Kind.TYPE,
                    "input '" + declared.name() + "' is " + declared.notation() + " and cannot carry the value "
                            + nullTensor.value(misfit) + " of its null tensor",
                    "give numbers that this type can hold");
        }
        return new ConditionSlot(tensor(declared, shape, true), nullTensor);
    }

    private List<Constant> constants() {
        List<Constant> constants = new ArrayList<>();
        settings.inputs().forEach((name, values) -> constants.add(constant(input(name), values)));
        Set<String> left = settings.inputsWithoutValue(inputs.keySet());
        if (!left.isEmpty()) {
            throw failure(
                    Kind.NAMES,
                    "nothing feeds the input "
                            + listed(left.stream().map(this::input).toList()),
                    "name it as the {state}, the {time}, the {label} or a {condition}",
                    "give it constant values with {inputs}");
        }
        return constants;
    }

    private Constant constant(TensorDescription declared, double[] given) {
        boolean isFixedBatch =
                batchIsFixed && !declared.shape().isEmpty() && declared.shape().get(0) == fixedRows;
        boolean perRow =
                isFixedBatch || (!declared.shape().isEmpty() && declared.shape().get(0) < 0);
        double[] values = isFixedBatch ? oneRow(declared, given) : given;
        List<Long> shape = withLength(perRow ? declared.row() : declared.shape(), values.length);
        boolean isStatic = shape.stream().allMatch(axis -> axis >= 0);
        Tensor tensor = declared.type() == null ? null : tensor(declared, shape, perRow, !perRow);
        for (double value : values) {
            if (tensor == null || !tensor.type().holds(value)) {
                throw failure(
                        Kind.TYPE,
                        "input '" + declared.name() + "' is " + declared.notation() + " and cannot carry the value "
                                + value,
                        "give finite numbers to " + names(REAL) + ", whole numbers to " + names(INTEGER)
                                + ", 0 or 1 to " + model.typeName(ElementType.BOOL));
            }
        }
        if (tensor == null || !isStatic || tensor.size() != values.length) {
            throw failure(
                    Kind.SHAPE,
                    "input '" + declared.name() + "' is " + declared.notation() + " and must have "
                            + (isStatic && tensor != null
                                    ? (long) tensor.size() + (perRow ? " values per row" : " values")
                                    : "at most one dynamic axis after the batch axis, whose length follows from the values")
                            + ", was given " + values.length,
                    "give as many {inputs} as the model has");
        }
        return new Constant(tensor, values.clone());
    }

    /**
     * Returns the values of one row of a constant whose first axis is the batch that the model fixes. The place of a row in the call must not
     * choose its values.
     */
    private double[] oneRow(TensorDescription declared, double[] values) {
        int each = values.length / fixedRows;
        double most = declared.row().stream().mapToDouble(axis -> axis).reduce(1, (a, b) -> a * b);
        if (values.length % fixedRows != 0 || values.length <= most) {
            return values;
        }
        double[] first = Arrays.copyOf(values, each);
        for (int i = each; i < values.length; i++) {
            if (values[i] != first[i % each]) {
                throw failure(
                        Kind.SHAPE,
                        "input '" + declared.name() + "' is " + declared.notation() + ", whose first axis is the batch"
                                + " of " + fixedRows + ": its rows must be equal, because any sample can be in any row,"
                                + " but row " + i / each + " differs from row 0",
                        "give the values of one row",
                        "make it a {condition} of samples");
            }
        }
        return first;
    }

    /** Replaces the length of a single dynamic axis by the one that follows from the number of values. */
    private static List<Long> withLength(List<Long> shape, int values) {
        if (shape.stream().filter(axis -> axis < 0).count() != 1) {
            return shape;
        }
        double others = shape.stream()
                .filter(axis -> axis >= 0)
                .mapToDouble(axis -> axis)
                .reduce(1, (a, b) -> a * b);
        long length = Math.max(1, (long) (values / others));
        return shape.stream().map(axis -> axis < 0 ? length : axis).toList();
    }

    private Tensor output(Tensor state) {
        TensorDescription declared = typed("the prediction", of("output", outputs, settings.output()), REAL);
        List<Long> shape = state.shape();
        if (settings.learnedVariance() && !shape.isEmpty()) {
            shape = new ArrayList<>(shape);
            shape.set(0, 2 * shape.get(0));
        }
        // Some formats declare no shape of the output. Then the trial call checks it.
        if (!declared.shape().isEmpty()
                && !(isBatch(declared.shape().get(0)) && TensorDescription.agree(declared.row(), shape))) {
            throw failure(
                    Kind.SHAPE,
                    "output '" + declared.name() + "' must have "
                            + (settings.learnedVariance() ? "twice the state's channels, " : "the state's shape ")
                            + TensorDescription.shown("n", shape) + ", is " + declared.notation(),
                    Stream.concat(Stream.of("name the {output} with the prediction"), remedy(declared, state).stream())
                            .toArray(String[]::new));
        }
        return tensor(declared, shape, true);
    }

    /** Suggests the setting for an output with or without a learned variance. */
    private Optional<String> remedy(TensorDescription declared, Tensor state) {
        if (settings.learnedVariance()) {
            return Optional.of("set {learnedVariance} to false");
        }
        List<Long> found = declared.row();
        boolean isDouble = !found.isEmpty()
                && !state.shape().isEmpty()
                && found.get(0) == 2 * state.shape().get(0)
                && TensorDescription.agree(
                        found.subList(1, found.size()),
                        state.shape().subList(1, state.shape().size()));
        return isDouble
                ? Optional.of("set {learnedVariance} if the second half of its channels is a variance")
                : Optional.empty();
    }

    private TensorDescription input(String name) {
        return of("input", inputs, name);
    }

    private TensorDescription of(String what, Map<String, TensorDescription> all, String name) {
        TensorDescription declared = all.get(name);
        if (declared == null) {
            throw failure(
                    Kind.NAMES,
                    "there is no " + what + " '" + name + "'; the model has " + listed(all.values()),
                    "give the name of one of them");
        }
        return declared;
    }

    private static boolean isReal(TensorDescription declared) {
        return declared.type() != null && declared.type().isReal();
    }

    private static boolean isInteger(TensorDescription declared) {
        return declared.type() != null && declared.type().isInteger();
    }

    /** Requires one of several types. Messages recommend the first. */
    private TensorDescription typed(String use, TensorDescription declared, List<ElementType> types) {
        if (declared.type() == null || !types.contains(declared.type())) {
            throw failure(
                    Kind.TYPE,
                    "'" + declared.name() + "' for " + use + " must be " + names(types) + ", is " + declared.notation(),
                    "export it as " + model.typeName(types.get(0)));
        }
        return declared;
    }

    /** Returns the shape of one row. */
    private List<Long> rowOf(TensorDescription declared) {
        if (declared.shape().isEmpty()) {
            throw shape(declared, "must have the batch as its first axis", "export it with one");
        }
        long batch = declared.shape().get(0);
        if (!isBatch(batch)) {
            throw shape(
                    declared,
                    "fixes the batch at " + batch,
                    fixedRows < 0
                            ? new String[] {DYNAMIC_BATCH}
                            : new String[] {DYNAMIC_BATCH, "set {fixedRows} to " + batch});
        }
        batchIsFixed |= batch >= 0;
        return declared.row();
    }

    private boolean isBatch(long axis) {
        return axis < 0 || axis == fixedRows;
    }

    /** Requires one number per row: [n] or [n, 1]. */
    private Tensor oneEach(TensorDescription declared) {
        List<Long> row = rowOf(declared);
        if (row.size() > 1 || !row.stream().allMatch(axis -> axis < 0 || axis == 1)) {
            throw shape(declared, "must have one number per row, [n] or [n, 1]", "export it in this shape");
        }
        return tensor(declared, row.isEmpty() ? row : List.of(1L), true);
    }

    /** Returns an input or output whose content varies from call to call. */
    private static Tensor tensor(TensorDescription declared, List<Long> shape, boolean perRow) {
        return tensor(declared, shape, perRow, false);
    }

    private static Tensor tensor(TensorDescription declared, List<Long> shape, boolean perRow, boolean shared) {
        ElementType type = declared.type();
        if (type == null) {
            throw new AssertionError(declared + " was not checked");
        }
        return new Tensor(declared.name(), type, shape, perRow, shared);
    }

    private String names(List<ElementType> types) {
        int last = types.size() - 1;
        return types.stream().limit(last).map(model::typeName).collect(Collectors.joining(", ")) + " or "
                + model.typeName(types.get(last));
    }

    private static String listed(Collection<@Nullable TensorDescription> tensors) {
        String all = tensors.stream().map(String::valueOf).collect(Collectors.joining(", "));
        return all.length() <= LISTED ? all : all.substring(0, LISTED) + "...";
    }

    private ModelException shape(TensorDescription declared, String complaint, String... remedies) {
        return failure(
                Kind.SHAPE,
                "input '" + declared.name() + "' is " + declared.notation() + ": it " + complaint,
                remedies);
    }

    private ModelException failure(Kind kind, String complaint, String... remedies) {
        return model.failure(kind, model.model() + ": " + complaint, List.of(remedies));
    }
}
