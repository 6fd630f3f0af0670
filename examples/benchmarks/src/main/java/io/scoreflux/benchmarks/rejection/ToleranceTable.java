package io.scoreflux.benchmarks.rejection;

import io.scoreflux.benchmarks.Figures;
import io.scoreflux.benchmarks.KnownProblem;
import io.scoreflux.benchmarks.PowerLaw;
import io.scoreflux.benchmarks.rejection.TransitionDistribution.Mode;
import io.scoreflux.benchmarks.targets.Target;
import io.scoreflux.benchmarks.targets.Targets;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.evaluation.TextTable;
import io.scoreflux.model.Denoiser;
import io.scoreflux.reject.ClippingBound;
import io.scoreflux.reject.Fors;
import io.scoreflux.reject.JacobianProduct;
import io.scoreflux.reject.Slopes;
import io.scoreflux.reject.StepRule;
import io.scoreflux.solve.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Calls and clipping bound at tolerances from 0.1 to 1e-6. The exponent p is that of the least-squares fit {@code calls = c ln(1 /
 * tolerance)^p}. The last column is the largest {@code calls / ln(1 / tolerance)^2}, relative to that at 0.1: 1 if the calls grow at most
 * like the square of the logarithm.
 */
final class ToleranceTable {
    private static final double[] TOLERANCES = {1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6};
    private static final double BOUND = 0.5;
    private static final int CHAINS = 300;
    private static final int PILOT = 300;
    /** Chains of which every step is computed by quadrature. */
    private static final int BY_QUADRATURE = 40;
    /** The dimension above which fewer chains run, and the divisor. */
    private static final int LARGE = 8;

    private static final int FEWER = 3;
    private static final long PILOT_SEED = 2;
    private static final long SEED = 11;
    private static final int RANDOM = 2;

    private final TextTable table =
            new TextTable(3, "target", "rule", "", "1e-1", "1e-2", "1e-3", "1e-4", "1e-5", "1e-6", "p", "calls / ln^2");

    private ToleranceTable() {}

    /** Returns the table. */
    static List<String> lines(Path problems) {
        ToleranceTable all = new ToleranceTable();
        Problem range = new Problem(1, 20, 0.05, Math.sqrt(Line.VARIANCE));
        JacobianProduct product = (z, sigma, v, out) -> out[0] = v[0] * Line.slope(z[0], sigma * sigma);
        StepRule perChain = new StepRule.PerChain();
        StepRule pilot = new StepRule.Pilot(PILOT);
        Slopes secants = Slopes.secants(Slopes.MAX_RANK);
        Case line = new Case("line-1d", Line.mixture(), range);
        all.rows(line, "A = 0", Slopes.none(), perChain, Mode.PLAIN);
        all.rows(line, "Jacobian", Slopes.jacobian(product), perChain, Mode.JACOBIAN);
        List<Case> cases = new ArrayList<>(List.of(line));
        for (KnownProblem known : KnownProblem.values()) {
            Experiment experiment = known.experiment(problems, 1);
            cases.add(new Case(known.label(), experiment.denoiser(), experiment.problem()));
        }
        cases.add(Case.of(Targets.modes100()));
        cases.add(Case.of(Targets.rare()));
        Targets.random(SEED, RANDOM).forEach(target -> cases.add(Case.of(target)));
        cases.forEach(one -> all.rows(one, "default", secants, perChain, null));
        cases.forEach(one -> all.rows(one, "pilot", secants, pilot, null));
        return all.table.lines();
    }

    private record Case(String name, Denoiser denoiser, Problem problem) {
        static Case of(Target target) {
            return new Case(target.name(), target.denoiser(), target.problem(target.toSigma()));
        }

        ChainRun run(long seed) {
            return new ChainRun(denoiser, denoiser.moments().orElseThrow(), problem, seed);
        }

        int chains() {
            return problem.dimension() > LARGE ? CHAINS / FEWER : CHAINS;
        }
    }

    private void rows(Case one, String rule, Slopes slopes, StepRule steps, @Nullable Mode mode) {
        String[] calls = new String[TOLERANCES.length + 5];
        String[] bounds = calls.clone();
        String[] sums = calls.clone();
        List<Double> logs = new ArrayList<>();
        List<Double> counts = new ArrayList<>();
        double worst = 0;
        for (int i = 0; i < TOLERANCES.length; i++) {
            Fors fors = new Fors(TOLERANCES[i], BOUND, slopes, steps);
            Fors placed = fors.needsPilot() ? fors.placed(fors.place(one.problem(), one.run(PILOT_SEED))) : fors;
            ChainRun run = one.run(1);
            ClippingBound clipping = new ClippingBound();
            run.run(placed.prepare(one.problem()), one.chains()).forEach(chain -> clipping.add(chain.certificate()));
            double mean = (double) run.calls() / one.chains();
            double log = Math.log(1 / TOLERANCES[i]);
            logs.add(log);
            counts.add(mean);
            worst = Math.max(worst, mean / (log * log) / (counts.get(0) / (logs.get(0) * logs.get(0))));
            calls[i + 3] = Figures.format("%.0f", mean);
            bounds[i + 3] =
                    Figures.format("%.1e", clipping.mean()) + " +- " + Figures.format("%.0e", clipping.standardError());
            sums[i + 3] = mode == null ? "" : Figures.format("%.1e", sumOfSteps(mode, placed, one));
        }
        finish(calls, one.name(), rule, "calls");
        finish(bounds, "", "", "bound");
        finish(sums, "", "", "sum of steps");
        calls[TOLERANCES.length + 3] =
                Figures.format("%.2f", PowerLaw.fit(logs, counts).exponent());
        calls[TOLERANCES.length + 4] = Figures.format("%.2f", worst);
        table.row(calls);
        table.row(bounds);
        if (mode != null) {
            table.row(sums);
        }
    }

    private static void finish(String[] cells, String target, String rule, String what) {
        cells[0] = target;
        cells[1] = rule;
        cells[2] = what;
        cells[TOLERANCES.length + 3] = "";
        cells[TOLERANCES.length + 4] = "";
    }

    /** The sum of the exact total variation distances of the steps on the line, by quadrature at each state of some chains. */
    private static double sumOfSteps(Mode mode, Fors fors, Case line) {
        double[] last = new double[2];
        double[] sum = new double[1];
        Denoiser watched = Denoiser.rowwise(1, (z, sigma, out) -> {
            // The last evaluation at a level is that at a state, from which a step begins.
            if (sigma < last[1]) {
                sum[0] += TransitionDistribution.distance(mode, BOUND, last[0], last[1], sigma);
            }
            last[0] = z[0];
            last[1] = sigma;
            out[0] = Line.denoised(z[0], sigma * sigma);
        });
        new ChainRun(watched, line.denoiser().moments().orElseThrow(), line.problem(), 1)
                .run(fors.prepare(line.problem()), BY_QUADRATURE);
        return sum[0] / BY_QUADRATURE;
    }
}
