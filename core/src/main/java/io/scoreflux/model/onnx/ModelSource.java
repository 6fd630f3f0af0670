package io.scoreflux.model.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.scoreflux.model.ModelException.Kind;
import java.nio.file.Files;
import java.nio.file.Path;

/** The source of a model: a file, whose weights may be in separate files beside it, or bytes. */
sealed interface ModelSource {

    /** Returns the name of the model in messages. */
    String name();

    /** Loads the model. */
    OrtSession open(OrtEnvironment environment, OrtSession.SessionOptions options) throws OrtException;

    /** A file. */
    record File(Path path) implements ModelSource {
        @Override
        public String name() {
            return path.toString();
        }

        @Override
        public OrtSession open(OrtEnvironment environment, OrtSession.SessionOptions options) throws OrtException {
            if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
                throw new OnnxModelException(
                        Kind.UNREADABLE,
                        path + ": the model "
                                + (Files.exists(path) ? "cannot be read" : "does not exist")
                                + "; name an ONNX file",
                        null);
            }
            if (path.toFile().length() == 0) {
                throw new OnnxModelException(Kind.UNREADABLE, path + ": the model is empty; name an ONNX file", null);
            }
            return environment.createSession(path.toString(), options);
        }
    }

    /** A model in memory. */
    final class Bytes implements ModelSource {
        private final String name;
        private final byte[] bytes;

        Bytes(String name, byte[] bytes) {
            this.name = name;
            this.bytes = bytes;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public OrtSession open(OrtEnvironment environment, OrtSession.SessionOptions options) throws OrtException {
            return environment.createSession(bytes, options);
        }
    }
}
