package io.scoreflux.cli.option

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.scoreflux.Sampler
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.state.Rows
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import kotlin.concurrent.thread

/** A model whose calls wait, and which cannot be interrupted. */
private class Waiting(
    private val model: Denoiser,
    private val events: MutableCollection<String>,
) : Denoiser by model {
    val entered = CountDownLatch(1)
    val gate = CountDownLatch(1)

    override fun denoise(rows: Rows, out: DoubleArray) {
        entered.countDown()
        while (true) {
            try {
                gate.await()
                break
            } catch (_: InterruptedException) {
                // A call into native code does not end either.
            }
        }
        model.denoise(rows, out)
        events += "computed"
    }
}

class WorkersSpec : StringSpec({
    "closing the workers waits for their calls, so that the target can be closed after them" {
        val events = ConcurrentLinkedQueue<String>()
        val gaussian = GaussianMixture.builder(1).component(1.0, doubleArrayOf(0.0), 1.0).build()
        val model = Waiting(gaussian, events)
        val workers = Workers(2, 8)
        val stream = workers.compute(Sampler.builder(model).noiseRange(20.0, 0.1).radius(1.0)).build()
            .samples(0, 1).subscribe()
        model.entered.await()
        stream.dispose()
        var interrupted = false
        val closing = thread {
            // As Flink does when a task is cancelled.
            Thread.currentThread().interrupt()
            workers.close()
            events += "closed"
            interrupted = Thread.currentThread().isInterrupted
        }
        while (closing.state != Thread.State.WAITING && closing.isAlive) Thread.onSpinWait()
        model.gate.countDown()
        closing.join()
        events.toList() shouldContainExactly listOf("computed", "closed")
        interrupted shouldBe true
    }
})
