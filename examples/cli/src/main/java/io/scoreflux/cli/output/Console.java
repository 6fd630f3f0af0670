package io.scoreflux.cli.output;

import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;

/**
 * Where the program writes.
 *
 * @param out data; throws when it cannot be written
 * @param err everything else
 */
public record Console(OutputStream out, PrintStream err) {
    private static final int BUFFER = 1 << 16;

    /** With data buffered. */
    public static Console of(OutputStream out, PrintStream err) {
        return new Console(new BufferedOutputStream(out, BUFFER), err);
    }
}
