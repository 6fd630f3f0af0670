package io.scoreflux.service.inference;

import io.scoreflux.model.DenoiserInfo;
import java.util.ArrayList;
import java.util.List;

/**
 * An input or output of a model. All datatypes have eight bytes.
 *
 * @param name its name
 * @param datatype the protocol's name of its type
 * @param shape the lengths of its axes; -1 for the number of rows
 */
record ModelTensor(String name, String datatype, List<Long> shape) {
    /** The states. */
    static final String STATE = "z";

    /** The noise levels. */
    static final String SIGMA = "sigma";

    /** The classes. */
    static final String LABEL = "label";

    /** The denoised states. */
    static final String DENOISED = "d";

    /** Numbers in double precision. */
    static final String DOUBLE = "FP64";

    /** Integers of 64 bits. */
    static final String LONG = "INT64";

    /** Returns the inputs of a model. Only {@link #LABEL} is optional. */
    static List<ModelTensor> inputs(DenoiserInfo info) {
        List<ModelTensor> inputs = new ArrayList<>();
        inputs.add(new ModelTensor(STATE, DOUBLE, List.of(-1L, (long) info.dimension())));
        inputs.add(new ModelTensor(SIGMA, DOUBLE, List.of(-1L)));
        if (info.classes() > 0) {
            inputs.add(new ModelTensor(LABEL, LONG, List.of(-1L)));
        }
        return inputs;
    }

    /** Returns the output of a model. */
    static ModelTensor output(DenoiserInfo info) {
        return new ModelTensor(DENOISED, DOUBLE, List.of(-1L, (long) info.dimension()));
    }
}
