package io.scoreflux.kotlin

import io.scoreflux.Sampler
import io.scoreflux.SamplerBuilder
import io.scoreflux.error.InvalidConfigurationException
import io.scoreflux.error.Violation
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Denoiser
import io.scoreflux.state.Rows
import io.scoreflux.stream.FaultPolicy
import io.scoreflux.stream.Gateway
import io.scoreflux.stream.GatewayBuilder
import io.scoreflux.stream.Order
import io.scoreflux.stream.StreamListener
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.asExecutor
import reactor.core.publisher.Mono
import reactor.core.scheduler.Scheduler
import reactor.core.scheduler.Schedulers
import kotlin.time.Duration
import kotlin.time.toJavaDuration

@get:JvmSynthetic
internal val LATER =
    Violation.of(
        "engine",
        "must only be given for suspending and asynchronous targets, whose calls can be cancelled",
        null,
        "leave it out",
    )

@get:JvmSynthetic
internal val SHARED =
    Violation.of("engine", "must not be given with a gateway, which has its own", null, "set it on the gateway")

@get:JvmSynthetic
internal val NO_PARALLELISM =
    Violation.of(
        "engine.parallelism",
        "must only be given for targets that are called directly",
        null,
        "raise engine.maxInFlight instead",
    )

/** The settings of model calls that [EngineScope], [IslandEngineScope] and [PosteriorEngineScope] share. */
@ScorefluxDsl
public sealed class CallsScope {
    internal val calls = Settings("engine", ::anyGateway)

    /** The maximum number of rows in one model call, at least 1. Defaults to 4,096. */
    public var maxRows: Int? by calls.of("4096 is usual", GatewayBuilder::maxRows)

    /** The maximum number of calls in flight of a suspending or asynchronous model, at least 1. Defaults to 1. */
    public var maxInFlight: Int? by calls.of("1 is usual", GatewayBuilder::maxInFlight)

    /**
     * The time limit of one attempt of a call of a suspending or asynchronous model, greater than 0. An attempt that exceeds it is cancelled
     * and counts as a transport error. Defaults to one hour, so that a lost result cannot hang a flow forever.
     */
    public var timeout: Duration? by calls.of("give a time such as 10.seconds, or leave it out for one hour") {
        timeout(it.toJavaDuration())
    }

    /**
     * Sets how often a call of a suspending or asynchronous model is repeated after a transport error. By default calls are not repeated.
     * Repetitions do not change the samples.
     *
     * @param times at least 1
     * @param firstBackoff the delay before the first repetition, greater than 0; it doubles with each further repetition
     */
    public fun retries(times: Int, firstBackoff: Duration) {
        calls.put("retries", "write retries(3, 100.milliseconds)") { it.retries(times, firstBackoff.toJavaDuration()) }
    }

    internal fun refuseCalls(except: String?, why: Violation) {
        refuse(calls.written() - setOfNotNull(except), why)
    }
}

/** The settings of the engine. They do not change the values of the samples. */
@ScorefluxDsl
public class EngineScope internal constructor() : CallsScope() {
    private val settings = Settings("engine", ::anySampler)

    /** The maximum number of trajectories in flight for one collector, 1 to 2^20. [memory] may lower it. Defaults to 256. */
    public var concurrency: Int? by settings.of("256 is usual", SamplerBuilder::concurrency)

    /**
     * The memory limit for the trajectories in flight of one collector, in bytes, at least 1. It limits the concurrency. Defaults to a quarter
     * of the maximum heap. The plan contains the memory of one trajectory.
     */
    public var memory: Long? by settings.of("268435456 is usual, or leave it out", SamplerBuilder::memory)

    /**
     * The maximum number of trajectories that the engine starts beyond the requested ones, 0 to 2^21. It never starts more of them than
     * were requested before the last request. Defaults to 16. A flow requests one sample at a time, so with one collector the prefetch
     * limits the number of rows in a model call. For large calls, set it to about the concurrency.
     */
    public var prefetch: Int? by settings.of("16 is usual, 0 for none", SamplerBuilder::prefetch)

    /** The order in which samples are delivered. Defaults to [Order.BY_INDEX]. */
    public var order: Order? by settings.of("", SamplerBuilder::order)

    /**
     * The time limit of a sample from its start, greater than 0. By default there is no limit. A sample that exceeds it fails: at the deadline
     * if the model suspends or is asynchronous, and after the running call if the model is called directly.
     */
    public var deadline: Duration? by settings.of("give a time such as 1.minutes, or leave it out for no limit") {
        deadline(it.toJavaDuration())
    }

    /** The policy for samples that fail. By default they are delivered with the reason of the failure. */
    public var faults: FaultPolicy? by settings.of("", SamplerBuilder::faults)

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

    internal fun builder(target: DenoiserAccess): SamplerBuilder {
        val builder = when (target) {
            is DenoiserAccess.Direct -> {
                refuseCalls("engine.maxRows", LATER)
                Sampler.builder(target.denoiser).also { builder -> maxRows?.let(builder::maxRows) }
            }

            is DenoiserAccess.Async -> {
                refuse(settings.written().filter { it == "engine.parallelism" }, NO_PARALLELISM)
                val gateway = Gateway.builder(target.denoiser).also(calls::applyTo)
                listener?.let(gateway::listener)
                Sampler.builder(gateway.build())
            }

            is DenoiserAccess.Shared -> {
                refuseCalls(null, SHARED)
                refuse(settings.written().filter { it == "engine.parallelism" }, NO_PARALLELISM)
                Sampler.builder(target.gateway)
            }
        }
        return builder.also(settings::applyTo)
    }
}

@JvmSynthetic
internal fun refuse(written: Collection<String>, why: Violation) {
    written.firstOrNull()?.let { throw InvalidConfigurationException(why.withSetting(it), null) }
}

@JvmSynthetic
internal fun schedulerOf(dispatcher: CoroutineDispatcher): Scheduler = Schedulers.fromExecutor(dispatcher.asExecutor())

internal object AnyDenoiser : Denoiser, AsyncDenoiser {
    override fun dimension() = 1

    override fun moments() = java.util.Optional.empty<io.scoreflux.model.Moments>()

    override fun maxSigma() = Double.POSITIVE_INFINITY

    override fun denoise(rows: Rows, out: DoubleArray) = Unit

    override fun denoise(rows: Rows): Mono<DoubleArray> = Mono.never()
}

/** Returns a builder that only checks settings. */
@JvmSynthetic
internal fun anySampler(): SamplerBuilder = Sampler.builder(AnyDenoiser as Denoiser)

private fun anyGateway(): GatewayBuilder = Gateway.builder(AnyDenoiser as AsyncDenoiser)
