package io.scoreflux.model.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;

/** Changes the settings of a session of ONNX Runtime, such as its execution provider. */
@FunctionalInterface
public interface SessionSettings {

    /** Changes the options, which the caller closes. */
    void apply(OrtSession.SessionOptions options) throws OrtException;
}
