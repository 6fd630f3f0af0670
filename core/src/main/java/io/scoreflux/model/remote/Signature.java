package io.scoreflux.model.remote;

import io.scoreflux.model.NetworkSettings;
import io.scoreflux.model.remote.InferenceException.Kind;
import io.scoreflux.model.remote.Metadata.Declared;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a model is fed: its tensors, as the server declares them and agreed with the settings.
 *
 * @param state the network's x_t
 * @param time one number a row
 * @param label one class a row, or null
 * @param constants inputs that are the same in every row
 * @param output what it predicts
 */
record Signature(Tensor state, Tensor time, @Nullable Tensor label, List<Constant> constants, Tensor output) {

    /** All inputs. */
    List<Tensor> inputs() {
        List<Tensor> inputs = new ArrayList<>(List.of(state, time));
        if (label != null) {
            inputs.add(label);
        }
        constants.forEach(constant -> inputs.add(constant.tensor()));
        return inputs;
    }

    /** The lengths of axes, or null where one is dynamic or too long. */
    static int @Nullable [] fixed(List<Long> axes) {
        return axes.stream().allMatch(axis -> axis >= 0 && axis <= Integer.MAX_VALUE)
                ? axes.stream().mapToInt(Long::intValue).toArray()
                : null;
    }

    /** What a server declares, checked against the settings. */
    static Signature of(Metadata found, NetworkSettings settings) {
        return new Reader(found, settings).read();
    }

    /** Reads the declarations of one model. */
    private static final class Reader {
        private final Metadata found;
        private final NetworkSettings settings;
        private final String model;

        Reader(Metadata found, NetworkSettings settings) {
            this.found = found;
            this.settings = settings;
            this.model = found.model();
        }

        Signature read() {
            Tensor state = state();
            Declared declaredTime = input(settings.time());
            Tensor time = oneEach(declaredTime, real("the time", declaredTime));
            String labelName = settings.label();
            return new Signature(
                    state, time, labelName == null ? null : label(input(labelName)), constants(), output(state));
        }

        private Tensor state() {
            Declared declared = input(settings.state());
            Datatype type = real("the state", declared);
            List<Long> row = rowOf(declared);
            List<Integer> asked = settings.shape();
            int[] shape = asked == null
                    ? fixed(row)
                    : asked.stream().mapToInt(Integer::intValue).toArray();
            if (shape == null) {
                throw shape(declared, "must have fixed axes behind the batch; give one sample's shape");
            }
            if (!agree(row, shape)) {
                throw shape(declared, "must have one sample's shape " + shown("n", shape) + "; give the model's own");
            }
            Tensor state = new Tensor(declared.name(), type, shape, true);
            if (!(state.size() >= 1 && state.bytes(1) <= Integer.MAX_VALUE)) {
                throw new InferenceException(
                        Kind.TOO_LARGE,
                        model + ": '" + declared.name() + "' " + declared + " must have at least 1 number in a row and"
                                + " at most 2 GB; take another model");
            }
            if (asked == null && state.size() > InferenceDenoiser.MOST_NUMBERS) {
                throw new InferenceException(
                        Kind.TOO_LARGE,
                        model + ": '" + declared.name() + "' " + declared + " must have at most "
                                + InferenceDenoiser.MOST_NUMBERS
                                + " numbers in a row where no shape is given; if that is the"
                                + " model you expect, give one sample's shape");
            }
            return state;
        }

        private Tensor label(Declared declared) {
            Datatype type = Datatype.named(declared.datatype());
            if (type != Datatype.INT64 && type != Datatype.INT32) {
                throw new InferenceException(
                        Kind.TYPE,
                        model + ": '" + declared.name() + "' for the label must be INT64 or INT32, is " + declared
                                + "; export it as INT64");
            }
            return oneEach(declared, type);
        }

        private List<Constant> constants() {
            List<Constant> constants = new ArrayList<>();
            settings.inputs().forEach((name, values) -> constants.add(Constant.of(model, input(name), values)));
            Set<String> left = settings.unfed(found.inputs().keySet());
            if (!left.isEmpty()) {
                throw new InferenceException(
                        Kind.NAMES,
                        model + ": nothing feeds the inputs " + Json.shown(left.toString())
                                + "; name them as the state, the time or the label, or give them constant values");
            }
            return constants;
        }

        private Tensor output(Tensor state) {
            Declared declared = tensor("output", found.outputs(), settings.output());
            Datatype type = real("the answer", declared);
            if (!agree(rowOf(declared), state.shape())) {
                throw shape(
                        declared,
                        "must have the state's shape " + shown("n", state.shape()) + "; name the output that predicts");
            }
            return new Tensor(declared.name(), type, state.shape(), true);
        }

        private Declared input(String name) {
            return tensor("input", found.inputs(), name);
        }

        private Declared tensor(String what, Map<String, Declared> all, String name) {
            Declared declared = all.get(name);
            if (declared == null) {
                throw new InferenceException(
                        Kind.NAMES,
                        model + ": there is no " + what + " '" + name + "'; the model has "
                                + Json.shown(all.toString()));
            }
            return declared;
        }

        private Datatype real(String what, Declared declared) {
            Datatype type = Datatype.named(declared.datatype());
            if (type == null || !type.isReal()) {
                throw new InferenceException(
                        Kind.TYPE,
                        model + ": '" + declared.name() + "' for " + what + " must be FP32 or FP64, is " + declared
                                + "; export it as FP32");
            }
            return type;
        }

        /** The shape of one row. */
        private List<Long> rowOf(Declared declared) {
            if (declared.shape().isEmpty()) {
                throw shape(declared, "must have the batch as its first axis; export it with one");
            }
            if (declared.shape().get(0) >= 0) {
                throw shape(declared, "must have a dynamic first axis (-1) for the batch; export it with one");
            }
            return declared.rest();
        }

        /** One number a row: [n] or [n, 1]. */
        private Tensor oneEach(Declared declared, Datatype type) {
            List<Long> row = rowOf(declared);
            if (row.size() > 1 || (row.size() == 1 && row.get(0) != 1 && row.get(0) >= 0)) {
                throw shape(declared, "must have one number a row, [n] or [n, 1]; export it so");
            }
            return new Tensor(declared.name(), type, row.isEmpty() ? new int[0] : new int[] {1}, true);
        }

        private static boolean agree(List<Long> declared, int[] shape) {
            if (declared.size() != shape.length) {
                return false;
            }
            for (int i = 0; i < shape.length; i++) {
                if (declared.get(i) >= 0 && declared.get(i) != shape[i]) {
                    return false;
                }
            }
            return true;
        }

        private static String shown(String first, int[] rest) {
            List<String> axes = new ArrayList<>(List.of(first));
            for (int axis : rest) {
                axes.add(Integer.toString(axis));
            }
            return axes.toString();
        }

        private InferenceException shape(Declared declared, String complaint) {
            return new InferenceException(
                    Kind.SHAPE, model + ": '" + declared.name() + "' is " + declared + ": it " + complaint);
        }
    }
}
