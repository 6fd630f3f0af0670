package io.scoreflux.grpc;

import inference.OpenInferenceGrpc.ModelMetadataResponse;
import inference.OpenInferenceGrpc.ModelMetadataResponse.TensorMetadata;
import io.scoreflux.internal.Credentials;
import io.scoreflux.model.ModelException;
import io.scoreflux.model.ModelException.Kind;
import io.scoreflux.model.network.TensorDescription;
import io.scoreflux.model.remote.InferenceDescription;
import java.util.List;

/**
 * The description of a model by its server.
 *
 * @param model the name of the model in messages
 * @param inputs the inputs that the server declares
 * @param outputs the outputs that the server declares
 */
record Description(String model, List<TensorDescription> inputs, List<TensorDescription> outputs)
        implements InferenceDescription {

    static Description of(String model, ModelMetadataResponse answer) {
        return new Description(model, tensors(answer.getInputsList()), tensors(answer.getOutputsList()));
    }

    private static List<TensorDescription> tensors(List<TensorMetadata> declared) {
        return declared.stream()
                .map(tensor -> new TensorDescription(
                        tensor.getName(),
                        InferenceDescription.elementType(tensor.getDatatype()).orElse(null),
                        tensor.getShapeList(),
                        Credentials.shown(tensor.getDatatype() + tensor.getShapeList())))
                .toList();
    }

    @Override
    public long maxBytes() {
        return Codec.MAX_BYTES;
    }

    @Override
    public ModelException failure(Kind kind, String complaint, List<String> remedies) {
        return new ModelException(kind, complaint, remedies, null);
    }
}
