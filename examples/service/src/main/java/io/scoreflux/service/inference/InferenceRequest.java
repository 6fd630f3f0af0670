package io.scoreflux.service.inference;

import java.util.List;

/**
 * A request for values of a model, as a client has sent it. Nothing in it is checked.
 *
 * @param model the name of the model
 * @param version the version of the model, or an empty string
 * @param inputs the input tensors
 * @param outputs the names of the requested outputs; empty for all
 */
record InferenceRequest(String model, String version, List<Input> inputs, List<String> outputs) {

    /**
     * An input tensor.
     *
     * @param name its name
     * @param datatype the protocol's name of its type
     * @param shape the lengths of its axes
     * @param contents its elements
     */
    record Input(String name, String datatype, List<Long> shape, Contents contents) {}
}
