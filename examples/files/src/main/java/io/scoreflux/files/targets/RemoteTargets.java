package io.scoreflux.files.targets;

import io.scoreflux.files.input.JsonFields;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.UserError;
import io.scoreflux.model.remote.InferenceDenoiser;
import io.scoreflux.model.remote.InferenceDenoiserBuilder;
import io.scoreflux.model.remote.InferenceException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Reads targets that are trained networks on inference servers. */
final class RemoteTargets {
    private RemoteTargets() {}

    /** The network that a target file names. */
    static Target read(Path file, JsonFields fields) {
        NetworkFields network =
                new NetworkFields(file, fields, List.of("type", "url", "model", "version", "headers", "timeout"));
        URI url = url(fields);
        String model = fields.text("model");
        InferenceDenoiserBuilder builder = fields.checked("url", "", () -> InferenceDenoiser.builder(url, model));
        network.apply(builder);
        calls(fields, builder);
        try {
            InferenceDenoiser denoiser = builder.open();
            return network.target(denoiser, denoiser.shape());
        } catch (InferenceException | IllegalArgumentException e) {
            throw new UserError(file + ": " + MessageText.ofTarget(e), e);
        }
    }

    private static URI url(JsonFields fields) {
        String url = fields.text("url");
        try {
            return new URI(url);
        } catch (URISyntaxException e) {
            throw fields.error("url", "must be an address such as http://127.0.0.1:8000, was '" + url + "'");
        }
    }

    private static void calls(JsonFields fields, InferenceDenoiserBuilder builder) {
        if (fields.has("version")) {
            String version = fields.text("version");
            fields.checked("version", "", () -> builder.version(version));
        }
        if (fields.has("headers")) {
            JsonFields headers = fields.object("headers");
            for (String name : headers.names()) {
                String value = headers.text(name);
                fields.checked("headers", "", () -> builder.header(name, value));
            }
        }
        if (fields.has("timeout")) {
            double seconds = fields.positive("timeout");
            fields.checked(
                    "timeout",
                    "",
                    () -> builder.timeout(Duration.ofNanos((long) Math.max(1, Math.rint(1e9 * seconds)))));
        }
    }
}
