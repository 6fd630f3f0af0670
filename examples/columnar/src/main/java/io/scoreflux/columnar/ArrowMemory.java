package io.scoreflux.columnar;

import io.scoreflux.files.text.UserError;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** Arrow's memory, which is outside of the heap. */
final class ArrowMemory {
    private ArrowMemory() {}

    /** An allocator, which the caller must close. */
    static BufferAllocator allocator() {
        try {
            return new RootAllocator();
        } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
            throw new UserError(
                    "the format arrow needs the option --add-opens=java.base/java.nio=ALL-UNNAMED of the Java virtual"
                            + " machine; give it, run the jar of the command line, which has it, or use parquet",
                    e);
        }
    }
}
