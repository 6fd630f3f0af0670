package io.scoreflux.cli.command;

import io.scoreflux.cli.text.MessageText;
import io.scoreflux.logconcave.Diagnostics;
import java.util.List;

/** Warnings about a run of chains. */
final class Warnings {
    /** Split R-hat takes halves of at least two draws of every chain. */
    private static final long LEAST_DRAWS_OF_CHAIN = 4;

    private Warnings() {}

    /** The run's own warnings; of too few draws only that they are too few, as nothing else is known then. */
    static List<String> of(Diagnostics.Summary run, int chains) {
        if (run.failure() != null || run.draws() >= LEAST_DRAWS_OF_CHAIN * chains) {
            return run.warnings().stream().map(MessageText::of).toList();
        }
        return List.of(run.draws() + (run.draws() == 1 ? " draw of " : " draws of ") + chains
                + (chains == 1 ? " chain" : " chains") + " are too few to tell whether the chains agree; make at least "
                + LEAST_DRAWS_OF_CHAIN + " of each");
    }
}
