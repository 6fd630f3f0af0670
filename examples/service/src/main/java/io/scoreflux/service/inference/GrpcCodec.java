package io.scoreflux.service.inference;

import com.google.protobuf.UnsafeByteOperations;
import inference.OpenInferenceGrpc.InferTensorContents;
import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelInferRequest.InferInputTensor;
import inference.OpenInferenceGrpc.ModelInferRequest.InferRequestedOutputTensor;
import inference.OpenInferenceGrpc.ModelInferResponse;
import inference.OpenInferenceGrpc.ModelInferResponse.InferOutputTensor;
import inference.OpenInferenceGrpc.ModelMetadataResponse;
import inference.OpenInferenceGrpc.ModelMetadataResponse.TensorMetadata;
import io.scoreflux.service.api.RequestException;
import io.scoreflux.service.inference.Inference.Denoised;
import io.scoreflux.spring.Model;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Converts messages of gRPC. Raw contents are little-endian. */
final class GrpcCodec {
    private GrpcCodec() {}

    /**
     * Reads a request.
     *
     * @throws RequestException if it does not follow the protocol
     */
    static InferenceRequest decode(ModelInferRequest message) {
        int raw = message.getRawInputContentsCount();
        if (raw != 0 && raw != message.getInputsCount()) {
            throw invalid(
                    "raw_input_contents",
                    "must be absent or have contents for each of the " + message.getInputsCount() + " inputs, has "
                            + raw);
        }
        List<InferenceRequest.Input> inputs = new ArrayList<>();
        for (int i = 0; i < message.getInputsCount(); i++) {
            InferInputTensor input = message.getInputs(i);
            if (raw != 0 && input.hasContents()) {
                throw invalid("inputs[" + i + "].contents", "must be absent beside raw_input_contents, was given");
            }
            Contents contents = raw == 0
                    ? new Contents.Numbers(numbers(input))
                    : new Contents.Raw(message.getRawInputContents(i).asReadOnlyByteBuffer());
            inputs.add(
                    new InferenceRequest.Input(input.getName(), input.getDatatype(), input.getShapeList(), contents));
        }
        return new InferenceRequest(
                message.getModelName(),
                message.getModelVersion(),
                inputs,
                message.getOutputsList().stream()
                        .map(InferRequestedOutputTensor::getName)
                        .toList());
    }

    private static double[] numbers(InferInputTensor input) {
        InferTensorContents contents = input.getContents();
        return input.getDatatype().equals(ModelTensor.LONG)
                ? contents.getInt64ContentsList().stream()
                        .mapToDouble(Long::doubleValue)
                        .toArray()
                : contents.getFp64ContentsList().stream()
                        .mapToDouble(Double::doubleValue)
                        .toArray();
    }

    /** Writes the response to a request, with raw contents unless the request has typed ones. */
    static ModelInferResponse encode(ModelInferRequest message, Denoised denoised) {
        ModelTensor declared = ModelTensor.output(denoised.model().info());
        double[] values = denoised.values();
        InferOutputTensor.Builder output = InferOutputTensor.newBuilder()
                .setName(declared.name())
                .setDatatype(declared.datatype())
                .addShape(denoised.rows())
                .addShape(denoised.model().info().dimension());
        ModelInferResponse.Builder answer = ModelInferResponse.newBuilder()
                .setModelName(denoised.model().name())
                .setModelVersion(Inference.VERSION)
                .setId(message.getId());
        if (message.getRawInputContentsCount() == 0) {
            InferTensorContents.Builder contents = InferTensorContents.newBuilder();
            Arrays.stream(values).forEach(contents::addFp64Contents);
            return answer.addOutputs(output.setContents(contents)).build();
        }
        byte[] raw = new byte[Contents.BYTES * values.length];
        ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().put(values);
        return answer.addOutputs(output)
                .addRawOutputContents(UnsafeByteOperations.unsafeWrap(raw))
                .build();
    }

    /** Describes a model. */
    static ModelMetadataResponse metadata(Model model) {
        return ModelMetadataResponse.newBuilder()
                .setName(model.name())
                .addVersions(Inference.VERSION)
                .setPlatform(Inference.PLATFORM)
                .addAllInputs(ModelTensor.inputs(model.info()).stream()
                        .map(GrpcCodec::metadata)
                        .toList())
                .addOutputs(metadata(ModelTensor.output(model.info())))
                .build();
    }

    private static TensorMetadata metadata(ModelTensor tensor) {
        return TensorMetadata.newBuilder()
                .setName(tensor.name())
                .setDatatype(tensor.datatype())
                .addAllShape(tensor.shape())
                .build();
    }

    private static RequestException invalid(String field, String rule) {
        return RequestException.invalid(field, field + " " + rule + "; correct it");
    }
}
