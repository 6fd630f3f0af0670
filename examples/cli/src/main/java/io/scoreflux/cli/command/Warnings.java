package io.scoreflux.cli.command;

import io.scoreflux.files.text.MessageText;
import io.scoreflux.logconcave.Diagnostics;
import java.util.List;

/** Warnings about a run of chains. */
final class Warnings {
    /** Split R-hat needs at least two draws in each half of every chain. */
    private static final long LEAST_DRAWS_OF_CHAIN = 4;

    private Warnings() {}

    /** The warnings of the run. With too few draws, nothing else is known, so the only warning says that. */
    static List<String> of(Diagnostics.Summary run, int chains) {
        if (run.failure() != null || run.draws() >= LEAST_DRAWS_OF_CHAIN * chains) {
            return run.warnings().stream().map(MessageText::of).toList();
        }
        return List.of(run.draws() + (run.draws() == 1 ? " draw of " : " draws of ") + chains
                + (chains == 1 ? " chain" : " chains") + " are too few to tell whether the chains agree; draw at least "
                + LEAST_DRAWS_OF_CHAIN + " from each");
    }
}
