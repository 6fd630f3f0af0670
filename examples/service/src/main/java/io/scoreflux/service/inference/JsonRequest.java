package io.scoreflux.service.inference;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.annotation.JsonDeserialize;

/**
 * The JSON of a request.
 *
 * @param id the client's name of the request
 * @param parameters options of the request
 * @param inputs the input tensors
 * @param outputs the requested outputs
 */
record JsonRequest(
        @Nullable String id,
        @Nullable Map<String, Object> parameters,
        @Nullable List<Input> inputs,
        @Nullable List<Output> outputs) {

    /**
     * An input tensor.
     *
     * @param name its name
     * @param datatype the protocol's name of its type
     * @param shape the lengths of its axes
     * @param parameters options of the tensor
     * @param data its elements, unless they are binary
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Input(
            @Nullable String name,
            @Nullable String datatype,
            @Nullable List<Long> shape,
            @Nullable Map<String, Object> parameters,

            @JsonDeserialize(using = NumbersDeserializer.class)
            double @Nullable [] data) {}

    /**
     * A requested output.
     *
     * @param name its name
     * @param parameters options of the tensor
     */
    record Output(@Nullable String name, @Nullable Map<String, Object> parameters) {}

    /** Reads numbers in arrays, which may be nested, into one array. */
    static final class NumbersDeserializer extends ValueDeserializer<double[]> {
        private static final int FIRST = 64;
        /** Far more axes than a tensor has. */
        private static final int MOST_DEPTH = 64;

        @Override
        public double[] deserialize(JsonParser parser, DeserializationContext context) throws JacksonException {
            if (!parser.isExpectedStartArrayToken()) {
                return (double[]) context.handleUnexpectedToken(context.constructType(double[].class), parser);
            }
            double[] numbers = new double[FIRST];
            int count = 0;
            // The place in the list at each depth.
            int[] at = new int[MOST_DEPTH];
            int depth = 1;
            while (depth > 0) {
                JsonToken token = parser.nextToken();
                if (token == JsonToken.START_ARRAY) {
                    if (depth < MOST_DEPTH) {
                        at[depth] = 0;
                    }
                    depth++;
                    continue;
                }
                if (token == JsonToken.END_ARRAY) {
                    depth--;
                } else if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
                    if (count == numbers.length) {
                        numbers = Arrays.copyOf(numbers, 2 * count);
                    }
                    numbers[count++] = parser.getDoubleValue();
                } else {
                    throw notANumber(parser, context, at, depth);
                }
                if (depth > 0 && depth <= MOST_DEPTH) {
                    at[depth - 1]++;
                }
            }
            return Arrays.copyOf(numbers, count);
        }

        /** The error of an element, with its place. */
        private static JacksonException notANumber(
                JsonParser parser, DeserializationContext context, int[] at, int depth) {
            try {
                context.handleUnexpectedToken(context.constructType(double.class), parser);
                throw new IllegalStateException("a token that is no number has been accepted");
            } catch (JacksonException e) {
                for (int k = Math.min(depth, MOST_DEPTH) - 1; k >= 0; k--) {
                    e.prependPath(double[].class, at[k]);
                }
                return e;
            }
        }
    }
}
