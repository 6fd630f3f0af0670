package io.scoreflux.benchmarks.rejection;

import io.scoreflux.benchmarks.Figures;
import io.scoreflux.benchmarks.targets.Target;
import io.scoreflux.benchmarks.targets.Targets;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.Moments;
import io.scoreflux.reject.ClippingBound;
import io.scoreflux.reject.Fors;
import io.scoreflux.solve.Problem;
import java.util.List;

/** The shares of samples in two rare modes of the target {@code rare-2d}, at (-3, 1) with weight 1 % and at (4, 0) with weight 0.1 %. */
final class RareModeTable {
    private static final int SAMPLES = 100_000;

    private static final String[] COLUMNS = {"tolerance", "calls", "bound", "samples in the mode of 1 %", "of 0.1 %"};

    private RareModeTable() {}

    static List<String> columns() {
        return List.of(COLUMNS);
    }

    static List<String> lines() {
        Target target = Targets.rare();
        TextTable table = new TextTable(1, COLUMNS);
        Moments moments = target.denoiser().moments().orElseThrow();
        Problem problem = target.problem(target.toSigma());
        for (double tolerance : new double[] {0.1, 0.01, 1e-3, 1e-4}) {
            ChainRun run = new ChainRun(target.denoiser(), moments, problem, 1);
            ClippingBound clipping = new ClippingBound();
            int left = 0;
            int right = 0;
            for (var chain : run.run(new Fors(tolerance).prepare(problem), SAMPLES)) {
                clipping.add(chain.certificate());
                left += chain.z()[0] < -2 ? 1 : 0;
                right += chain.z()[0] > 2.5 ? 1 : 0;
            }
            table.row(
                    Double.toString(tolerance),
                    Figures.format("%.0f", (double) run.calls() / SAMPLES),
                    Figures.format("%.1e", clipping.mean()),
                    Integer.toString(left),
                    Integer.toString(right));
        }
        return table.lines();
    }
}
