package io.scoreflux.cli.output;

import java.io.Console;

/** Detects a terminal. */
final class Terminal {
    private Terminal() {}

    /** Whether standard input and output are a terminal, as far as Java can tell. */
    @SuppressWarnings("SystemConsoleNull") // Both checks are used.
    static boolean isAttached() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            // From JDK 22 on there is a console even without a terminal, and a method that distinguishes the two.
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }
}
