package io.scoreflux.model.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.scoreflux.model.NetworkSettings;
import io.scoreflux.model.onnx.OnnxModelException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How a model is fed: its tensors, as declared by the model and agreed with the settings.
 *
 * @param state the network's x_t
 * @param time one number a row
 * @param label one class a row, or null
 * @param constants inputs that are the same in every row
 * @param output what it predicts
 * @param batchIsFixed whether the model takes one number of rows only
 */
record Signature(
        Slot state, Slot time, @Nullable Slot label, List<ConstantInput> constants, Slot output, boolean batchIsFixed) {

    /** Bytes of all tensors of one row. */
    double rowBytes() {
        double bytes = state.rowBytes() + output.rowBytes() + time.rowBytes();
        bytes += label == null ? 0 : label.rowBytes();
        for (ConstantInput constant : constants) {
            bytes += constant.perRow() ? constant.slot().rowBytes() : 0;
        }
        return bytes;
    }

    /** What a model declares, checked against the settings. */
    static Signature of(OrtSession session, OnnxDenoiserBuilder settings, NetworkSettings network) throws OrtException {
        return new Reader(settings, network, session.getInputInfo(), session.getOutputInfo()).read();
    }

    /** Reads the declarations of one model. */
    private static final class Reader {
        private final NetworkSettings settings;
        private final int fixedRows;
        private final String model;
        private final Map<String, NodeInfo> inputs;
        private final Map<String, NodeInfo> outputs;
        private boolean batchIsFixed;

        Reader(
                OnnxDenoiserBuilder settings,
                NetworkSettings network,
                Map<String, NodeInfo> inputs,
                Map<String, NodeInfo> outputs) {
            this.settings = network;
            this.fixedRows = settings.fixedRows;
            this.model = settings.source.name();
            this.inputs = inputs;
            this.outputs = outputs;
        }

        Signature read() {
            Slot state = state();
            Slot time = time();
            String labelName = settings.label();
            Slot label = labelName == null ? null : label(labelName);
            return new Signature(state, time, label, constants(), output(state), batchIsFixed);
        }

        private Slot state() {
            String name = settings.state();
            TensorInfo declared = real(name, "the state", tensor("input", inputs, name));
            long[] shape = batchOf(name, declared);
            List<Integer> asked = settings.shape();
            if (asked == null && !Shapes.isStatic(shape)) {
                throw shape(name, declared, "has dynamic axes behind the batch; give one sample's shape");
            }
            long[] wanted = shape;
            if (asked != null) {
                wanted = asked.stream().mapToLong(Integer::longValue).toArray();
                if (!Shapes.agree(shape, wanted)) {
                    throw shape(
                            name, declared, "does not fit the shape " + Shapes.shown("n", wanted) + " of n samples");
                }
            }
            return new Slot(name, declared.type, wanted);
        }

        private Slot time() {
            String name = settings.time();
            TensorInfo declared = real(name, "the time", tensor("input", inputs, name));
            return new Slot(name, declared.type, oneEach(name, declared));
        }

        private Slot label(String name) {
            TensorInfo declared = tensor("input", inputs, name);
            if (declared.type != OnnxJavaType.INT64 && declared.type != OnnxJavaType.INT32) {
                throw new OnnxModelException(
                        Kind.TYPE,
                        model + ": input '" + name + "' for the label must be int64 or int32, is "
                                + Shapes.shown(declared) + "; export it as int64");
            }
            return new Slot(name, declared.type, oneEach(name, declared));
        }

        private List<ConstantInput> constants() {
            List<ConstantInput> constants = new ArrayList<>();
            settings.inputs()
                    .forEach((name, values) ->
                            constants.add(ConstantInput.of(model, name, tensor("input", inputs, name), values)));
            Map<String, NodeInfo> left = new TreeMap<>(inputs);
            left.keySet().retainAll(settings.unfed(inputs.keySet()));
            if (!left.isEmpty()) {
                throw new OnnxModelException(
                        Kind.NAMES,
                        model + ": nothing feeds the input " + shown(left)
                                + "; name it as the state, the time or the label, or give it constant values");
            }
            return constants;
        }

        private Slot output(Slot state) {
            String name = settings.output();
            TensorInfo declared = real(name, "the answer", tensor("output", outputs, name));
            long[] shape = declared.getShape();
            // Some exporters declare no shape; the trial call sees what there is.
            if (shape.length > 0) {
                long[] expected = state.shape(1);
                expected[0] = -1;
                if (!Shapes.agree(shape, expected) || !isBatch(shape[0])) {
                    throw new OnnxModelException(
                            Kind.SHAPE,
                            model + ": output '" + name + "' must have the state's shape "
                                    + Shapes.shown("n", state.rowShape()) + ", is " + Shapes.shown(declared)
                                    + "; name the output that predicts");
                }
            }
            return new Slot(name, declared.type, state.rowShape());
        }

        private TensorInfo tensor(String what, Map<String, NodeInfo> all, String name) {
            NodeInfo node = all.get(name);
            if (node == null) {
                throw new OnnxModelException(
                        Kind.NAMES, model + ": there is no " + what + " '" + name + "'; the model has " + shown(all));
            }
            if (!(node.getInfo() instanceof TensorInfo declared)) {
                throw new OnnxModelException(
                        Kind.TYPE, model + ": " + what + " '" + name + "' must be a tensor, is " + node.getInfo());
            }
            return declared;
        }

        private TensorInfo real(String name, String what, TensorInfo declared) {
            if (declared.type != OnnxJavaType.FLOAT && declared.type != OnnxJavaType.DOUBLE) {
                throw new OnnxModelException(
                        Kind.TYPE,
                        model + ": '" + name + "' for " + what + " must be float or double, is "
                                + Shapes.shown(declared) + "; export it as float");
            }
            return declared;
        }

        /** The shape of one row. */
        private long[] batchOf(String name, TensorInfo declared) {
            long[] shape = declared.getShape();
            if (shape.length == 0) {
                throw shape(name, declared, "must have the batch as its first axis; export it with one");
            }
            if (!isBatch(shape[0])) {
                throw shape(
                        name,
                        declared,
                        "fixes the batch at " + shape[0]
                                + "; export it with a dynamic first axis, or fix the rows of calls at " + shape[0]);
            }
            batchIsFixed |= shape[0] >= 0;
            return Shapes.rest(shape);
        }

        private boolean isBatch(long axis) {
            return axis < 0 || axis == fixedRows;
        }

        /** One number a row: [n] or [n, 1]. */
        private long[] oneEach(String name, TensorInfo declared) {
            long[] row = batchOf(name, declared);
            if (row.length == 0) {
                return row;
            }
            if (row.length > 1 || (row[0] != 1 && row[0] >= 0)) {
                throw shape(name, declared, "must have one number a row, [n] or [n, 1]; export it so");
            }
            return new long[] {1};
        }

        private OnnxModelException shape(String name, TensorInfo declared, String complaint) {
            return new OnnxModelException(
                    Kind.SHAPE, model + ": input '" + name + "' is " + Shapes.shown(declared) + ": it " + complaint);
        }

        private static String shown(Map<String, NodeInfo> nodes) {
            List<String> shown = new ArrayList<>();
            nodes.forEach((name, node) -> shown.add("'" + name + "' "
                    + (node.getInfo() instanceof TensorInfo tensor ? Shapes.shown(tensor) : node.getInfo())));
            return String.join(", ", shown);
        }
    }
}
