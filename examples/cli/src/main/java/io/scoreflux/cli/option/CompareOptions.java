package io.scoreflux.cli.option;

import io.scoreflux.cli.output.OutputTarget;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.SampleFile;
import io.scoreflux.files.targets.BuiltIn;
import io.scoreflux.files.text.UserError;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of a comparison. */
public final class CompareOptions extends SolveOptions {
    private static final int MOST_ROWS = 1_000_000;

    @Mixin
    public final ConditionOptions given = new ConditionOptions();

    @Option(
            names = "--solvers",
            required = true,
            paramLabel = "A,B,...",
            description =
                    "Solvers, separated by commas: the deterministic ones of 'sample', and budget, which is sliding"
                            + " with --budget. A grid may follow the name of a fixed-step solver, as in heun:karras")
    public String solvers = "";

    @Option(
            names = "--tolerances",
            paramLabel = "E,E,...",
            description =
                    "${bundle:compared-solvers}: tolerances to compare (default: the powers of ten from 1e-2 to 1e-11)")
    @Nullable
    public String tolerances;

    @Option(
            names = "--budgets",
            paramLabel = "N,N,...",
            description = "Fixed-step solvers and budget: numbers of calls to compare; budget skips those outside"
                    + " ${bundle:budget.calls} (default: 8,16,32,64,128,256,512)")
    @Nullable
    public String budgets;

    @Option(
            names = "--grid",
            paramLabel = "NAME",
            description = "Grid of fixed-step solvers whose name has none: uniform (in ln sigma, default) or karras")
    @Nullable
    public String grid;

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "Number of rows (default: 16, or all rows of --initial or --reference)")
    @Nullable
    public Integer count;

    @Option(
            names = "--initial",
            paramLabel = "STATES",
            converter = FileName.class,
            description =
                    "Initial states, one per row (default: those of 'sample' with the same seed); " + SampleFile.HELP)
    @Nullable
    public Path initial;

    @Option(
            names = "--reference",
            paramLabel = "ENDS",
            converter = FileName.class,
            description =
                    "Exact end states of the probability flow, one per row (default: computed by sliding at tolerance"
                            + " 1e-13); " + SampleFile.HELP)
    @Nullable
    public Path reference;

    @Option(
            names = "--radius",
            paramLabel = "R",
            description =
                    "Unit of the errors (default: the radius of the target, which is also the unit of tolerances)")
    @Nullable
    public Double radius;

    @Option(names = "--seed", paramLabel = "S", description = "Seed of the initial states (default: 0)")
    @Nullable
    public Long seed;

    @Option(
            names = "--csv",
            paramLabel = "FILE.csv",
            converter = FileName.class,
            description = "Writes the measurements with full precision")
    @Nullable
    public Path csv;

    @Option(
            names = "--plot",
            paramLabel = "FILE.png",
            converter = FileName.class,
            description =
                    "Plots error against calls, and with --times against processor time, with one curve per solver")
    @Nullable
    public Path plot;

    @Option(
            names = "--floor",
            description =
                    "Also computes the number of calls that piecewise Chebyshev interpolation of the denoiser takes"
                            + " along the known trajectories. It is not a lower bound, because errors along a"
                            + " trajectory partly cancel at its end")
    public boolean floor;

    @Option(
            names = "--times",
            description =
                    "Also measures the processor time per row: of all threads, with the denoiser, without pilot runs."
                            + " Short runs are repeated. Processor times differ between runs; everything else does not")
    public boolean times;

    @Option(names = "--quiet", description = "Suppresses progress and remarks on standard error")
    public boolean quiet;

    /** The seed of the initial states. */
    public long seed() {
        return seed == null ? 0 : seed;
    }

    /** Whether an output other than the table goes to standard output. */
    public boolean isOutputTaken() {
        return isStandardOutput(csv) || isStandardOutput(plot);
    }

    private static boolean isStandardOutput(@Nullable Path output) {
        return output != null && OutputTarget.of(output).kind() == OutputTarget.Kind.STANDARD_OUTPUT;
    }

    /** Checks the options that do not depend on the target. */
    @Override
    public void check() {
        super.check();
        given.check();
        given.requireOneClass("compare");
        if (count != null) {
            OptionRules.atLeast("--count", count, 1);
            if (count > MOST_ROWS) {
                throw new UserError("--count must be at most " + MOST_ROWS + ", was " + count);
            }
        }
        if (toSigma != null && toSigma == 0) {
            throw new UserError("--to-sigma must be greater than 0 in a comparison, was 0, where only sliding can"
                    + " end; give a small positive number");
        }
        OptionRules.positive("--radius", radius);
        if (csv != null) {
            Format.requireSupported(csv);
        }
        OptionRules.picture("--plot", plot);
        OptionRules.different("--csv", csv, "--plot", plot);
        new InputFiles()
                .addTarget(target, BuiltIn.names())
                .add("--observe", given.observe)
                .add("--initial", initial)
                .add("--reference", reference)
                .spare("the table", isOutputTaken() ? null : OutputTarget.STANDARD)
                .spare("--csv", csv)
                .spare("--plot", plot);
    }
}
