package io.scoreflux.model.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;

/** A function that changes the settings of a session of ONNX Runtime, such as its execution provider. */
@FunctionalInterface
public interface SessionSettings {

    /** Changes the options. Must not close them. */
    void apply(OrtSession.SessionOptions options) throws OrtException;
}
