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

        @Override
        public double[] deserialize(JsonParser parser, DeserializationContext context) throws JacksonException {
            if (!parser.isExpectedStartArrayToken()) {
                return context.reportInputMismatch(this, "data must be an array");
            }
            double[] numbers = new double[FIRST];
            int count = 0;
            int depth = 1;
            while (depth > 0) {
                JsonToken token = parser.nextToken();
                if (token == JsonToken.START_ARRAY) {
                    depth++;
                } else if (token == JsonToken.END_ARRAY) {
                    depth--;
                } else if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
                    if (count == numbers.length) {
                        numbers = Arrays.copyOf(numbers, 2 * count);
                    }
                    numbers[count++] = parser.getDoubleValue();
                } else {
                    return context.reportInputMismatch(this, "data must have only numbers");
                }
            }
            return Arrays.copyOf(numbers, count);
        }
    }
}
