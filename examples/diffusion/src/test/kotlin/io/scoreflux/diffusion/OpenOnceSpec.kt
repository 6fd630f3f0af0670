package io.scoreflux.diffusion

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger
import java.util.function.Supplier
import kotlin.concurrent.thread

class OpenOnceSpec :
    StringSpec({
        /** A resource that counts how often it was opened and closed. */
        class Counts {
            val opened = AtomicInteger()
            val closed = AtomicInteger()
            val once =
                OpenOnce(
                    Supplier {
                        opened.incrementAndGet()
                        AutoCloseable { closed.incrementAndGet() }
                    },
                )
        }

        "opens at the first use, and again after a release" {
            val counts = Counts()
            counts.opened.get() shouldBe 0
            repeat(3) { counts.once.use { } }
            counts.opened.get() shouldBe 1
            repeat(2) { counts.once.release() }
            counts.closed.get() shouldBe 1
            counts.once.use { }
            counts.opened.get() shouldBe 2
        }

        "does not open again after it was closed" {
            val counts = Counts()
            counts.once.use { }
            counts.once.close()
            counts.closed.get() shouldBe 1
            shouldThrow<IllegalStateException> { counts.once.use { } }
            counts.opened.get() shouldBe 1
        }

        "does not free the resource while it is used" {
            for (end in listOf(OpenOnce<AutoCloseable>::release, OpenOnce<AutoCloseable>::close)) {
                val counts = Counts()
                val entered = CountDownLatch(1)
                val leave = CountDownLatch(1)
                val user = thread {
                    counts.once.use {
                        entered.countDown()
                        leave.await()
                    }
                }
                entered.await()
                val ended = AtomicBoolean()
                val closer = thread {
                    end(counts.once)
                    ended.set(true)
                }
                // The closer waits for the user, or has ended, which would be wrong.
                while (closer.state != Thread.State.WAITING && closer.state != Thread.State.TERMINATED) {
                    Thread.onSpinWait()
                }
                ended.get() shouldBe false
                counts.closed.get() shouldBe 0
                leave.countDown()
                user.join()
                closer.join()
                counts.closed.get() shouldBe 1
            }
        }

        "runs all actions, and throws the first error with the others" {
            val run = mutableListOf<Int>()
            val error =
                shouldThrow<IllegalStateException> {
                    OpenOnce.all(
                        { run += 1 },
                        { throw IllegalStateException("second") },
                        { throw IllegalArgumentException("third") },
                        { run += 4 },
                    )
                }
            error.message shouldBe "second"
            error.suppressed.map { it.message } shouldContainExactly listOf("third")
            run shouldContainExactly listOf(1, 4)
        }

        "a pipeline computes the same conditions while its text encoders are released" {
            DiffusionPipeline.open(tiny).use { pipeline ->
                val prompt = Prompt("a photo of the digit three", 2.0)
                val expected = pipeline.condition(prompt)
                val running = AtomicInteger(3)
                val errors = AtomicInteger()
                val users =
                    List(3) {
                        thread {
                            repeat(20) { if (pipeline.condition(prompt) != expected) errors.incrementAndGet() }
                            running.decrementAndGet()
                        }
                    }
                while (running.get() > 0 && users.any { it.isAlive }) pipeline.releaseTextEncoders()
                users.forEach { it.join() }
                running.get() shouldBe 0
                errors.get() shouldBe 0
            }
        }

        "a pipeline is refused after it was closed" {
            val pipeline = DiffusionPipeline.open(tiny)
            pipeline.condition(Prompt("", 1.0))
            pipeline.denoiser()
            repeat(2) { pipeline.close() }
            shouldThrow<IllegalStateException> { pipeline.condition(Prompt("", 1.0)) }
            shouldThrow<IllegalStateException> { pipeline.denoiser() }
        }
    })
