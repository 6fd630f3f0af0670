package io.scoreflux.cli.command;

/** The help text on formats and exit codes. */
final class OutputHelp {
    static final String TEXT = "%n"
            + "ndjson: one object per sample with index, values, status (converged: the tolerance was met;"
            + " unconverged: it was not met; unestimated: the solver has no error estimate; failed), calls"
            + " (denoiser evaluations), rounds (sequential evaluations), error (estimate relative to the radius,"
            + " or null), intervals (accepted steps), and lowestDegree and highestDegree (of the interpolation"
            + " polynomials). A failed sample has a reason and no values. Rejection sampling adds draws,"
            + " proposals, weights (evaluations for weights), overflows (clipped weights) and clipping (the"
            + " sample's share in the bound of the run). encode --likelihood adds logDensity, standardError and"
            + " bitsPerDimension.%n"
            + "csv: index, status, calls, error, x0, x1, ...%n"
            + "npy: only the values, NaN for a failed sample.%n"
            + "The same seed, target and options give the same bytes for any --batch, --threads and"
            + " --first-index. For networks, this requires --fixed-rows.%n"
            + "Exit code 0: success; 1: the run or some samples failed; 2: invalid arguments or input.";

    static final String EXACT = "%n"
            + "sample --exact: one object per particle with index (island times --particles, plus the number of the"
            + " particle), values, status (unestimated), calls (of the particle), error (null), island, weight"
            + " (normalised within its island) and logEvidence (ln Z of the island). Pool islands with the weights"
            + " Z. A failed island is one row with the status failed, the reason and the calls of all its particles."
            + " csv: index, status, calls, error, x0, x1, ..., island, weight, logEvidence.";

    private OutputHelp() {}
}
