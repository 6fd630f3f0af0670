package io.scoreflux.cli.option;

import io.scoreflux.files.text.Names;
import io.scoreflux.files.text.UserError;
import io.scoreflux.reject.CorrectedSolver;
import io.scoreflux.reject.Corrector;
import io.scoreflux.reject.ForsCorrector;
import io.scoreflux.reject.Metropolis;
import io.scoreflux.solve.Solver;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of the corrector. */
final class Correction {
    private static final String FORS = SolverChoice.FORS;
    static final String METROPOLIS = "metropolis";
    private static final List<String> NAMES = List.of(FORS, METROPOLIS);
    private static final int MOST_MOVES = 10_000;
    private static final int DEFAULT_MOVES = 8;
    private static final double DEFAULT_TOLERANCE = 0.01;

    @Option(
            names = "--correct",
            paramLabel = "NAME",
            description =
                    "fors: draws the last quarter of the noise range by rejection sampling. metropolis: makes random"
                            + " moves at the last noise level that leave its distribution invariant")
    @Nullable
    String name;

    @Option(
            names = "--correct-tolerance",
            paramLabel = "E",
            description = "With --correct fors: intended limit on the total variation distance that clipping of weights"
                    + " causes, in ${bundle:fors.tolerance} (default: 0.01)")
    @Nullable
    Double tolerance;

    @Option(
            names = "--moves",
            paramLabel = "N",
            description = "With --correct metropolis: number of moves per sample (default: 8)")
    @Nullable
    Integer moves;

    /** Checks the options that do not depend on the target. */
    void check(String solver) {
        String chosen = name;
        if (chosen == null) {
            needs("--correct-tolerance", tolerance, FORS);
            needs("--moves", moves, METROPOLIS);
            return;
        }
        if (!NAMES.contains(chosen)) {
            throw new UserError("unknown --correct '" + chosen + "'" + Names.hint(chosen, NAMES) + "; available: "
                    + String.join(", ", NAMES));
        }
        if (solver.equals(SolverChoice.FORS)) {
            throw new UserError(
                    "--correct does not apply to the solver fors, which draws from the exact distribution; leave it"
                            + " out");
        }
        if (chosen.equals(FORS)) {
            needs("--moves", moves, METROPOLIS);
            if (tolerance != null) {
                SolverChoice.requireTolerance("--correct-tolerance", FORS, tolerance);
            }
            return;
        }
        needs("--correct-tolerance", tolerance, FORS);
        if (moves != null) {
            OptionRules.atLeast("--moves", moves, 1);
            if (moves > MOST_MOVES) {
                throw new UserError("--moves must be at most " + MOST_MOVES + ", was " + moves);
            }
        }
    }

    private static void needs(String option, @Nullable Object value, String corrector) {
        if (value != null) {
            throw new UserError(option + " applies to --correct " + corrector + " only; leave it out");
        }
    }

    /** Rejects a correction at noise level 0. */
    void requireEnd(String place, double toSigma) {
        if (name != null && toSigma == 0) {
            throw new UserError(
                    place + " must be greater than 0 with --correct, was 0; end at a small noise level, or leave"
                            + " --correct out");
        }
    }

    /** The solver, with the corrector if there is one. */
    Solver apply(Solver solver, int dimension) {
        if (name == null) {
            return solver;
        }
        if (solver.needsPilot()) {
            throw new UserError(
                    "--correct does not apply to --budget of sliding, which places its calls over the whole range;"
                            + " give --tolerance, or a fixed-step solver");
        }
        Corrector corrector = name.equals(FORS)
                ? new ForsCorrector(tolerance == null ? DEFAULT_TOLERANCE : tolerance)
                : new Metropolis(
                        moves == null ? DEFAULT_MOVES : moves,
                        Metropolis.defaultStep(dimension),
                        Metropolis.Form.SIMPSON,
                        0.5);
        return new CorrectedSolver(solver, corrector);
    }
}
