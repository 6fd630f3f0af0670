package io.scoreflux.kotlin

import io.scoreflux.Plan
import io.scoreflux.Sampler
import io.scoreflux.SamplerBuilder
import io.scoreflux.model.DenoiserInfo
import io.scoreflux.noise.SigmaGrid
import io.scoreflux.reject.CorrectedSolver
import io.scoreflux.solve.Solver
import io.scoreflux.solve.budget.Budget
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition

/**
 * A sampler: a target and a noise range, and whatever else is to differ from the defaults of [SamplerBuilder].
 *
 * A value is checked where it is written, with an [io.scoreflux.error.InvalidArgumentException] that names the property; a missing or
 * contradictory one when the sampler is built, with an [io.scoreflux.error.InvalidConfigurationException].
 *
 * @sample io.scoreflux.kotlin.examples.firstSamples
 */
@JvmSynthetic
public fun sampler(settings: SamplerScope.() -> Unit): Sampler = SamplerScope().apply(settings).build()

/** The settings of a [sampler]. Of the solvers one may be given; by default it is [collocation]. */
@ScorefluxDsl
public class SamplerScope internal constructor() {
    private val target = TargetScope()
    private val reverseProcess = ReverseProcessScope()
    private val engine = EngineScope()
    private val correct = CorrectScope()
    private val observe = ObserveScope()
    private val solver = Choice<Solver>("sampler")
    private val settings = Settings("", ::anySampler)

    /** With a sample's number, its identity; any number, by default 0. */
    public var seed: Long? by settings.of("", SamplerBuilder::seed)

    /** A plan made before, for the same denoiser: its noise range, stages, radius and pilot are used; by default there is none. */
    public var plan: Plan? by settings.of("", SamplerBuilder::plan)

    /**
     * The class of all samples whose request does not name one, at least 0, for targets that have classes; by default they are of any class.
     *
     * @sample io.scoreflux.kotlin.examples.labelled
     */
    public var label: Int? = null
        set(value) {
            value?.let { named("label", "labels count from 0") { Condition(it) } }
            field = value
        }

    /**
     * The weight w of classifier-free guidance, finite: the denoiser is `D_u + w (D_c - D_u)`, D_c being that of the [label] and D_u that of any
     * class. 1 is the class alone, 0 none of it; any other weight costs two evaluations a call. By default there is no guidance; once it
     * is written, requests may have weights of their own.
     *
     * @sample io.scoreflux.kotlin.examples.guided
     */
    public var guidance: Double? = null
        set(value) {
            value?.let { named("guidance", "1 is the class alone") { Condition(0, it) } }
            field = value
        }

    /** What is sampled; there is no default. */
    public fun target(settings: TargetScope.() -> Unit) {
        target.settings()
    }

    /** The noise range, which has no default, and its stages. */
    public fun reverseProcess(settings: ReverseProcessScope.() -> Unit) {
        reverseProcess.settings()
    }

    /** What draws the end of each trajectory anew; by default nothing does. */
    public fun correct(settings: CorrectScope.() -> Unit) {
        correct.settings()
        correct.corrector.requireChosen("correct", "write fors { } or metropolis")
    }

    /**
     * What is known of the samples, as in inpainting; by default nothing is. Exact for Gaussian targets, an approximation
     * for all other, and for one [label] of a target too, as it goes by the moments of the whole.
     *
     * @sample io.scoreflux.kotlin.examples.observed
     */
    public fun observe(settings: ObserveScope.() -> Unit) {
        observe.settings()
        observe.observation.requireChosen("observe", "write pixels or linear")
    }

    /** How samples are computed; nothing of it changes a value. */
    public fun engine(settings: EngineScope.() -> Unit) {
        engine.settings()
    }

    /** Sliding-window collocation, the default solver: one call a step, degree and step by residuals. */
    public fun collocation(settings: CollocationScope.() -> Unit = {}) {
        solver.choose("collocation") { CollocationScope().apply(settings).solver }
    }

    /**
     * Adaptive Picard collocation: all nodes of a window in one call.
     *
     * @param tolerance the error aimed at, relative to the data's radius, in [1e-14, 1)
     */
    public fun picard(tolerance: Double, settings: PicardScope.() -> Unit = {}) {
        solver.choose("picard") { PicardScope(tolerance).apply(settings).solver }
    }

    /**
     * Collocation of the whole noise range at once: few rounds, many rows.
     *
     * @param tolerance the error aimed at, relative to the data's radius, in [1e-13, 1)
     */
    public fun parallel(tolerance: Double, settings: ParallelScope.() -> Unit = {}) {
        solver.choose("parallel") { ParallelScope(tolerance).apply(settings).solver }
    }

    /**
     * The least error for a given number of calls, on levels that a pilot places.
     *
     * @param calls of each sample, 5 to 100
     */
    public fun budget(calls: Int) {
        solver.choose("budget") { named("budget.calls", "for more accuracy ask for a tolerance") { Budget(calls) } }
    }

    /**
     * A scheme of fixed steps, without an error estimate.
     *
     * @param calls that a sample may cost, at least [Scheme.callsPerStep]
     * @param grid where the steps lie; by default uniform in ln sigma
     */
    public fun fixedStep(scheme: Scheme, calls: Int, grid: SigmaGrid? = null) {
        solver.choose("fixedStep") {
            named("fixedStep.calls", "20 to 100 are usual") {
                if (grid == null) FixedStep(scheme, calls) else FixedStep(scheme, calls, grid)
            }
        }
    }

    /** Rejection sampling of the whole reverse process, exact except for what is clipped: [ForsScope.budget] must be given. */
    public fun fors(settings: ForsScope.() -> Unit) {
        solver.choose("fors") { ForsScope("fors").apply(settings).build() }
    }

    /** A solver with its settings, as the Java side has them. */
    public fun solver(solver: Solver) {
        this.solver.choose("solver") { solver }
    }

    internal fun build(): Sampler {
        val whole = given(
            target.target.chosen,
            "target",
            "write target { } with one of its words, such as gaussianMixture { }",
        )
        return built {
            val condition = conditionFor(whole.info)
            val guided = if (guidance == null) whole else whole.guided()
            val to = observe.observation.chosen?.let(guided::observed) ?: guided
            val builder = engine.builder(to)
            target.settings.applyTo(builder)
            reverseProcess.applyTo(builder, plan != null)
            solver(to)?.let(builder::solver)
            condition?.let(builder::condition)
            settings.applyTo(builder)
            builder.build()
        }
    }

    /** The label is looked at before the target is guided: what knows no classes cannot be. */
    private fun conditionFor(target: DenoiserInfo): Condition? {
        val wanted = label
        checkRule(
            wanted != null || guidance == null,
            "guidance",
            "must have a label",
            "$guidance without one",
            "write label = 0",
            "leave guidance out",
        )
        return DenoiserInfo.require(target, wanted?.let(::Condition))?.withGuidance(guidance ?: 1.0)
    }

    private fun solver(target: DenoiserAccess): Solver? {
        val corrector = correct.corrector.chosen ?: return solver.chosen
        return named("correct", "leave it out") {
            CorrectedSolver(solver.chosen ?: Sliding.DEFAULT, corrector(target.info.dimension()))
        }
    }
}
