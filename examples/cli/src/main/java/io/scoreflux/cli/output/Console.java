package io.scoreflux.cli.output;

import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;

/**
 * The output streams of the program.
 *
 * @param out receives data; throws an exception if it cannot be written
 * @param err receives everything else
 */
public record Console(OutputStream out, PrintStream err) {
    private static final int BUFFER = 1 << 16;

    /** Creates a console that buffers the data. */
    public static Console of(OutputStream out, PrintStream err) {
        return new Console(new BufferedOutputStream(out, BUFFER), err);
    }
}
