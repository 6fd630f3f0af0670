package io.scoreflux.model.remote;

import org.jspecify.annotations.Nullable;

/** The protocol's types of numbers that can be sent. */
enum Datatype {
    FP32(Float.BYTES),
    FP64(Double.BYTES),
    INT32(Integer.BYTES),
    INT64(Long.BYTES),
    BOOL(1);

    private final int bytes;

    Datatype(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of a number. */
    int bytes() {
        return bytes;
    }

    boolean isReal() {
        return this == FP32 || this == FP64;
    }

    /** The type of a name, or null for one that cannot be sent. */
    static @Nullable Datatype named(String name) {
        for (Datatype type : values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        return null;
    }
}
