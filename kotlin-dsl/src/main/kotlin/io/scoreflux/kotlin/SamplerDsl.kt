package io.scoreflux.kotlin

import io.scoreflux.Plan
import io.scoreflux.Sampler
import io.scoreflux.SamplerBuilder
import io.scoreflux.model.DenoiserInfo
import io.scoreflux.model.GuidanceRule
import io.scoreflux.noise.SigmaGrid
import io.scoreflux.reject.CorrectedSolver
import io.scoreflux.solve.Solver
import io.scoreflux.solve.budget.Budget
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import io.scoreflux.state.ConditionTensor

/**
 * Builds a sampler from a target, a noise range, and optional settings that replace the defaults of [SamplerBuilder].
 *
 * A property checks a value when it is set. An invalid value throws an [io.scoreflux.error.InvalidArgumentException] that names the property.
 * A missing or contradictory setting throws an [io.scoreflux.error.InvalidConfigurationException] when the sampler is built.
 *
 * @sample io.scoreflux.kotlin.examples.firstSamples
 */
@JvmSynthetic
public fun sampler(settings: SamplerScope.() -> Unit): Sampler = SamplerScope().apply(settings).build()

/** The settings of a [sampler]. At most one solver may be given. The default solver is [collocation]. */
@ScorefluxDsl
public class SamplerScope internal constructor() {
    private val target = TargetScope()
    private val reverseProcess = ReverseProcessScope()
    private val engine = EngineScope()
    private val correct = CorrectScope()
    private val observe = ObserveScope()
    private val solver = Choice<Solver>("sampler")
    private val settings = Settings("", ::anySampler)
    private var condition: Map<String, ConditionTensor> = emptyMap()
    private var negative: Map<String, ConditionTensor> = emptyMap()
    private var conditions: ((Long) -> Condition?)? = null

    /** The seed. Seed and index identify a sample. Defaults to 0. */
    public var seed: Long? by settings.of("", SamplerBuilder::seed)

    /**
     * A plan made earlier for the same denoiser. The sampler uses its noise range, stages, radius and the result of its pilot. By default there
     * is none.
     */
    public var plan: Plan? by settings.of("", SamplerBuilder::plan)

    /**
     * The class of the samples whose request has no condition, at least 0, for targets with classes. By default samples are unconditional.
     *
     * @sample io.scoreflux.kotlin.examples.labelled
     */
    public var label: Int? = null
        set(value) {
            value?.let { named("label", "labels count from 0") { Condition(it) } }
            field = value
        }

    /**
     * The weight w of classifier-free guidance, finite. The guided denoiser is `D_n + w (D_c - D_n)`, where D_c is the denoiser of the
     * [label] or [condition], and D_n that of the [negative] condition, by default without a condition. A weight of 1 gives D_c, and a weight
     * of 0 without rescaling gives D_n. Any other weight costs two evaluations for each row. Requires a [label], a [condition] or [conditions], which have
     * their own weights. By default there is no guidance. If a weight is set, requests may set other weights.
     *
     * @sample io.scoreflux.kotlin.examples.guided
     */
    public var guidance: Double? = null
        set(value) {
            value?.let { named("guidance", "1 is the class alone") { Condition(0, it) } }
            field = value
        }

    /** The variant of guidance: rescaled, or in an interval of noise levels. Requires [guidance]. Defaults to [GuidanceRule.PLAIN]. */
    public var guidanceRule: GuidanceRule? = null

    /**
     * Sets the tensors for the condition inputs of a network, such as the embeddings of a prompt, for the samples whose request has no
     * condition. A [label] may be set too. By default samples are unconditional.
     *
     * @sample io.scoreflux.kotlin.examples.prompted
     */
    public fun condition(settings: ConditionScope.() -> Unit) {
        condition = ConditionScope("condition").apply(settings).tensors
    }

    /** Sets the tensors of the other branch of [guidance], such as a negative prompt. Requires a [label] or a [condition]. */
    public fun negative(settings: ConditionScope.() -> Unit) {
        negative = ConditionScope("negative").apply(settings).tensors
    }

    /**
     * Sets the condition of each sample whose request has none, with its weight of guidance. Excludes [label], [condition] and [negative]. See
     * [SamplerBuilder.conditions].
     *
     * @param ofSample returns the condition of the sample with an index, or null for none; called by several threads concurrently
     */
    public fun conditions(ofSample: (index: Long) -> Condition?) {
        conditions = ofSample
    }

    /** Sets the target. There is no default. */
    public fun target(settings: TargetScope.() -> Unit) {
        target.settings()
    }

    /** Sets the noise range and its stages. The noise range has no default. */
    public fun reverseProcess(settings: ReverseProcessScope.() -> Unit) {
        reverseProcess.settings()
    }

    /** Sets the corrector, which corrects the end of each trajectory. By default there is none. */
    public fun correct(settings: CorrectScope.() -> Unit) {
        correct.settings()
        correct.corrector.requireChosen("correct", "write fors { } or metropolis")
    }

    /**
     * Sets an observation of the samples, as in inpainting. By default there is none. The conditioning is exact for Gaussian targets and an
     * approximation for all others. It uses the moments of the whole target, so with a [label] it is an approximation too. [exactPosterior] draws
     * from the exact distribution.
     *
     * @sample io.scoreflux.kotlin.examples.observed
     */
    public fun observe(settings: ObserveScope.() -> Unit) {
        observe.settings()
        observe.observation.requireChosen("observe", "write pixels, averages or linear")
    }

    /** Sets the properties of the engine. They do not change the values of the samples. */
    public fun engine(settings: EngineScope.() -> Unit) {
        engine.settings()
    }

    /** Selects sliding-window collocation, the default solver. Each step costs one call. Residuals control the degree and the step size. */
    public fun collocation(settings: CollocationScope.() -> Unit = {}) {
        solver.choose("collocation") { CollocationScope().apply(settings).solver }
    }

    /**
     * Selects adaptive Picard collocation. One call evaluates all nodes of a window.
     *
     * @param tolerance the target error relative to the data's radius, in [1e-14, 1)
     */
    public fun picard(tolerance: Double, settings: PicardScope.() -> Unit = {}) {
        solver.choose("picard") { PicardScope(tolerance).apply(settings).solver }
    }

    /**
     * Selects collocation of the whole noise range at once, in few rounds of many rows.
     *
     * @param tolerance the target error relative to the data's radius, in [1e-13, 1)
     */
    public fun parallel(tolerance: Double, settings: ParallelScope.() -> Unit = {}) {
        solver.choose("parallel") { ParallelScope(tolerance).apply(settings).solver }
    }

    /**
     * Selects the solver that minimizes the error for a given number of calls. A pilot places its noise levels.
     *
     * @param calls the number of denoiser calls of each sample, 5 to 100
     */
    public fun budget(calls: Int) {
        solver.choose("budget") { named("budget.calls", "use collocation for more accuracy") { Budget(calls) } }
    }

    /**
     * Selects a scheme with fixed steps. It has no error estimate.
     *
     * @param calls the maximum number of denoiser calls of a sample, at least [Scheme.callsPerStep]
     * @param grid the grid of noise levels; null for levels uniform in ln sigma
     */
    public fun fixedStep(scheme: Scheme, calls: Int, grid: SigmaGrid? = null) {
        solver.choose("fixedStep") {
            named("fixedStep.calls", "20 to 100 are usual") {
                if (grid == null) FixedStep(scheme, calls) else FixedStep(scheme, calls, grid)
            }
        }
    }

    /**
     * Selects rejection sampling of the whole reverse process. It is exact except for clipped weights. [ForsScope.budget] must be given.
     */
    public fun fors(settings: ForsScope.() -> Unit) {
        solver.choose("fors") { ForsScope("fors").apply(settings).build() }
    }

    /** Selects any solver of the Java API, including custom solvers. */
    public fun solver(solver: Solver) {
        this.solver.choose("solver") { solver }
    }

    internal fun build(): Sampler {
        val whole = given(
            target.target.chosen,
            "target",
            "write target { } with one of its functions, such as gaussianMixture { }",
        )
        return built {
            val condition = conditionFor(whole.info)
            val guided = if (guidance == null) whole else whole.guided(guidanceRule ?: GuidanceRule.PLAIN)
            val to = observe.observation.chosen?.let(guided::observed) ?: guided
            val builder = engine.builder(to)
            target.settings.applyTo(builder)
            reverseProcess.applyTo(builder, plan != null)
            solver(to)?.let(builder::solver)
            condition?.let(builder::condition)
            conditions?.let { of -> builder.conditions { of(it) } }
            settings.applyTo(builder)
            builder.build()
        }
    }

    /** Checks the condition before the target is guided, because an unconditional denoiser cannot be guided. */
    private fun conditionFor(target: DenoiserInfo): Condition? {
        val single = label != null || condition.isNotEmpty()
        checkRule(
            single || conditions != null || guidance == null,
            "guidance",
            "must have a label or a condition",
            "$guidance without one",
            "write label = 0",
            "leave guidance out",
        )
        checkRule(
            conditions == null || (!single && negative.isEmpty()),
            "conditions",
            "must not be given with label, condition or negative",
            "both",
            "leave one out",
        )
        checkRule(
            guidance != null || (guidanceRule == null && negative.isEmpty()),
            "guidance",
            "must be given with ${if (negative.isEmpty()) "guidanceRule" else "negative"}",
            "missing",
            "write guidance = 3.0",
        )
        if (!single) return null
        val own = Condition(label, condition, null, 1.0, null)
        val other = if (negative.isEmpty()) null else Condition.ofTensors(negative)
        other?.let { DenoiserInfo.require(target, it) }
        return DenoiserInfo.require(target, own)?.withNegative(other)?.withGuidance(guidance ?: 1.0)
    }

    private fun solver(target: DenoiserAccess): Solver? {
        val corrector = correct.corrector.chosen ?: return solver.chosen
        return named("correct", "leave it out") {
            CorrectedSolver(solver.chosen ?: Sliding.DEFAULT, corrector(target.info.dimension()))
        }
    }
}
