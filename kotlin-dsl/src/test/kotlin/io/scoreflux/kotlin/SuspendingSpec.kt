package io.scoreflux.kotlin

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.longs.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Request
import io.scoreflux.Sampler
import io.scoreflux.error.Failure
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.state.Rows
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.ThreadContextElement
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.reactor.ReactorContext
import kotlinx.coroutines.slf4j.MDCContext
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.slf4j.MDC
import reactor.util.context.Context
import java.io.IOException
import java.util.concurrent.TimeoutException
import kotlin.coroutines.CoroutineContext
import kotlin.coroutines.EmptyCoroutineContext
import kotlin.time.Duration.Companion.milliseconds

/** D of a standard normal distribution. */
private fun standard(
    rows: Rows,
) = DoubleArray(rows.count()) { rows.values()[it] / (1 + rows.sigma(it) * rows.sigma(it)) }

/** A sampler with four sequential calls for each sample, each of at most one row if the prefetch is 0. */
private fun fourCalls(
    context: CoroutineContext = EmptyCoroutineContext,
    engine: EngineScope.() -> Unit = { prefetch = 0 },
    model: suspend (Rows) -> DoubleArray,
): Sampler = sampler {
    target {
        suspendingDenoiser(1, context, answer = model)
        radius = 1.0
    }
    reverseProcess {
        from(10.0)
        to(0.1)
        stages(1)
    }
    fixedStep(Scheme.EULER, 4)
    engine(engine)
}

private class Tag(val value: String) : ThreadContextElement<String?> {
    override val key: CoroutineContext.Key<*> = Key

    override fun updateThreadContext(context: CoroutineContext): String? = LOCAL.get().also { LOCAL.set(value) }

    override fun restoreThreadContext(context: CoroutineContext, oldState: String?) = LOCAL.set(oldState)

    companion object Key : CoroutineContext.Key<Tag> {
        val LOCAL = ThreadLocal<String?>()
    }
}

/** Delays use virtual time, because models run on the scheduler of the collecting test. */
@OptIn(ExperimentalCoroutinesApi::class)
class SuspendingSpec : StringSpec({
    "a suspending model gives the same bits as a direct one" {
        val direct = sampler {
            target {
                denoiser(1) { z, sigma, out -> out[0] = z[0] / (1 + sigma * sigma) }
                radius = 1.0
            }
            reverseProcess {
                from(10.0)
                to(0.1)
                stages(1)
            }
            fixedStep(Scheme.EULER, 4)
        }
        runTest {
            val suspended = fourCalls { rows ->
                yield()
                standard(rows)
            }
            suspended.asFlow(to = 20).toList().map { it.values()[0] } shouldBe
                direct.samples(0, 20).map { it.values()[0] }.collectList().block()
        }
    }

    "cancelling the collector cancels a suspended call at once" {
        runTest {
            var started = 0
            var cancelled = 0
            val sampler = fourCalls {
                started++
                try {
                    awaitCancellation()
                } finally {
                    cancelled++
                }
            }
            val collecting = launch { sampler.asFlow().collect { } }
            runCurrent()
            started shouldBe 1
            collecting.cancel()
            collecting.join()
            cancelled shouldBe 1
            currentTime shouldBe 0
        }
    }

    "a cancelled collection returns only after its call has ended" {
        runTest {
            var ended = false
            val cleanedUp = CompletableDeferred<Unit>()
            val sampler = fourCalls {
                try {
                    awaitCancellation()
                } finally {
                    withContext(NonCancellable) { cleanedUp.await() }
                    ended = true
                }
            }
            val collecting = launch { sampler.asFlow().collect { } }
            runCurrent()
            collecting.cancel()
            runCurrent()
            collecting.isCompleted shouldBe false
            ended shouldBe false
            cleanedUp.complete(Unit)
            collecting.join()
            ended shouldBe true
        }
    }

    "prefetched work is cancelled after the last requested sample" {
        runTest {
            var cancelled = 0
            val sampler = fourCalls(engine = {
                prefetch = 1
                maxRows = 1
            }) { rows ->
                try {
                    delay(10)
                } catch (e: kotlinx.coroutines.CancellationException) {
                    cancelled++
                    throw e
                }
                standard(rows)
            }
            sampler.asFlow().onEach { delay(5) }.take(2).toList().map { it.index() } shouldBe listOf(0L, 1L)
            // The first sample takes four calls. Then the calls of the second and of the prefetched sample alternate. The second sample is
            // complete after seven calls, and the eighth call is cancelled.
            currentTime shouldBe 45 + 75
            cancelled shouldBe 1
        }
    }

    "first costs one sample, and take(n) fewer than 2 n samples, for any prefetch" {
        runTest {
            for (ahead in listOf(0, 1, 16, 1000)) {
                var rows = 0L
                val sampler = fourCalls(engine = { prefetch = ahead }) {
                    rows += it.count()
                    delay(10)
                    standard(it)
                }
                sampler.asFlow().first().index() shouldBe 0
                rows shouldBe 4
                rows = 0
                sampler.asFlow().take(1).toList().size shouldBe 1
                rows shouldBe 4
                for (n in 2..20) {
                    rows = 0
                    sampler.asFlow().take(n).toList().size shouldBe n
                    rows shouldBeLessThanOrEqual 4L * minOf(n + ahead, 2 * n - 1)
                }
            }
        }
    }

    "take, buffer and conflate limit the rows" {
        runTest {
            var calls = 0L
            var rows = 0L
            val sampler = fourCalls {
                calls++
                rows += it.count()
                delay(10)
                standard(it)
            }
            sampler.asFlow().take(10).toList()
            rows shouldBe 40
            rows = 0
            // The collector is busy: two samples wait in the buffer, one waits for a place in it, and no other is started.
            sampler.asFlow().buffer(2).onEach { delay(1000) }.take(3).toList()
            rows shouldBe 4L * (3 + 2 + 1)
            rows = 0
            calls = 0
            val from = currentTime
            val kept = sampler.asFlow().conflate().onEach { delay(1000) }.take(3).toList()
            kept[0].index() shouldBe 0
            // Samples are computed one after the other.
            rows shouldBe calls
            rows shouldBeLessThanOrEqual (currentTime - from) / 10 + 1
            kept[1].index() shouldBe 24
        }
    }

    "a call runs with the collector's dispatcher and context elements" {
        var seen = emptyMap<String, Any?>()
        val sampler = fourCalls {
            seen = mapOf(
                "mdc" to MDC.get("request"),
                "local" to Tag.LOCAL.get(),
                "name" to currentCoroutineContext()[CoroutineName]?.name,
                "reactor" to currentCoroutineContext()[ReactorContext]?.context?.getOrDefault("tenant", "none"),
            )
            standard(it)
        }
        MDC.put("request", "r-1")
        val logging = MDCContext()
        MDC.clear()
        withContext(
            Dispatchers.Default + logging + Tag("t") + CoroutineName("c") + ReactorContext(Context.of("tenant", "a")),
        ) {
            sampler.asFlow().first()
        }
        seen shouldBe mapOf("mdc" to "r-1", "local" to "t", "name" to "c", "reactor" to "a")
        sampler.samples(0, 1).blockLast()
        seen shouldBe mapOf("mdc" to null, "local" to null, "name" to null, "reactor" to "none")
    }

    "a call for two collectors has the context elements that they share" {
        runTest {
            val names = mutableListOf<Pair<Int, String?>>()
            val sampler = fourCalls { rows ->
                names += rows.count() to currentCoroutineContext()[CoroutineName]?.name
                delay(10)
                standard(rows)
            }

            suspend fun collect(name: String) = async(CoroutineName(name)) { sampler.asFlow(to = 3).toList() }
            listOf(collect("one"), collect("two")).forEach { it.await() }
            names.filter { it.first == 2 }.map { it.second }.shouldNotBeEmpty().toSet() shouldBe setOf(null)
            names.clear()
            listOf(collect("same"), collect("same")).forEach { it.await() }
            names.map { it.first } shouldContain 2
            names.map { it.second }.toSet() shouldBe setOf("same")
        }
    }

    "a cancelled collector neither waits for a shared pilot nor cancels it" {
        runTest {
            val begun = CompletableDeferred<Unit>()
            val gate = CompletableDeferred<Unit>()
            val unknown = sampler {
                target {
                    suspendingDenoiser(1) { rows ->
                        begun.complete(Unit)
                        gate.await()
                        standard(rows)
                    }
                }
                reverseProcess { from(10.0).to(0.1) }
                fixedStep(Scheme.EULER, 4)
            }
            val gone = launch(CoroutineName("gone")) { unknown.asFlow().first() }
            val stays = async { unknown.asFlow().first() }
            begun.await()
            // The call is suspended. If the collector waited for it, this would hang.
            gone.cancelAndJoin()
            gate.complete(Unit)
            stays.await().failed() shouldBe false
        }
    }

    "a collection ends after the flow of its requests has cleaned up" {
        runTest {
            var away = false
            val requests = flow {
                try {
                    for (k in 0L..100L) emit(Request.of(0, k))
                } finally {
                    withContext(NonCancellable) { delay(10.milliseconds) }
                    away = true
                }
            }
            fourCalls { standard(it) }.asFlow(requests).take(2).toList().size shouldBe 2
            away shouldBe true
        }
    }

    "the context of the model overrides the context of the collector" {
        var name: String? = null
        val sampler = fourCalls(CoroutineName("model")) {
            name = currentCoroutineContext()[CoroutineName]?.name
            standard(it)
        }
        withContext(CoroutineName("collector")) { sampler.asFlow().first() }
        name shouldBe "model"
    }

    "a timeout in the model is a transport error, which retries repeat" {
        runTest {
            var calls = 0
            val slowAtFirst: suspend (Rows) -> DoubleArray = { rows ->
                calls++
                withTimeout(100) { delay(if (calls == 1) 1000L else 10L) }
                standard(rows)
            }
            val failed = fourCalls(model = slowAtFirst).asFlow().first().certificate().failure()!!
            failed.kind() shouldBe Failure.Kind.TRANSPORT_ERROR
            (failed.cause() is TimeoutException) shouldBe true
            calls = 0
            val patient: EngineScope.() -> Unit = {
                prefetch = 0
                retries(1, 1.milliseconds)
            }
            fourCalls(engine = patient, model = slowAtFirst).asFlow().first().failed() shouldBe false
        }
    }

    "an exception fails only the samples whose rows throw" {
        runTest {
            val sampler = fourCalls(engine = { prefetch = 3 }) { rows ->
                delay(1)
                check((0 until rows.count()).none { rows.values()[it] > 8 }) { "too large" }
                standard(rows)
            }
            val failed = sampler.asFlow(to = 12).toList().filter { it.failed() }
            failed.forEach { it.certificate().failure()!!.kind() shouldBe Failure.Kind.DENOISER_ERROR }
            // The flow of this distribution only shrinks states.
            val starts = fourCalls { standard(it) }.tracesAsFlow(to = 12).toList().map { it.points()[0].z()[0] }
            failed.map { it.index() } shouldBe (0L until 12).filter { starts[it.toInt()] > 8 }.shouldNotBeEmpty()
        }
        runTest {
            val broken = fourCalls { throw IOException("no route") }
            val failure = broken.asFlow().first().certificate().failure()!!
            failure.kind() shouldBe Failure.Kind.TRANSPORT_ERROR
            failure.message() shouldContain "no route"
        }
    }

    "gradients can suspend and be cancelled" {
        runTest {
            var cancelled = 0
            val sampler = posterior {
                target {
                    suspendingLogConcave(1) { rows ->
                        try {
                            delay(10)
                        } catch (e: kotlinx.coroutines.CancellationException) {
                            cancelled++
                            throw e
                        }
                        rows.values().copyOf(rows.count())
                    }
                }
                chains {
                    count = 1
                    burnIn = 20
                }
                steps { preconditioner = io.scoreflux.logconcave.Preconditioner.identity() }
                engine { prefetch = 0 }
            }
            val direct = posterior {
                target { logConcave(1) { x, gradient -> gradient[0] = x[0] } }
                chains {
                    count = 1
                    burnIn = 20
                }
                steps { preconditioner = io.scoreflux.logconcave.Preconditioner.identity() }
            }
            sampler.asFlow(draws = 5).map { it.values()[0] }.toList() shouldBe
                direct.draws(5).map { it.values()[0] }.collectList().block()
            cancelled shouldBe 0
            val collecting = launch { sampler.asFlow().collect { } }
            delay(25)
            collecting.cancel()
            collecting.join()
            cancelled shouldBe 1
        }
    }
})
