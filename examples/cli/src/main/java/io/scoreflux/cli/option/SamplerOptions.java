package io.scoreflux.cli.option;

import io.scoreflux.Plan;
import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.files.format.PlanFile;
import io.scoreflux.files.targets.BuiltIn;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.targets.TargetHash;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.UserError;
import io.scoreflux.solve.Solver;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that determine a sampler: target, seed, solver, condition, stages and plan. */
public abstract class SamplerOptions extends SolveOptions {
    private static final int DEFAULT_STAGES = 4;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "0",
            description = "Seed of the random numbers; seed and index determine a sample (default: 0)")
    long seed;

    @Option(names = "--solver", paramLabel = "NAME", description = "Solver: ${bundle:solver-names}")
    String solver = SolverChoice.DEFAULT;

    @Option(names = "--tolerance", paramLabel = "E", description = "${bundle:tolerance-ranges}")
    @Nullable
    Double tolerance;

    @Option(
            names = "--budget",
            paramLabel = "CALLS",
            description =
                    "Number of denoiser calls per sample: any number for fixed-step solvers; ${bundle:budget.calls}"
                            + " for sliding, which chooses the noise levels in a pilot run of up to 32"
                            + " trajectories")
    @Nullable
    Integer budget;

    @Option(
            names = "--grid",
            paramLabel = "NAME",
            description = "Grid of fixed-step solvers: uniform (in ln sigma, default) or karras")
    @Nullable
    String grid;

    @Option(
            names = "--pilot-chains",
            paramLabel = "N",
            description = "With --solver fors: finds the longest steps that meet the tolerance on this target, in"
                    + " pilot runs of up to N chains, ${bundle:fors.chains} (default: no pilot, and shorter steps)")
    @Nullable
    Integer pilotChains;

    @Mixin
    final ConditionOptions given = new ConditionOptions();

    @Mixin
    final Correction correction = new Correction();

    @Option(
            names = "--stages",
            paramLabel = "K",
            description = "Number of stages of the noise range (default: 4; for parallel: 1)")
    @Nullable
    public Integer stages;

    @Option(
            names = "--plan",
            paramLabel = "FILE.json",
            converter = FileName.class,
            description = "Uses a plan that --save-plan has written for this target and solver, without a pilot run")
    @Nullable
    public Path plan;

    SamplerOptions() {}

    /** Checks the options that do not depend on the target. */
    @Override
    void check() {
        super.check();
        correction.check(solver);
        given.check();
        if (stages != null) {
            OptionRules.atLeast("--stages", stages, 1);
            if (stages > SamplerBuilder.MAX_STAGES) {
                throw new UserError("--stages must be at most " + SamplerBuilder.MAX_STAGES + ", was " + stages);
            }
        }
        if (plan != null) {
            withoutPlan("--from-sigma", fromSigma);
            withoutPlan("--to-sigma", toSigma);
            withoutPlan("--stages", stages);
        }
    }

    /** Rejects several conditions, because all samples must have the same distribution. */
    void requireOneCondition(Target of, String by) {
        given.requireOneClass(by);
        given.condition(of.info());
    }

    /** The tolerance of the solver, or null if it has none. */
    public @Nullable Double toleranceOfSolver() {
        OptionalDouble accuracy =
                SolverChoice.of(solver, tolerance, budget, grid).accuracy();
        return accuracy.isPresent() ? accuracy.getAsDouble() : null;
    }

    /** Adds the files that the options read, except those of the target. */
    InputFiles addFiles(InputFiles files) {
        return given.addTo(files.add("--plan", plan));
    }

    /** The files that the options read, the target among them. */
    InputFiles inputs() {
        return addFiles(new InputFiles().addTarget(target, BuiltIn.names()));
    }

    /** Whether the target's denoiser is used without guidance and observations. */
    public boolean isPlain() {
        return given.isPlain();
    }

    /** Whether certificates have statistics of rejection sampling. */
    public boolean rejects() {
        return solver.equals(SolverChoice.FORS) || correction.name != null;
    }

    /** The report on rejection sampling or Metropolis moves. */
    public CorrectionReport correctionReport() {
        return new CorrectionReport(solver, correction.name);
    }

    /** Builds the sampler. */
    public Sampler sampler(Target of, Workers workers) {
        if (plan != null) {
            return sampler(of, workers, PlanFile.read(plan, TargetHash.of(target, of)), "--plan " + plan);
        }
        SamplerBuilder builder = builder(of, workers);
        OptionRules.Range range = range(of);
        SolverChoice.requireEnd("--to-sigma", range.to(), solver, budget);
        correction.requireEnd("--to-sigma", range.to());
        given.requireGuided(range.from(), range.to());
        int usual = solver.equals(SolverChoice.PARALLEL) ? 1 : DEFAULT_STAGES;
        try {
            return builder.noiseRange(range.from(), range.to())
                    .stages(stages == null ? usual : stages)
                    .build();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new UserError("--solver " + solver + ": " + MessageText.of(e), e);
        }
    }

    private SamplerBuilder builder(Target of, Workers workers) {
        return given.builder(of, workers).solver(solver(of)).seed(seed);
    }

    private Solver solver(Target of) {
        return correction.apply(
                SolverChoice.withPilot(SolverChoice.of(solver, tolerance, budget, grid), pilotChains),
                of.info().dimension());
    }

    /** Whether the certificates of samples have an error estimate. */
    boolean estimatesErrors(Target of) {
        return solver(of).accuracy().isPresent();
    }

    /**
     * Builds the sampler with a plan.
     *
     * @param origin where the plan was read, for messages
     */
    public Sampler sampler(Target of, Workers workers, Plan known, String origin) {
        SamplerBuilder builder = builder(of, workers);
        String place = origin + ": ";
        SolverChoice.requireEnd(place + "toSigma", known.toSigma(), solver, budget);
        correction.requireEnd(place + "toSigma", known.toSigma());
        given.requireGuided(known.fromSigma(), known.toSigma());
        try {
            return builder.plan(known).build();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new UserError(place + e.getMessage(), e);
        }
    }

    /** A remark on what samples are conditioned on, or null. */
    @Nullable
    public String remark(Target of) {
        return given.remark(of.info());
    }

    private static void withoutPlan(String name, @Nullable Object value) {
        if (value != null) {
            throw new UserError(name + " is part of the plan; leave out " + name + " or --plan");
        }
    }
}
