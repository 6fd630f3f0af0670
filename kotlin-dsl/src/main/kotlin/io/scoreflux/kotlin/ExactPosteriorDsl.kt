package io.scoreflux.kotlin

import io.scoreflux.SamplerBuilder
import io.scoreflux.error.Violation
import io.scoreflux.model.Denoiser
import io.scoreflux.model.DenoiserInfo
import io.scoreflux.model.Observation
import io.scoreflux.posterior.Posterior
import io.scoreflux.posterior.PosteriorBuilder
import io.scoreflux.state.Condition
import io.scoreflux.state.ConditionTensor
import io.scoreflux.stream.Gateway
import io.scoreflux.stream.StreamListener
import kotlinx.coroutines.CoroutineDispatcher
import reactor.core.scheduler.Scheduler

private val NO_TOLERANCE =
    Violation.of("target", "must not be given for a posterior, which has no tolerance", null, "leave it out")

/**
 * Builds the posterior of the data given an observation from a target, the observation, a noise range, and optional settings that replace the
 * defaults of [PosteriorBuilder]. Unlike the approximation of `observe` in [sampler], it is exact up to the errors that
 * [Posterior] names. Errors in settings are
 * reported as by [sampler].
 *
 * @sample io.scoreflux.kotlin.examples.twoModes
 */
@JvmSynthetic
public fun exactPosterior(settings: ExactPosteriorScope.() -> Unit): Posterior =
    ExactPosteriorScope().apply(settings).build()

/** The settings of an [exactPosterior]. */
@ScorefluxDsl
public class ExactPosteriorScope internal constructor() {
    private val target = TargetScope()
    private val observe = ObserveScope()
    private val reverseProcess = ReverseProcessScope()
    private val engine = IslandEngineScope()
    private val settings = Settings("", ::anyIslands)
    private var condition: Map<String, ConditionTensor> = emptyMap()

    /** The seed. Seed and index identify an island. Defaults to 0. */
    public var seed: Long? by settings.of("", PosteriorBuilder::seed)

    /** The number of particles of an island, 16 to 2^20. Defaults to 256. */
    public var particles: Int? by settings.of("256 is usual", PosteriorBuilder::particles)

    /** The largest step of the solver in ln sigma, in (0, 0.5]. Defaults to 0.2. */
    public var step: Double? by settings.of("0.2 is usual", PosteriorBuilder::step)

    /**
     * Whether particles are guided towards the observation. Without guidance, only selection adapts them to the observation, which takes more
     * calls. Defaults to true.
     */
    public var guided: Boolean? by settings.of("", PosteriorBuilder::guided)

    /** The class of all particles, at least 0, for targets with classes. By default particles are unconditional. */
    public var label: Int? = null
        set(value) {
            value?.let { named("label", "labels count from 0") { Condition(it) } }
            field = value
        }

    /** Sets the tensors for the condition inputs of a network, for all particles. By default particles are unconditional. */
    public fun condition(settings: ConditionScope.() -> Unit) {
        condition = ConditionScope("condition").apply(settings).tensors
    }

    /** Sets the target, whose mean and variance must be known. There is no default. */
    public fun target(settings: TargetScope.() -> Unit) {
        target.settings()
    }

    /** Sets the observation. There is no default. Its noise must be greater than 0. */
    public fun observe(settings: ObserveScope.() -> Unit) {
        observe.settings()
        observe.observation.requireChosen("observe", "write pixels, averages or linear")
    }

    /**
     * Sets the noise range. There is no default. It has no stages, and must end above 0 and below the noise of the observation in each observed
     * direction.
     */
    public fun reverseProcess(settings: ReverseProcessScope.() -> Unit) {
        reverseProcess.settings()
    }

    /** Sets the properties of the engine. They do not change the values of the particles. */
    public fun engine(settings: IslandEngineScope.() -> Unit) {
        engine.settings()
    }

    internal fun build(): Posterior {
        val whole = given(
            target.target.chosen,
            "target",
            "write target { } with one of its functions, such as gaussianMixture { }",
        )
        val observation = given(
            observe.observation.chosen,
            "observe",
            "write observe { } with pixels, averages or linear",
        )
        refuse(target.settings.written(), NO_TOLERANCE)
        return built {
            val builder = called("observe", "") { engine.builder(whole, observation) }
            reverseProcess.applyTo(builder)
            if (label != null || condition.isNotEmpty()) {
                val own = Condition(label, condition, null, 1.0, null)
                DenoiserInfo.require(whole.info, own)?.let(builder::condition)
            }
            settings.applyTo(builder)
            builder.build()
        }
    }
}

/** The settings of the engine of an [exactPosterior]. They do not change the values of the particles. */
@ScorefluxDsl
public class IslandEngineScope internal constructor() : CallsScope() {
    private val settings = Settings("engine", ::anySampler)

    /** The maximum number of particles in flight, 1 to 2^20. [memory] may lower it. Defaults to 256. */
    public var concurrency: Int? by settings.of("256 is usual", SamplerBuilder::concurrency)

    /** The memory limit for the particles in flight, in bytes, at least 1. Defaults to a quarter of the maximum heap. */
    public var memory: Long? by settings.of("268435456 is usual, or leave it out", SamplerBuilder::memory)

    /** The listener to the events of trajectories and calls. By default there is none. */
    public var listener: StreamListener? by settings.of("", SamplerBuilder::listener)

    /**
     * Sets the number of rails that compute in parallel on a scheduler, for models that are called directly. By default there is one rail on
     * the collecting thread.
     *
     * @param count the number of rails, at least 1 and at most [concurrency]
     */
    public fun parallelism(count: Int, scheduler: Scheduler) {
        settings.put("parallelism", "use as many as there are cores") { it.parallelism(count, scheduler) }
    }

    /** Sets the number of rails that compute in parallel on a dispatcher. Otherwise like the other [parallelism]. */
    public fun parallelism(count: Int, dispatcher: CoroutineDispatcher) {
        parallelism(count, schedulerOf(dispatcher))
    }

    internal fun builder(target: DenoiserAccess, observation: Observation): PosteriorBuilder =
        when (target) {
            is DenoiserAccess.Direct -> {
                refuseCalls("engine.maxRows", LATER)
                val rows = maxRows
                Posterior.builder(target.denoiser, observation).engine { builder ->
                    settings.applyTo(builder)
                    if (rows == null) builder else builder.maxRows(rows)
                }
            }

            is DenoiserAccess.Async -> {
                refuseParallelism()
                val gateway = Gateway.builder(target.denoiser).also(calls::applyTo)
                listener?.let(gateway::listener)
                Posterior.builder(gateway.build(), observation).engine { it.also(settings::applyTo) }
            }

            is DenoiserAccess.Shared -> {
                refuseCalls(null, SHARED)
                refuseParallelism()
                Posterior.builder(target.gateway, observation).engine { it.also(settings::applyTo) }
            }
        }

    private fun refuseParallelism() = refuse(settings.written().filter { it == "engine.parallelism" }, NO_PARALLELISM)
}

private fun anyIslands(): PosteriorBuilder =
    Posterior.builder(AnyDenoiser as Denoiser, Observation.pixels(intArrayOf(0), doubleArrayOf(0.0), 1.0))
