package io.scoreflux.files.targets;

import io.scoreflux.files.input.JsonFields;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.UserError;
import io.scoreflux.model.onnx.OnnxDenoiser;
import io.scoreflux.model.onnx.OnnxDenoiserBuilder;
import io.scoreflux.model.onnx.OnnxModelException;
import java.nio.file.Path;
import java.util.List;

/** Reads targets that are trained networks in ONNX files. */
final class OnnxTargets {
    private OnnxTargets() {}

    /**
     * The network that a target file names.
     *
     * @param calls how the network is called
     */
    static Target read(Path file, JsonFields fields, NetworkCalls calls) {
        NetworkFields network = new NetworkFields(file, fields, List.of("type", "file"));
        Path model = file.resolveSibling(UserError.path(file + ": file", fields.text("file")));
        OnnxDenoiserBuilder builder = OnnxDenoiser.builder(model);
        network.apply(builder);
        if (calls.fixedRows() != null) {
            builder.fixedRows(calls.fixedRows());
        }
        if (calls.memory() != null) {
            builder.memory(calls.memory());
        }
        OnnxDenoiser denoiser = open(file, builder);
        return network.target(denoiser, denoiser.shape());
    }

    private static OnnxDenoiser open(Path file, OnnxDenoiserBuilder builder) {
        try {
            return builder.open();
        } catch (OnnxModelException | IllegalArgumentException e) {
            throw new UserError(file + ": " + MessageText.ofTarget(e), e);
        }
    }
}
