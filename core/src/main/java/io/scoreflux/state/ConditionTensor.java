package io.scoreflux.state;

import io.scoreflux.error.InvalidArgumentException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A tensor of single-precision numbers that a {@link Condition} gives to a network, such as the embeddings of a prompt. Immutable, so that
 * conditions, requests and rows share one object. Compared by value; objects that are identical are not compared number by number.
 */
public final class ConditionTensor {
    private final List<Integer> shape;
    private final float[] values;
    private final float min;
    private final float max;
    private final boolean integral;
    /** Computed at the first use; 0 before. Two threads may both compute it. */
    private int hash;

    private ConditionTensor(List<Integer> shape, float[] values) {
        this.shape = shape;
        this.values = values;
        double size = 1;
        for (int axis : shape) {
            if (axis < 1) {
                throw new InvalidArgumentException("shape", "must have axes of at least 1", shape);
            }
            size *= axis;
        }
        if (size != values.length) {
            throw new InvalidArgumentException(
                    "values", "must be " + (long) size + " numbers for the shape " + shape, values.length);
        }
        float smallest = Float.POSITIVE_INFINITY;
        float largest = Float.NEGATIVE_INFINITY;
        boolean whole = true;
        for (int i = 0; i < values.length; i++) {
            float value = values[i];
            if (!Float.isFinite(value)) {
                throw new InvalidArgumentException("values[" + i + "]", "must be finite in single precision", value);
            }
            smallest = Math.min(smallest, value);
            largest = Math.max(largest, value);
            whole = whole && value == Math.rint(value);
        }
        this.min = smallest;
        this.max = largest;
        this.integral = whole;
    }

    /**
     * Creates a tensor.
     *
     * @param shape the lengths of its axes, each at least 1; empty for a single number
     * @param values the numbers, row-major and finite; copied
     */
    public static ConditionTensor of(List<Integer> shape, float... values) {
        return new ConditionTensor(List.copyOf(shape), values.clone());
    }

    /**
     * Creates a tensor from numbers in double precision.
     *
     * @param shape the lengths of its axes, each at least 1; empty for a single number
     * @param values the numbers, row-major; rounded to single precision, where they must be finite
     */
    public static ConditionTensor of(List<Integer> shape, double... values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = (float) values[i];
        }
        return new ConditionTensor(List.copyOf(shape), rounded);
    }

    /** Creates a tensor whose numbers are all 0. */
    public static ConditionTensor zeros(List<Integer> shape) {
        return new ConditionTensor(List.copyOf(shape), new float[shape.stream().reduce(1, Math::multiplyExact)]);
    }

    /** Returns the lengths of the axes. */
    public List<Integer> shape() {
        return shape;
    }

    /** Returns the number of numbers. */
    public int size() {
        return values.length;
    }

    /** Returns the number at a row-major index. */
    public float value(int index) {
        return values[index];
    }

    /** Returns the smallest number. */
    public float min() {
        return min;
    }

    /** Returns the largest number. */
    public float max() {
        return max;
    }

    /** Returns whether all numbers are integers. */
    public boolean integral() {
        return integral;
    }

    /** Returns a read-only view of the numbers, row-major. */
    public FloatBuffer values() {
        return FloatBuffer.wrap(values).asReadOnlyBuffer();
    }

    /** Returns the shape, for JSON mappers. They write a tensor as its shape alone. */
    public List<Integer> getShape() {
        return shape;
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof ConditionTensor that
                        && hashCode() == that.hashCode()
                        && shape.equals(that.shape)
                        && Arrays.equals(values, that.values));
    }

    @Override
    public int hashCode() {
        int known = hash;
        if (known == 0) {
            known = Objects.hash(shape, Arrays.hashCode(values));
            hash = known;
        }
        return known;
    }

    /** Returns the shape, such as {@code float[77, 32]}. */
    @Override
    public String toString() {
        return "float" + shape;
    }
}
