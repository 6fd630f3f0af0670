package io.scoreflux.model.network;

import io.scoreflux.model.ModelException;
import io.scoreflux.model.ModelException.Kind;
import io.scoreflux.state.ConditionTensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Matches the description of a model with the settings. */
final class SignatureReader {
    /** The maximum length of a list of tensors in a message. It is limited because a server may declare any number of tensors. */
    private static final int LISTED = 400;

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
        Tensor time = oneEach(typed("the time", input(settings.time()), ElementType.FLOAT, ElementType.DOUBLE));
        String labelName = settings.label();
        Tensor label = labelName == null
                ? null
                : oneEach(typed("the label", input(labelName), ElementType.INT64, ElementType.INT32));
        return new ModelSignature(state, time, label, conditions(), constants(), output(state), batchIsFixed);
    }

    private Tensor state() {
        TensorDescription declared = typed("the state", input(settings.state()), ElementType.FLOAT, ElementType.DOUBLE);
        List<Long> row = rowOf(declared);
        List<Integer> given = settings.shape();
        if (given == null && row.stream().anyMatch(axis -> axis < 0)) {
            throw shape(declared, "has dynamic axes after the batch axis; give one sample's shape");
        }
        List<Long> shape =
                given == null ? row : given.stream().map(Integer::longValue).toList();
        if (!TensorDescription.agree(row, shape)) {
            throw shape(
                    declared,
                    "does not fit the shape " + TensorDescription.shown("n", shape)
                            + " of n samples; give the model's own shape");
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
                    "'" + declared.name() + "' for a condition must have numbers, is " + declared.notation()
                            + "; export it as " + model.typeName(ElementType.FLOAT));
        }
        List<Long> row = rowOf(declared);
        List<Integer> given = condition.shape();
        if (given == null && row.stream().anyMatch(axis -> axis < 0)) {
            throw shape(
                    declared,
                    "has dynamic axes after the batch axis; give the shape of one sample's tensor, or its null tensor");
        }
        List<Long> shape =
                given == null ? row : given.stream().map(Integer::longValue).toList();
        if (!TensorDescription.agree(row, shape)) {
            throw shape(
                    declared,
                    "does not fit the tensors " + TensorDescription.shown("n", shape)
                            + " of n samples; give tensors of the model's own shape");
        }
        ConditionTensor nullTensor = condition.nullTensor();
        int misfit = nullTensor == null ? -1 : ConditionSlot.misfit(type, nullTensor);
        if (nullTensor != null && misfit >= 0) {
            throw failure(
                    Kind.TYPE,
                    "input '" + declared.name() + "' is " + declared.notation() + " and cannot carry the value "
                            + nullTensor.value(misfit) + " of its null tensor; give numbers that this type can hold");
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
                            + listed(left.stream().map(this::input).toList())
                            + "; name it as the state, the time, the label or a condition, or give it constant values");
        }
        return constants;
    }

    private Constant constant(TensorDescription declared, double[] values) {
        boolean perRow = !declared.shape().isEmpty() && declared.shape().get(0) < 0;
        List<Long> shape = perRow ? declared.row() : declared.shape();
        boolean isStatic = shape.stream().allMatch(axis -> axis >= 0);
        Tensor tensor = declared.type() == null ? null : tensor(declared, shape, perRow);
        for (double value : values) {
            if (tensor == null || !tensor.type().holds(value)) {
                throw failure(
                        Kind.TYPE,
                        "input '" + declared.name() + "' is " + declared.notation() + " and cannot carry the value "
                                + value + "; give finite numbers to " + names(ElementType.FLOAT, ElementType.DOUBLE)
                                + ", whole numbers to " + names(ElementType.INT32, ElementType.INT64)
                                + ", 0 or 1 to " + names(ElementType.BOOL));
            }
        }
        if (tensor == null || !isStatic || tensor.size() != values.length) {
            throw failure(
                    Kind.SHAPE,
                    "input '" + declared.name() + "' is " + declared.notation() + " and must have "
                            + (isStatic && tensor != null
                                    ? (long) tensor.size() + (perRow ? " values per row" : " values")
                                    : "static axes after the batch axis")
                            + ", was given " + values.length);
        }
        return new Constant(tensor, values.clone());
    }

    private Tensor output(Tensor state) {
        TensorDescription declared = typed(
                "the prediction", of("output", outputs, settings.output()), ElementType.FLOAT, ElementType.DOUBLE);
        // Some formats declare no shape of the output. Then the trial call checks it.
        if (!declared.shape().isEmpty()
                && !(isBatch(declared.shape().get(0)) && TensorDescription.agree(declared.row(), state.shape()))) {
            throw failure(
                    Kind.SHAPE,
                    "output '" + declared.name() + "' must have the state's shape "
                            + TensorDescription.shown("n", state.shape()) + ", is " + declared.notation()
                            + "; name the output with the prediction");
        }
        return tensor(declared, state.shape(), true);
    }

    private TensorDescription input(String name) {
        return of("input", inputs, name);
    }

    private TensorDescription of(String what, Map<String, TensorDescription> all, String name) {
        TensorDescription declared = all.get(name);
        if (declared == null) {
            throw failure(Kind.NAMES, "there is no " + what + " '" + name + "'; the model has " + listed(all.values()));
        }
        return declared;
    }

    /** Requires one of two types. Messages recommend the first. */
    private TensorDescription typed(String use, TensorDescription declared, ElementType first, ElementType second) {
        if (declared.type() != first && declared.type() != second) {
            throw failure(
                    Kind.TYPE,
                    "'" + declared.name() + "' for " + use + " must be " + model.typeName(first) + " or "
                            + model.typeName(second) + ", is " + declared.notation() + "; export it as "
                            + model.typeName(first));
        }
        return declared;
    }

    /** Returns the shape of one row. */
    private List<Long> rowOf(TensorDescription declared) {
        if (declared.shape().isEmpty()) {
            throw shape(declared, "must have the batch as its first axis; export it with one");
        }
        long batch = declared.shape().get(0);
        if (!isBatch(batch)) {
            throw shape(
                    declared,
                    "fixes the batch at " + batch + "; export it with a dynamic first axis"
                            + (fixedRows < 0 ? "" : ", or fix the rows of calls at " + batch));
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
            throw shape(declared, "must have one number per row, [n] or [n, 1]; export it in this shape");
        }
        return tensor(declared, row.isEmpty() ? row : List.of(1L), true);
    }

    private static Tensor tensor(TensorDescription declared, List<Long> shape, boolean perRow) {
        ElementType type = declared.type();
        if (type == null) {
            throw new AssertionError(declared + " was not checked");
        }
        return new Tensor(declared.name(), type, shape, perRow);
    }

    private String names(ElementType... types) {
        return List.of(types).stream().map(model::typeName).collect(Collectors.joining(" and "));
    }

    private static String listed(Collection<@Nullable TensorDescription> tensors) {
        String all = tensors.stream().map(String::valueOf).collect(Collectors.joining(", "));
        return all.length() <= LISTED ? all : all.substring(0, LISTED) + "...";
    }

    private ModelException shape(TensorDescription declared, String complaint) {
        return failure(Kind.SHAPE, "input '" + declared.name() + "' is " + declared.notation() + ": it " + complaint);
    }

    private ModelException failure(Kind kind, String message) {
        return model.failure(kind, model.model() + ": " + message);
    }
}
