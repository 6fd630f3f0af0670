package io.scoreflux.model.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;

/** Sets what a session of ONNX Runtime has settings for, such as its execution provider. */
@FunctionalInterface
public interface SessionSettings {

    /** Changes options; they are closed by their owner. */
    void apply(OrtSession.SessionOptions options) throws OrtException;
}
