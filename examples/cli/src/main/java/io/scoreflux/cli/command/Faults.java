package io.scoreflux.cli.command;

import io.scoreflux.cli.output.Console;
import java.util.ArrayList;
import java.util.List;

/** The faults that a check has found. The first ones are kept, the others are counted. */
final class Faults {
    private static final int SHOWN = 10;

    private final List<String> shown = new ArrayList<>();
    private long others;

    void add(String fault) {
        if (shown.size() < SHOWN) {
            shown.add(fault);
        } else {
            others++;
        }
    }

    long count() {
        return shown.size() + others;
    }

    boolean isEmpty() {
        return shown.isEmpty();
    }

    /** Prints the faults that are kept on standard error. */
    void print(Console console) {
        shown.forEach(fault -> console.err().println("scoreflux: " + fault));
    }

    /** Returns the number of faults as a part of a sentence. */
    @Override
    public String toString() {
        return "faults: " + count() + (others > 0 ? ", of which " + SHOWN + " are shown" : "");
    }
}
