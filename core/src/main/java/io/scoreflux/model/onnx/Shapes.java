package io.scoreflux.model.onnx;

import ai.onnxruntime.TensorInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Shapes of tensors: an axis is a length, or -1 where it is dynamic. */
final class Shapes {
    private Shapes() {}

    /** Numbers in a tensor of static axes; a double, as a model may declare more than a long holds. */
    static double size(long[] shape) {
        double size = 1;
        for (long axis : shape) {
            size *= axis;
        }
        return size;
    }

    /** Without the first axis. */
    static long[] rest(long[] shape) {
        return Arrays.copyOfRange(shape, 1, shape.length);
    }

    /** Whether no axis is dynamic. */
    static boolean isStatic(long[] shape) {
        return Arrays.stream(shape).allMatch(axis -> axis >= 0);
    }

    /** Whether a tensor may have both shapes. */
    static boolean agree(long[] one, long[] other) {
        if (one.length != other.length) {
            return false;
        }
        for (int i = 0; i < one.length; i++) {
            if (one[i] >= 0 && other[i] >= 0 && one[i] != other[i]) {
                return false;
            }
        }
        return true;
    }

    /** As {@code float[batch, 1, 28, 28]}. */
    static String shown(TensorInfo tensor) {
        String[] names = tensor.getDimensionNames();
        List<String> axes = new ArrayList<>();
        for (int i = 0; i < tensor.getShape().length; i++) {
            long axis = tensor.getShape()[i];
            String name = i < names.length ? names[i] : "";
            axes.add(axis >= 0 ? Long.toString(axis) : name.isEmpty() ? "?" : name);
        }
        return tensor.type.toString().toLowerCase(Locale.ROOT) + axes;
    }

    /** As {@code [n, 1, 28, 28]}. */
    static String shown(String first, long[] rest) {
        List<String> axes = new ArrayList<>();
        axes.add(first);
        Arrays.stream(rest).forEach(axis -> axes.add(axis >= 0 ? Long.toString(axis) : "?"));
        return axes.toString();
    }
}
