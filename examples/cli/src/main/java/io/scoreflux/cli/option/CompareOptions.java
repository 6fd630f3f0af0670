package io.scoreflux.cli.option;

import io.scoreflux.cli.format.Format;
import io.scoreflux.cli.format.SampleFile;
import io.scoreflux.cli.output.OutputTarget;
import io.scoreflux.cli.targets.BuiltIn;
import io.scoreflux.cli.text.UserError;
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
                    "Solvers, separated by commas: the deterministic ones of 'sample', and budget for sliding with --budget; a"
                            + " fixed-step solver's name may have a grid behind it: heun:karras")
    public String solvers = "";

    @Option(
            names = "--tolerances",
            paramLabel = "E,E,...",
            defaultValue = Contenders.TOLERANCES,
            description =
                    "${bundle:compared-solvers}: the tolerances to run at (default: 1e-2 to 1e-11, a digit apart)")
    public String tolerances = Contenders.TOLERANCES;

    @Option(
            names = "--budgets",
            paramLabel = "N,N,...",
            defaultValue = Contenders.BUDGETS,
            description =
                    "Fixed-step solvers and budget: the calls to run at (default: 8,16,32,64,128,256,512; budget: ${bundle:budget.calls})")
    public String budgets = Contenders.BUDGETS;

    @Option(
            names = "--grid",
            paramLabel = "NAME",
            defaultValue = "uniform",
            description = "Fixed-step solvers without a grid of their own: uniform in ln sigma (default), or karras")
    public String grid = "uniform";

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "Rows to carry; by default 16, or all that --initial or --reference has")
    @Nullable
    public Integer count;

    @Option(
            names = "--initial",
            paramLabel = "STATES",
            converter = FileName.class,
            description =
                    "Starting states, one a row; by default those of 'sample' with the same seed; " + SampleFile.HELP)
    @Nullable
    public Path initial;

    @Option(
            names = "--reference",
            paramLabel = "ENDS",
            converter = FileName.class,
            description =
                    "Where the flow takes them; by default computed by sliding at tolerance 1e-13; " + SampleFile.HELP)
    @Nullable
    public Path reference;

    @Option(
            names = "--radius",
            paramLabel = "R",
            description = "The unit of the errors (default: the target's radius, which is the unit of tolerances)")
    @Nullable
    public Double radius;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "0", description = "Of the starting states (default: 0)")
    public long seed;

    @Option(
            names = "--csv",
            paramLabel = "FILE.csv",
            converter = FileName.class,
            description = "The measurements with full precision")
    @Nullable
    public Path csv;

    @Option(
            names = "--plot",
            paramLabel = "FILE.png",
            converter = FileName.class,
            description = "Draws error against calls, a curve a solver")
    @Nullable
    public Path plot;

    @Option(
            names = "--floor",
            description =
                    "Also the calls that piecewise Chebyshev interpolation of the denoiser takes along the known paths; no lower bound,"
                            + " as errors along a path partly cancel at its end")
    public boolean floor;

    @Option(names = "--quiet", description = "No progress and no remarks on standard error")
    public boolean quiet;

    /** Whether an output other than the table goes to standard output. */
    public boolean isOutputTaken() {
        return isStandardOutput(csv) || isStandardOutput(plot);
    }

    private static boolean isStandardOutput(@Nullable Path output) {
        return output != null && OutputTarget.of(output).kind() == OutputTarget.Kind.STANDARD_OUTPUT;
    }

    /** Checks what needs no target. */
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
            throw new UserError("--to-sigma must be greater than 0 in a comparison, was 0, where only sliding can end;"
                    + " give a small one");
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
