package io.scoreflux.diffusion;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Thrown if the folder of a pipeline cannot be used, or a prompt or an image does not fit the pipeline. The message states what to do. */
public final class PipelineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The kind of error. */
    public enum Kind {
        /** A file does not exist or cannot be read. */
        UNREADABLE,
        /** A field of a configuration file is missing or has a value that is not permitted. */
        INVALID_FIELD,
        /** The pipeline, the scheduler or the tokenizer is of a class that is not supported. */
        UNSUPPORTED,
        /** A network has other tensors than its configuration states, or cannot be run. */
        INVALID_NETWORK,
        /** A prompt is too long, or its tokens are unknown to the text encoder. */
        INVALID_PROMPT,
        /** An image has the wrong size, or its latents are not finite. */
        INVALID_IMAGE,
        /** A tensor would exceed the memory limit. */
        TOO_LARGE
    }

    private final Kind kind;
    private final transient @Nullable Path file;
    private final @Nullable String field;

    private PipelineException(
            Kind kind, @Nullable Path file, @Nullable String field, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.file = file;
        this.field = field;
    }

    static PipelineException file(Kind kind, Path file, String complaint, @Nullable Throwable cause) {
        return new PipelineException(kind, file, null, file + ": " + complaint, cause);
    }

    static PipelineException field(Kind kind, Path file, String field, String complaint) {
        return new PipelineException(kind, file, field, file + ": '" + field + "' " + complaint, null);
    }

    static PipelineException field(Kind kind, Path file, String field, String complaint, Throwable cause) {
        return new PipelineException(kind, file, field, file + ": '" + field + "' " + complaint, cause);
    }

    static PipelineException input(Kind kind, String message) {
        return new PipelineException(kind, null, null, message, null);
    }

    /** Returns the kind of error. */
    public Kind kind() {
        return kind;
    }

    /** Returns the file with the error, or null if the error is in a prompt or an image. */
    public @Nullable Path file() {
        return file;
    }

    /** Returns the name of the field of the file, or null. */
    public @Nullable String field() {
        return field;
    }
}
