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
        "must not be given except for suspending and asynchronous targets, whose calls can be cancelled",
        null,
        "leave it out",
    )
private val SHARED =
    Violation.of("engine", "must not be given beside the gateway's", null, "set it where the gateway is made")

@get:JvmSynthetic
internal val LANES =
    Violation.of(
        "engine.parallelism",
        "must not be given except for targets that are called directly",
        null,
        "raise engine.maxInFlight instead",
    )

/** Settings of model calls, which [EngineScope] and [PosteriorEngineScope] share. */
@ScorefluxDsl
public sealed class CallsScope {
    internal val calls = Settings("engine", ::anyGateway)

    /** The most rows in one model call, at least 1; by default 4,096. */
    public var maxRows: Int? by calls.of("4096 is usual", GatewayBuilder::maxRows)

    /** The most calls in flight of a suspending or asynchronous model, at least 1; by default 1. */
    public var maxInFlight: Int? by calls.of("1 is usual", GatewayBuilder::maxInFlight)

    /**
     * How long one attempt of a call of a suspending or asynchronous model may take, greater than 0; then it is cancelled and has failed
     * in transport. Defaults to one hour, so that a call that is never answered does not hang a flow for ever.
     */
    public var timeout: Duration? by calls.of("as 10.seconds; leave it out for one hour") {
        timeout(it.toJavaDuration())
    }

    /**
     * Repeats calls of a suspending or asynchronous model that failed in transport; by default never. Repetitions change no value.
     *
     * @param times at least 1
     * @param firstBackoff the wait before the first, greater than 0; it doubles from then on
     */
    public fun retries(times: Int, firstBackoff: Duration) {
        calls.put("retries", "as retries(3, 100.milliseconds)") { it.retries(times, firstBackoff.toJavaDuration()) }
    }

    internal fun refuseCalls(except: String?, why: Violation) {
        refuse(calls.written() - setOfNotNull(except), why)
    }
}

/** How samples are computed: nothing here changes a value. */
@ScorefluxDsl
public class EngineScope internal constructor() : CallsScope() {
    private val settings = Settings("engine", ::anySampler)

    /** The most trajectories in flight for one collector, 1 to 2^20; fewer if [memory] is too small for them. By default 256. */
    public var concurrency: Int? by settings.of("256 is usual", SamplerBuilder::concurrency)

    /**
     * The memory that trajectories in flight for one collector may take, in bytes, at least 1: it bounds the width. By default a quarter of
     * the maximum heap. The plan has the memory of one trajectory.
     */
    public var memory: Long? by settings.of("268435456 is usual, or leave it out", SamplerBuilder::memory)

    /**
     * The most trajectories started beyond those requested, 0 to 2^21; also at most the number requested before. By default 16. A flow
     * requests one sample at a time: for full model calls with one collector, set it to about the width.
     */
    public var prefetch: Int? by settings.of("16 is usual, 0 for none", SamplerBuilder::prefetch)

    /** The order of delivery; by default by index. */
    public var order: Order? by settings.of("", SamplerBuilder::order)

    /**
     * How long one sample may take from its start, greater than 0; by default there is no limit. A sample that takes longer fails. If its
     * model suspends or is asynchronous, it fails at its deadline; if the model is called directly, it fails after the running call.
     */
    public var deadline: Duration? by settings.of("as 1.minutes; leave it out for no limit") {
        deadline(it.toJavaDuration())
    }

    /** What becomes of samples that fail; by default they are delivered, with the reason. */
    public var faults: FaultPolicy? by settings.of("", SamplerBuilder::faults)

    /** Is told of trajectories and calls; by default nobody is. */
    public var listener: StreamListener? by settings.of("", SamplerBuilder::listener)

    /**
     * Computes in several lanes on a scheduler, for models that are called directly; by default in one, in the thread that collects.
     *
     * @param count at least 1, at most the width
     */
    public fun parallelism(count: Int, scheduler: Scheduler) {
        settings.put("parallelism", "as many as cores") { it.parallelism(count, scheduler) }
    }

    /** Computes in several lanes on a dispatcher; see the other [parallelism]. */
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
                refuse(settings.written().filter { it == "engine.parallelism" }, LANES)
                val gateway = Gateway.builder(target.denoiser).also(calls::applyTo)
                listener?.let(gateway::listener)
                Sampler.builder(gateway.build())
            }

            is DenoiserAccess.Shared -> {
                refuseCalls(null, SHARED)
                refuse(settings.written().filter { it == "engine.parallelism" }, LANES)
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

private object AnyDenoiser : Denoiser, AsyncDenoiser {
    override fun dimension() = 1

    override fun moments() = java.util.Optional.empty<io.scoreflux.model.Moments>()

    override fun maxSigma() = Double.POSITIVE_INFINITY

    override fun denoise(rows: Rows, out: DoubleArray) = Unit

    override fun denoise(rows: Rows): Mono<DoubleArray> = Mono.never()
}

/** A builder that only checks settings. */
@JvmSynthetic
internal fun anySampler(): SamplerBuilder = Sampler.builder(AnyDenoiser as Denoiser)

private fun anyGateway(): GatewayBuilder = Gateway.builder(AnyDenoiser as AsyncDenoiser)
