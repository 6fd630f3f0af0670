package io.scoreflux.flink

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.booleans.shouldBeFalse
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Request
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.stream.FaultPolicy
import org.apache.flink.api.common.functions.DefaultOpenContext
import org.apache.flink.streaming.api.functions.async.CollectionSupplier
import org.apache.flink.streaming.api.functions.async.ResultFuture
import org.apache.flink.streaming.util.MockStreamingRuntimeContext
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutionException
import java.util.concurrent.atomic.AtomicLong
import kotlin.concurrent.thread

/** What the sampler of a test is. The function serializes its factory, and the test runs in the same process. */
private object Model {
    @Volatile
    var open: () -> Sampler = { sampler() }

    val events = ConcurrentLinkedQueue<String>()
}

private object ModelFactory : SamplerFactory {
    private fun readResolve(): Any = ModelFactory

    override fun open(): Sampler = Model.open()

    override fun close() {
        Model.events += "closed"
    }
}

private class Result : ResultFuture<Sample> {
    val future = CompletableFuture<List<Sample>>()

    override fun complete(samples: Collection<Sample>) {
        future.complete(samples.toList())
    }

    override fun completeExceptionally(error: Throwable) {
        future.completeExceptionally(error)
    }

    override fun complete(supplier: CollectionSupplier<Sample>) = complete(supplier.get())
}

private fun opened(open: () -> Sampler): SampleAsyncFunction {
    Model.open = open
    Model.events.clear()
    return SampleAsyncFunction(ModelFactory).apply {
        runtimeContext = MockStreamingRuntimeContext(1, 0)
        open(DefaultOpenContext.INSTANCE)
    }
}

private fun SampleAsyncFunction.ask(request: Request) = Result().also { asyncInvoke(request, it) }

class AsyncFunctionSpec : StringSpec({
    val requests = (0L until 20L).map { Request.of(it % 3, it) }

    "without a gateway, each request has its sample" {
        val function = opened { sampler() }
        val results = requests.map { function.ask(it) }
        results.map { it.future.get().single() } shouldContainExactly sampler().all(requests)
        function.close()
        Model.events.toList() shouldContainExactly listOf("closed")
    }

    "without a gateway, requests that wait for a call are computed in one batch" {
        val gate = CountDownLatch(1)
        val entered = CountDownLatch(1)
        val most = AtomicLong()
        val function = opened {
            sampler(
                Watched({ rows ->
                    entered.countDown()
                    gate.await()
                    most.accumulateAndGet(rows.count().toLong(), ::maxOf)
                }),
                euler(),
            )
        }
        val first = function.ask(requests[0])
        entered.await()
        val others = requests.drop(1).map { function.ask(it) }
        gate.countDown()
        (listOf(first) + others).map { it.future.get().single() } shouldContainExactly
            sampler(Watched({}), euler()).all(requests)
        most.get() shouldBe 19
        function.close()
    }

    "a failed sample is a result" {
        val function = opened { sampler(Watched({ error("broken") }), euler()) }
        function.ask(requests[0]).future.get().single().failed() shouldBe true
        function.close()
    }

    "a sample that the sampler skips has no result" {
        val function = opened {
            sampler(Watched({ error("broken") }), euler()) { faults(FaultPolicy.skip { _, _ -> }) }
        }
        requests.map { function.ask(it) }.forEach { it.future.get().shouldBeEmpty() }
        function.close()
    }

    "a stream that fails ends its requests with the cause, and later requests are still served" {
        val broken = AtomicLong(1)
        val function = opened {
            sampler(Watched({ if (broken.get() == 1L) error("broken") }), euler()) { faults(FaultPolicy.failStream()) }
        }
        val failure = runCatching { function.ask(requests[0]).future.get() }.exceptionOrNull() as ExecutionException
        generateSequence(failure as Throwable) { it.cause }.joinToString { it.message.orEmpty() } shouldContain "broken"
        broken.set(0)
        function.ask(requests[1]).future.get().size shouldBe 1
        function.close()
    }

    "closing waits for the call in flight, closes the sampler after it, and completes no result" {
        val gate = CountDownLatch(1)
        val entered = CountDownLatch(1)
        val function = opened {
            sampler(
                Watched({
                    entered.countDown()
                    // Like a call into native code, it cannot be interrupted.
                    while (gate.count > 0) Thread.onSpinWait()
                    Model.events += "computed"
                }),
                euler(),
            )
        }
        val results = requests.take(3).map { function.ask(it) }
        entered.await()
        val closing = thread { function.close() }
        while (closing.state != Thread.State.WAITING && closing.isAlive) Thread.onSpinWait()
        gate.countDown()
        closing.join()
        Model.events.toList() shouldContainExactly listOf("computed", "closed")
        results.forEach { it.future.isDone.shouldBeFalse() }
    }
})
