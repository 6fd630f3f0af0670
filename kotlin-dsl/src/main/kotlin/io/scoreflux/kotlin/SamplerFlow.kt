package io.scoreflux.kotlin

import io.scoreflux.Encoded
import io.scoreflux.Likelihood
import io.scoreflux.Plan
import io.scoreflux.Request
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.Trace
import io.scoreflux.logconcave.ChainEstimate
import io.scoreflux.logconcave.ChainState
import io.scoreflux.logconcave.Draw
import io.scoreflux.logconcave.ProximalSampler
import io.scoreflux.posterior.Island
import io.scoreflux.posterior.Posterior
import io.scoreflux.posterior.PosteriorSummary
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
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
import reactor.core.publisher.Mono
import kotlin.coroutines.CoroutineContext

/**
 * Returns the samples `from, from + 1, ..., to - 1` as a cold [Flow].
 *
 * **Demand.** The flow requests one sample at a time, as samples are collected. The engine computes at most `prefetch` more, and always
 * fewer than twice as many as were collected. So `first()` costs one sample, and `take(n)` costs n samples plus at most the prefetch. While
 * the collector is busy, `buffer(n)` computes up to n + 1 more samples, and `conflate()` computes samples one by one as time permits.
 *
 * **Threads.** The computation runs on the thread of the collecting coroutine, unless the sampler has several rails or its model runs
 * elsewhere. `buffer(0).flowOn(dispatcher)` moves it. `flowOn` alone would request 64 samples at once.
 *
 * **Cancellation.** The computation ends when the collection ends or is cancelled: after the call in flight, or within this call if the model
 * suspends. In the second case `collect` returns when the call has ended.
 *
 * @param from the index of the first sample, at least 0
 * @param to one more than the index of the last sample, at least [from]; by default the flow is unbounded
 * @sample io.scoreflux.kotlin.examples.firstSamples
 */
@JvmSynthetic
public fun Sampler.asFlow(from: Long = 0, to: Long = Long.MAX_VALUE): Flow<Sample> = samples(from, to).collected()

/**
 * Returns one sample for each request, in the order of the requests unless the sampler has another order. Each collection collects the
 * requests in its own context, and no more of them than may be in progress. If the flow of requests fails, the collection fails. It returns
 * only after the collection of the requests has ended. Otherwise like the other [asFlow].
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
 * Returns sample [index] at one tolerance after the other as a cold [Flow]; see [Sampler.refinements]. No call for a tolerance begins until the
 * collector has processed the sample at the previous tolerance. Otherwise like [asFlow].
 *
 * @param tolerances the tolerances, relative to the radius of the data, each below the one before it
 * @sample io.scoreflux.kotlin.examples.refined
 */
@JvmSynthetic
public fun Sampler.refinementsAsFlow(index: Long, vararg tolerances: Double): Flow<Sample> =
    refinements(index, *tolerances).collected()

/** Returns the sample of a request at one tolerance after the other. Otherwise like the other [refinementsAsFlow]. */
@JvmSynthetic
public fun Sampler.refinementsAsFlow(request: Request, vararg tolerances: Double): Flow<Sample> =
    refinements(request, *tolerances).collected()

/**
 * Returns the samples `from, ..., to - 1` with their traces as a cold [Flow]; see [Sampler.traces]. Each point of a trace costs one more
 * call, except at noise level 0. Otherwise like [asFlow].
 *
 * @sample io.scoreflux.kotlin.examples.traced
 */
@JvmSynthetic
public fun Sampler.tracesAsFlow(from: Long = 0, to: Long = Long.MAX_VALUE): Flow<Trace> = traces(from, to).collected()

/**
 * Solves from the largest noise level to the smallest with given initial states. Sample k starts from row k. Otherwise like [asFlow].
 *
 * @param states the states at the largest noise level, in canonical form; copied
 */
@JvmSynthetic
public fun Sampler.decodeAsFlow(states: Array<DoubleArray>): Flow<Sample> = decode(states).collected()

/**
 * Solves from the largest noise level to the smallest with the rows of a matrix as initial states. The matrix is copied. Otherwise like the
 * other [decodeAsFlow].
 *
 * @sample io.scoreflux.kotlin.examples.decoded
 */
@JvmSynthetic
public fun Sampler.decodeAsFlow(states: D2Array<Double>): Flow<Sample> = decodeAsFlow(states.toRows())

/**
 * Adds noise to given inputs and solves from there, as in image-to-image translation. The sampler's largest noise level determines how much of
 * the inputs the noise hides. Otherwise like [asFlow].
 *
 * @param inputs data points in the data's units, row k for sample k; copied
 */
@JvmSynthetic
public fun Sampler.renoiseAsFlow(inputs: Array<DoubleArray>): Flow<Sample> = renoise(inputs).collected()

/**
 * Adds noise to the rows of a matrix and solves from there. The matrix is copied. Otherwise like the other [renoiseAsFlow].
 *
 * @sample io.scoreflux.kotlin.examples.renoised
 */
@JvmSynthetic
public fun Sampler.renoiseAsFlow(inputs: D2Array<Double>): Flow<Sample> = renoiseAsFlow(inputs.toRows())

/**
 * Encodes given states: solves from the smallest noise level, which must be greater than 0, to the largest. [decodeAsFlow] is the inverse.
 * Otherwise like [asFlow].
 *
 * @param states the states at the smallest noise level, row k for sample k; copied
 * @throws IllegalStateException if the range ends at 0, or if the solver draws random numbers or needs a pilot
 */
@JvmSynthetic
public fun Sampler.encodeAsFlow(states: Array<DoubleArray>): Flow<Sample> = encode(states).collected()

/**
 * Encodes the rows of a matrix. The matrix is copied. Otherwise like the other [encodeAsFlow].
 *
 * @sample io.scoreflux.kotlin.examples.encoded
 */
@JvmSynthetic
public fun Sampler.encodeAsFlow(states: D2Array<Double>): Flow<Sample> = encodeAsFlow(states.toRows())

/**
 * Encodes given states and computes the log-density of each state, in nats. Otherwise like [encodeAsFlow].
 *
 * @param states the states at the smallest noise level, row k for sample k; copied
 * @param how the divergence of the flow: exact, or estimated by random probes
 * @throws IllegalStateException in the same cases as [encodeAsFlow], and if the exact divergence of the target is required but not known
 * @sample io.scoreflux.kotlin.examples.likelihoods
 */
@JvmSynthetic
public fun Sampler.likelihoodAsFlow(states: Array<DoubleArray>, how: Likelihood): Flow<Encoded> =
    likelihood(states, how).collected()

/** Encodes the rows of a matrix and computes their log-densities. Otherwise like the other [likelihoodAsFlow]. */
@JvmSynthetic
public fun Sampler.likelihoodAsFlow(states: D2Array<Double>, how: Likelihood): Flow<Encoded> =
    likelihoodAsFlow(states.toRows(), how)

/**
 * Returns the plan, as [Sampler.plan] does, and suspends instead of blocking while a pilot runs. Cancellation stops the pilot after the call in
 * flight.
 */
@JvmSynthetic
public suspend fun Sampler.awaitPlan(): Plan = prepare().flux().collected().single()

/**
 * Returns draw 0 of each chain in turn, then draw 1 of each, and so on, as a cold [Flow]. Demand, threads and cancellation are as described for
 * [Sampler.asFlow][asFlow].
 *
 * @param draws the number of draws of each chain, at least 0; null for an unbounded flow
 * @sample io.scoreflux.kotlin.examples.regression
 */
@JvmSynthetic
public fun ProximalSampler.asFlow(draws: Long? = null): Flow<Draw> =
    (if (draws == null) draws() else draws(draws)).collected()

/**
 * Resumes chains from saved states. The draws are the same as without the interruption.
 *
 * @param states the states of all chains in order, each after the last draw that all chains have delivered
 * @param draws the number of draws of each chain, counted from draw 0
 */
@JvmSynthetic
public fun ProximalSampler.resumeAsFlow(states: List<ChainState>, draws: Long): Flow<Draw> =
    resume(states, draws).collected()

/**
 * Returns the islands `from, from + 1, ..., to - 1` as a cold [Flow]. An island is the unit of demand: `first()` computes one. The first
 * collection also runs the pilot, which all collections share. Threads are as described for [Sampler.asFlow][asFlow]. If the denoiser is called on
 * the thread of the collecting coroutine, cancellation takes effect after the island in progress.
 *
 * @param from the index of the first island, at least 0
 * @param to one more than the index of the last island, at least [from]; by default the flow is unbounded
 * @sample io.scoreflux.kotlin.examples.islandsOfTwoModes
 */
@JvmSynthetic
public fun Posterior.asFlow(
    from: Long = 0,
    to: Long = Posterior.MOST_ISLANDS,
): Flow<Island> = islands(from, to).collected()

/**
 * Returns the summary of the islands `0, ..., islands - 1`, and suspends while they are computed. Cancellation stops the computation after
 * the call in flight.
 *
 * @param islands the number of islands, at least [PosteriorSummary.LEAST_ISLANDS]
 * @param dispatcher computes the islands, unless the denoiser computes elsewhere
 * @sample io.scoreflux.kotlin.examples.twoModes
 */
@JvmSynthetic
public suspend fun Posterior.awaitSummary(
    islands: Int,
    dispatcher: CoroutineDispatcher = Dispatchers.Default,
): PosteriorSummary = summary(islands).awaitOn(dispatcher)

/**
 * Returns the summary of as many islands as the interval of an expectation needs, as [Posterior.summary] does. Otherwise like the other
 * [awaitSummary].
 *
 * @param within the largest half-width, finite and greater than 0
 * @param most the largest number of islands, at least 8
 * @param function the function of a state
 */
@JvmSynthetic
public suspend fun Posterior.awaitSummary(
    within: Double,
    most: Int,
    dispatcher: CoroutineDispatcher = Dispatchers.Default,
    function: (x: DoubleArray) -> Double,
): PosteriorSummary = summary(function, within, most).awaitOn(dispatcher)

/**
 * Returns an estimate of the expectations of the components of a function, as [ProximalSampler.expectation] does, and suspends while the chains
 * run. Cancellation stops them after the call in flight.
 *
 * @param within the largest half-width of the interval of each component, finite and greater than 0
 * @param most the largest number of draws of each chain, at least 128
 * @param dispatcher runs the chains, unless the gradient is computed elsewhere
 * @param function maps a draw to one or more numbers, the same number for every draw
 * @sample io.scoreflux.kotlin.examples.expectedCoefficients
 */
@JvmSynthetic
public suspend fun ProximalSampler.awaitExpectation(
    within: Double,
    most: Long,
    dispatcher: CoroutineDispatcher = Dispatchers.Default,
    function: (x: DoubleArray) -> DoubleArray,
): ChainEstimate = expectation(function, within, most).awaitOn(dispatcher)

private suspend fun <T : Any> Mono<T>.awaitOn(dispatcher: CoroutineDispatcher): T =
    flux().subscribeOn(schedulerOf(dispatcher)).collected().single()

private fun <T : Any> Flux<T>.collected(): Flow<T> = inContext { _, _ -> this }

/** Converts a publisher to a flow that passes the collector's context to the model calls and requests one element at a time. */
@JvmSynthetic
internal fun <T : Any> inContext(samples: (CoroutineContext, RunningCalls) -> Flux<T>): Flow<T> = flow {
    val collector = currentCoroutineContext().minusKey(Job)
    val calls = RunningCalls()
    try {
        emitAll(
            samples(collector, calls)
                .contextWrite { calls.shownIn(it, collector) }
                .asFlow()
                // Without it, the flow requests 64 elements at once.
                .buffer(Channel.RENDEZVOUS),
        )
    } finally {
        withContext(NonCancellable) { calls.join() }
    }
}
