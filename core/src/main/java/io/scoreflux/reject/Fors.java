package io.scoreflux.reject;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.reject.BernoulliFactory;
import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.Placement;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Setting;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverDescriptor;
import io.scoreflux.solve.SolverState;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * First-order rejection sampling of the whole reverse process. Each step draws from the exact transition distribution, unless a weight is
 * clipped. See {@code docs/rejection.md}.
 *
 * <p>The solver is stochastic, so certificates contain no error estimate. They contain the numbers of proposals and weights, and the
 * contribution of the sample to the clipping bound. {@link ClippingBound} computes this bound on the total variation distance from the
 * certificates of a run. Each round has one row.
 *
 * @param tolerance the target of the step rule for the total variation distance that clipping causes over the whole range, in [1e-6, 1)
 * @param bound B of the Bernoulli factory, in (0, 3]; samples take the fewest calls near 0.5
 * @param slopes the source of the denoiser's Jacobian
 * @param rule the rule for the lengths of steps
 */
public record Fors(double tolerance, double bound, Slopes slopes, StepRule rule) implements Solver {
    private static final Setting TOLERANCE = Setting.real("tolerance", 1e-6, 1, 1e-4);

    /** Describes the tolerance. The other settings are not plain numbers. */
    public static final SolverDescriptor DESCRIPTOR =
            new SolverDescriptor("fors", List.of(TOLERANCE), value -> new Fors(value[0]));

    private static final String CAUTION = "caution";

    /** Checks the ranges. */
    public Fors {
        TOLERANCE.check(tolerance);
        BernoulliFactory.requireBound(bound);
        Objects.requireNonNull(slopes, "slopes");
        Objects.requireNonNull(rule, "rule");
    }

    /** Creates a solver with bound 0.5, secants of rank 6, and steps per chain. */
    public Fors(double tolerance) {
        this(tolerance, 0.5, Slopes.secants(Slopes.MAX_RANK), new StepRule.PerChain());
    }

    @Override
    public String name() {
        return DESCRIPTOR.name();
    }

    @Override
    public Fors withTolerance(double other) {
        if (!(rule instanceof StepRule.PerChain)) {
            throw new InvalidArgumentException(
                    "tolerance",
                    "must not be given, as the steps of the solver fors follow another rule",
                    Violation.text(other) + " with " + rule,
                    "leave out {tolerance}");
        }
        return new Fors(other, bound, slopes, rule);
    }

    @Override
    public boolean needsPilot() {
        return rule instanceof StepRule.Pilot;
    }

    @Override
    public Placement place(Problem problem, Pilot pilot) {
        if (!(rule instanceof StepRule.Pilot asked)) {
            return Solver.super.place(problem, pilot);
        }
        requireEnd(problem.toSigma());
        double caution = CautionSearch.find(this, problem, pilot, asked.chains());
        return new Placement(name(), purpose(asked), "is " + Violation.text(caution), Map.of(CAUTION, caution));
    }

    @Override
    public Fors placed(@Nullable Placement placement) {
        if (!(rule instanceof StepRule.Pilot asked)) {
            Solver.super.placed(placement);
            return this;
        }
        if (placement == null) {
            throw new InvalidConfigurationException(
                    "plan",
                    "must be for " + purpose(asked),
                    "a plan without a caution",
                    "make a plan with this solver");
        }
        if (!placement.solver().equals(name()) || !placement.purpose().equals(purpose(asked))) {
            throw new InvalidConfigurationException(
                    "plan",
                    "must be for " + purpose(asked),
                    "for " + placement.purpose(),
                    "make a plan with this solver");
        }
        return new Fors(tolerance, bound, slopes, new StepRule.Cautious(placement.number(CAUTION)));
    }

    /** Returns all settings on which the result of a pilot depends. */
    private String purpose(StepRule.Pilot asked) {
        return "the caution of fors by " + asked.chains() + " chains at tolerance " + tolerance + ", bound " + bound
                + " and slopes " + slopes.label();
    }

    @Override
    public boolean drawsNoise() {
        return true;
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        requireEnd(problem.toSigma());
        // Fail here rather than at the first sample.
        slopes.start(problem.dimension(), problem.radius());
        double[] levels = levels(problem);
        return PreparedSolver.of(
                trajectory -> machine(trajectory, problem, control(problem, levels)),
                levels,
                ForsMachine.bytes(problem.dimension(), slopes),
                1);
    }

    private ForsMachine machine(SolverState trajectory, Problem problem, ChainSteps control) {
        Slope slope = slopes.start(problem.dimension(), problem.radius());
        return new ForsMachine(trajectory, new BernoulliFactory(bound), slope, control);
    }

    private ChainSteps control(Problem problem, double[] levels) {
        if (levels.length > 0) {
            return new FixedSteps(levels);
        }
        double caution = rule instanceof StepRule.Cautious given
                ? given.caution()
                : AdaptiveSteps.caution(tolerance, slopes.isNone());
        return new AdaptiveSteps(caution, bound, problem.radius());
    }

    /** Returns the levels that all chains share, or an empty array. */
    private double[] levels(Problem problem) {
        if (rule instanceof StepRule.PerChain || rule instanceof StepRule.Cautious) {
            return new double[0];
        }
        if (rule instanceof StepRule.FixedGain fixed) {
            return FixedSteps.ofGain(fixed.gain(), problem.fromSigma(), problem.toSigma());
        }
        throw new InvalidConfigurationException(
                "the steps of fors", "must be placed by a pilot", null, "call placed(place(problem, pilot)) first");
    }
}
