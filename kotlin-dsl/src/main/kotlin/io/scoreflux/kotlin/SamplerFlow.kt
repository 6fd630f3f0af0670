package io.scoreflux.kotlin

import io.scoreflux.Encoded
import io.scoreflux.Likelihood
import io.scoreflux.Plan
import io.scoreflux.Request
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.Trace
import io.scoreflux.logconcave.ChainState
import io.scoreflux.logconcave.Draw
import io.scoreflux.logconcave.ProximalSampler
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.single
import kotlinx.coroutines.job
import kotlinx.coroutines.reactive.asFlow
import kotlinx.coroutines.reactive.asPublisher
import kotlinx.coroutines.withContext
import org.jetbrains.kotlinx.multik.ndarray.data.D2Array
import reactor.core.publisher.Flux
import kotlin.coroutines.CoroutineContext

/**
 * The samples `from, from + 1, ..., to - 1` as a cold [Flow].
 *
 * Demand reaches the model as with [Sampler.samples]: samples are requested one by one, as they are collected, and the engine computes at
 * most `prefetch` more, and always fewer than twice as many as were collected. So `first()` costs one sample. `take(n)` costs n samples
 * plus at most the read-ahead. `buffer(n)` computes up to n + 1 more while the
 * collector is busy, and `conflate()` as many as there is time for, one by one. The computation runs in the collecting coroutine's
 * thread, unless the sampler has lanes or its model answers elsewhere; `buffer(0).flowOn(dispatcher)` moves it (`flowOn` alone would
 * ask for 64 at once). It ends when collection does: after the call
 * in flight, or within it where the model suspends, and then `collect` returns when that call has ended.
 *
 * @param from the first sample's number, at least 0
 * @param to one more than the last sample's number, at least [from]; without it the flow has no end
 * @sample io.scoreflux.kotlin.examples.firstSamples
 */
@JvmSynthetic
public fun Sampler.asFlow(from: Long = 0, to: Long = Long.MAX_VALUE): Flow<Sample> = samples(from, to).collected()

/**
 * One sample for each request, in the order of the requests unless the sampler's order says otherwise. The requests are collected with
 * each collection, no more of them than may be under way, in its context; if they fail, it fails,
 * and when it ends, they have ended. Otherwise like the other [asFlow].
 *
 * @sample io.scoreflux.kotlin.examples.requests
 */
@JvmSynthetic
public fun Sampler.asFlow(requests: Flow<Request>): Flow<Sample> =
    inContext { collector, calls ->
        val noted = flow {
            calls.add(currentCoroutineContext().job)
            emitAll(requests)
        }
        samples(noted.asPublisher(collector))
    }

/**
 * The samples `from, ..., to - 1` with the way they came, as a cold [Flow]; each point costs one more call. Otherwise like [asFlow].
 *
 * @sample io.scoreflux.kotlin.examples.traced
 */
@JvmSynthetic
public fun Sampler.tracesAsFlow(from: Long = 0, to: Long = Long.MAX_VALUE): Flow<Trace> = traces(from, to).collected()

/**
 * Carries given states from the largest noise level to the smallest: sample k starts from row k. Otherwise like [asFlow].
 *
 * @param states at the largest noise level, in canonical form; copied
 */
@JvmSynthetic
public fun Sampler.decodeAsFlow(states: Array<DoubleArray>): Flow<Sample> = decode(states).collected()

/**
 * Carries the rows of a matrix from the largest noise level to the smallest; copied. Otherwise like the other [decodeAsFlow].
 *
 * @sample io.scoreflux.kotlin.examples.decoded
 */
@JvmSynthetic
public fun Sampler.decodeAsFlow(states: D2Array<Double>): Flow<Sample> = decodeAsFlow(states.toRows())

/**
 * Starts from given inputs partly noised, as image-to-image does: the sampler's largest noise level says how much of them is to go.
 * Otherwise like [asFlow].
 *
 * @param inputs data, in their own units; row k belongs to sample k; copied
 */
@JvmSynthetic
public fun Sampler.renoiseAsFlow(inputs: Array<DoubleArray>): Flow<Sample> = renoise(inputs).collected()

/**
 * Starts from the rows of a matrix, partly noised; copied. Otherwise like the other [renoiseAsFlow].
 *
 * @sample io.scoreflux.kotlin.examples.renoised
 */
@JvmSynthetic
public fun Sampler.renoiseAsFlow(inputs: D2Array<Double>): Flow<Sample> = renoiseAsFlow(inputs.toRows())

/**
 * Carries given states from the smallest noise level, which must be greater than 0, to the largest; [decodeAsFlow] brings them back.
 * Otherwise like [asFlow].
 *
 * @param states at the smallest noise level; row k is sample k; copied
 * @throws IllegalStateException if the range ends at 0, or the solver draws or needs a pilot
 */
@JvmSynthetic
public fun Sampler.encodeAsFlow(states: Array<DoubleArray>): Flow<Sample> = encode(states).collected()

/**
 * Carries the rows of a matrix from the smallest noise level to the largest; copied. Otherwise like the other [encodeAsFlow].
 *
 * @sample io.scoreflux.kotlin.examples.encoded
 */
@JvmSynthetic
public fun Sampler.encodeAsFlow(states: D2Array<Double>): Flow<Sample> = encodeAsFlow(states.toRows())

/**
 * [encodeAsFlow] with the log-density of each state, in nats.
 *
 * @param states at the smallest noise level; row k is sample k; copied
 * @param how exact, or by probes
 * @throws IllegalStateException as of [encodeAsFlow], or if the target's divergence is to be exact and is not known
 * @sample io.scoreflux.kotlin.examples.likelihoods
 */
@JvmSynthetic
public fun Sampler.likelihoodAsFlow(states: Array<DoubleArray>, how: Likelihood): Flow<Encoded> =
    likelihood(states, how).collected()

/** [encodeAsFlow] of the rows of a matrix, with their log-densities. Otherwise like the other [likelihoodAsFlow]. */
@JvmSynthetic
public fun Sampler.likelihoodAsFlow(states: D2Array<Double>, how: Likelihood): Flow<Encoded> =
    likelihoodAsFlow(states.toRows(), how)

/** [Sampler.plan] for coroutines: suspends while the pilot runs, if it takes one; cancellation ends it after the call in flight. */
@JvmSynthetic
public suspend fun Sampler.awaitPlan(): Plan = prepare().flux().collected().single()

/**
 * Draw 0 of each chain in turn, then draw 1 of each, and so on, as a cold [Flow]. Demand, threads and cancellation are as for
 * [Sampler.asFlow][asFlow].
 *
 * @param draws of each chain, at least 0; without it the flow has no end
 * @sample io.scoreflux.kotlin.examples.regression
 */
@JvmSynthetic
public fun ProximalSampler.asFlow(draws: Long? = null): Flow<Draw> =
    (if (draws == null) draws() else draws(draws)).collected()

/**
 * Goes on where other collections have stopped, with the draws that they would have made.
 *
 * @param states of all chains in order, each of the last draw that all chains have delivered
 * @param draws of each chain, counted from the first of all
 */
@JvmSynthetic
public fun ProximalSampler.resumeAsFlow(states: List<ChainState>, draws: Long): Flow<Draw> =
    resume(states, draws).collected()

private fun <T : Any> Flux<T>.collected(): Flow<T> = inContext { _, _ -> this }

/** A publisher's own flow is given its subscriber's context once it is known, and asks for one element at a time. */
private fun <T : Any> inContext(samples: (CoroutineContext, RunningCalls) -> Flux<T>): Flow<T> = flow {
    val collector = currentCoroutineContext().minusKey(Job)
    val calls = RunningCalls()
    try {
        emitAll(
            samples(collector, calls)
                .contextWrite { calls.shownIn(it, collector) }
                .asFlow()
                // It would ask for 64.
                .buffer(Channel.RENDEZVOUS),
        )
    } finally {
        withContext(NonCancellable) { calls.join() }
    }
}
