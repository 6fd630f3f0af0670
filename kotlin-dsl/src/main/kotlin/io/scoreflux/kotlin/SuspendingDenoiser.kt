package io.scoreflux.kotlin

import io.scoreflux.internal.Require
import io.scoreflux.internal.stream.SubscriberScoped
import io.scoreflux.logconcave.AsyncLogConcave
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Moments
import io.scoreflux.state.Rows
import kotlinx.coroutines.Job
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.job
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.reactor.mono
import reactor.core.publisher.Mono
import reactor.util.context.Context
import reactor.util.context.ContextView
import java.util.Optional
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.TimeoutException
import kotlin.coroutines.CoroutineContext
import kotlin.coroutines.EmptyCoroutineContext
import kotlin.coroutines.coroutineContext

/** A denoiser whose calls are coroutines. */
internal class SuspendingDenoiser(
    dimension: Int,
    private val context: CoroutineContext,
    private val moments: Moments?,
    classes: Int,
    private val maxSigma: Double,
    private val rounding: Double,
    private val answer: suspend (Rows) -> DoubleArray,
) : AsyncDenoiser {
    private val dimension = Require.atLeast("dimension", dimension, 1)
    private val classes = Require.atLeast("number of classes", classes, 0)

    init {
        requireNoJob(context)
    }

    override fun dimension() = dimension

    override fun classes() = classes

    override fun maxSigma() = maxSigma

    override fun rounding() = rounding

    override fun moments(): Optional<Moments> = Optional.ofNullable(moments)

    override fun denoise(rows: Rows): Mono<DoubleArray> = call(context) { answer(rows) }
}

/** A log-concave density whose gradient calls are coroutines. */
internal class SuspendingLogConcave(
    dimension: Int,
    private val context: CoroutineContext,
    private val gradient: suspend (Rows) -> DoubleArray,
) : AsyncLogConcave {
    private val dimension = Require.atLeast("dimension", dimension, 1)

    init {
        requireNoJob(context)
    }

    override fun dimension() = dimension

    override fun gradient(at: Rows): Mono<DoubleArray> = call(context) { gradient.invoke(at) }
}

private fun requireNoJob(context: CoroutineContext) {
    requireRule(
        context[Job] == null,
        "context",
        "must have no Job, because a call ends with the collectors that wait for it",
        context[Job],
        "leave the Job out",
    )
}

/** Runs a model call as a coroutine in the context of the collectors that wait for it. Cancelling the subscription cancels the coroutine. */
private fun call(context: CoroutineContext, answer: suspend () -> DoubleArray): Mono<DoubleArray> =
    Mono.deferContextual { waiting ->
        mono(elements(waiting) + context) {
            waiting.getOrEmpty<RunningCalls>(RunningCalls::class.java).ifPresent { it.add(coroutineContext.job) }
            coroutineContext.ensureActive()
            try {
                answer()
            } catch (e: TimeoutCancellationException) {
                // A time limit inside the model, not a cancellation of this call.
                coroutineContext.ensureActive()
                throw TimeoutException(e.message).apply { initCause(e) }
            }
        }
    }

/**
 * The key of one element of a collector's context in Reactor's context. Each element has its own key, so that a call for several collectors keeps
 * the elements that they share.
 */
private data class Shown(val key: CoroutineContext.Key<*>) : SubscriberScoped

private fun elements(waiting: ContextView): CoroutineContext =
    waiting.stream().toList().filter { it.key is Shown }
        .fold(EmptyCoroutineContext as CoroutineContext) { all, entry -> all + entry.value as CoroutineContext.Element }

/** The coroutines that run for one collector alone: its calls and the flow of its requests. */
internal class RunningCalls : SubscriberScoped {
    private val jobs: MutableSet<Job> = ConcurrentHashMap.newKeySet()

    @Volatile
    private var ended = false

    /** Registers a coroutine before it starts its work. Cancels it if the collection has ended. */
    fun add(job: Job) {
        jobs += job
        job.invokeOnCompletion { jobs -= job }
        if (ended) job.cancel()
    }

    /** Ends the collection and waits for the registered coroutines. */
    suspend fun join() {
        ended = true
        jobs.toList().joinAll()
    }

    /** Adds this object and the elements of a collector's context to Reactor's context, where calls find them. */
    fun shownIn(context: Context, collector: CoroutineContext): Context =
        collector.fold(context.put(RunningCalls::class.java, this)) { all, element ->
            all.put(Shown(element.key), element)
        }
}
