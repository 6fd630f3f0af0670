package io.scoreflux.cli.command;

/** The help text on formats and exit codes. */
final class OutputHelp {
    static final String TEXT = "%n"
            + "ndjson: an object a sample: index, values, status (converged: the tolerance was%n"
            + "met; unconverged: it was not; unestimated: the solver has no estimate; failed), calls (denoiser%n"
            + "evaluations), rounds (evaluations one after the other), error (estimate relative to the radius, or%n"
            + "null), intervals (accepted steps), lowestDegree and highestDegree of their polynomials; failed%n"
            + "samples have a reason and no values; rejection sampling adds draws, proposals, weights (calls for%n"
            + "them), overflows (weights clipped) and clipping (the sample's share in the run's bound). csv: index, status, calls, error, x0, x1, ... npy: the values%n"
            + "alone, NaN where a sample failed. encode --likelihood adds logDensity, standardError and bitsPerDimension. The same seed, target and options give the same bytes, whatever%n"
            + "--batch, --threads and --first-index; networks with --fixed-rows only.%n"
            + "Exit code 0: all done; 1: the run or some samples failed; 2: bad arguments or input.";

    private OutputHelp() {}
}
