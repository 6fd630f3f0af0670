package io.scoreflux.cli.command;

import io.scoreflux.error.Violation;
import io.scoreflux.files.format.OutputRow;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Compares a stored row with one that was computed again. */
final class RowComparison {
    private RowComparison() {}

    /**
     * How the computed row differs from the stored one, or null if it does not. Without a tolerance, the stored fields must agree too.
     *
     * @param tolerance largest difference of a coordinate, relative to the largest coordinate; 0 if all bits must agree
     */
    static @Nullable String difference(OutputRow stored, OutputRow computed, double tolerance) {
        double[] before = stored.values();
        double[] now = computed.values();
        if (before == null || now == null) {
            return before == now ? null : (now == null ? "it failed" : "it did not fail");
        }
        double unit = Arrays.stream(before).map(Math::abs).max().orElse(0);
        for (int i = 0; i < before.length; i++) {
            boolean same = tolerance == 0
                    ? Double.doubleToRawLongBits(before[i]) == Double.doubleToRawLongBits(now[i])
                    : Math.abs(before[i] - now[i]) <= tolerance * unit;
            if (!same) {
                return "x" + i + " must be " + Violation.text(before[i]) + ", was " + Violation.text(now[i]);
            }
        }
        return tolerance == 0 ? fields(stored.fields(), computed.fields()) : null;
    }

    private static @Nullable String fields(
            Map<String, @Nullable Object> stored, Map<String, @Nullable Object> computed) {
        for (Map.Entry<String, @Nullable Object> field : stored.entrySet()) {
            Object now = computed.get(field.getKey());
            if (!Objects.equals(field.getValue(), now)) {
                return field.getKey() + " must be " + field.getValue() + ", was " + now;
            }
        }
        return null;
    }
}
