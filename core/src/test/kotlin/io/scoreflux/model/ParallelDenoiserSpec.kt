package io.scoreflux.model

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows
import java.util.Optional
import java.util.Random
import java.util.concurrent.Callable
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

private fun batch(n: Int, d: Int, seed: Long): Rows {
    val random = Random(seed)
    val rows = Rows(d, maxOf(1, n))
    repeat(n) { rows.append(DoubleArray(d) { random.nextGaussian() }, 0, 0.1 + random.nextDouble()) }
    return rows
}

/** Returns z and lets a test observe every slice. */
private class Watched(private val look: (Rows) -> Unit) : Denoiser {
    override fun dimension() = 1

    override fun denoise(rows: Rows, out: DoubleArray) {
        look(rows)
        rows.values().copyInto(out, 0, 0, rows.count())
    }
}

private fun Rows.firsts() = List(count()) { values()[it] }

private fun numbered(n: Int) = Rows(1, n).also { rows ->
    repeat(n) { rows.append(doubleArrayOf(it.toDouble()), 0, 1.0) }
}

class ParallelDenoiserSpec : FreeSpec({
    val mixture =
        GaussianMixture.builder(
            3,
        ).component(1.0, doubleArrayOf(1.0, 0.0, 0.0), 0.3).component(2.0, doubleArrayOf(0.0, -1.0, 0.5), 0.2).build()

    "the bits equal those of the wrapped denoiser, for any number of threads and rows" {
        for (threads in 1..5) {
            ParallelDenoiser(mixture, threads).use { parallel ->
                for (n in listOf(0, 1, 2, 3, 4, 5, 6, 7, 64, 101)) {
                    val rows = batch(n, 3, n.toLong())
                    val expected = DoubleArray(3 * n + 2) { 77.0 }
                    val out = expected.clone()
                    mixture.denoise(rows, expected)
                    parallel.denoise(rows, out)
                    withClue("$threads threads, $n rows") { out.toList() shouldBe expected.toList() }
                }
            }
        }
    }

    "every row is evaluated once, in at most as many slices as there are threads" {
        for (n in listOf(1, 2, 3, 10)) {
            val slices = ConcurrentLinkedQueue<List<Double>>()
            ParallelDenoiser(Watched { slices += it.firsts() }, 3).use { it.denoise(numbered(n), DoubleArray(n)) }
            slices.size shouldBe minOf(3, n)
            slices.flatten() shouldContainExactlyInAnyOrder List(n) { it.toDouble() }
        }
    }

    "slices are evaluated concurrently" {
        // Each slice waits for all three, so this ends only if three threads work concurrently.
        val all = CountDownLatch(3)
        val together = Watched {
            all.countDown()
            all.await()
        }
        ParallelDenoiser(together, 3).use { it.denoise(numbered(3), DoubleArray(3)) }
        all.count shouldBe 0L
    }

    "an exception in any slice is thrown after all slices have ended" {
        for (failing in 0..3) {
            val ended = AtomicInteger()
            val others = CountDownLatch(3)
            val denoiser = Watched { rows ->
                if (failing.toDouble() in rows.firsts()) {
                    throw IllegalArgumentException("no answer to row $failing")
                }
                others.countDown()
                others.await()
                ended.incrementAndGet()
            }
            ParallelDenoiser(denoiser, 4).use { parallel ->
                val thrown = shouldThrow<RuntimeException> { parallel.denoise(numbered(4), DoubleArray(4)) }
                ended.get() shouldBe 3
                generateSequence<Throwable>(thrown) { it.cause }.last().message shouldContain
                    "no answer to row $failing"
            }
        }
    }

    "an error in a slice is thrown unchanged" {
        for (failing in 0..1) {
            val denoiser = Watched { rows -> if (failing.toDouble() in rows.firsts()) throw StackOverflowError("deep") }
            ParallelDenoiser(denoiser, 2).use { parallel ->
                shouldThrow<StackOverflowError> { parallel.denoise(numbered(2), DoubleArray(2)) }
            }
        }
    }

    "it can be called again after a failure" {
        val calls = AtomicInteger()
        val denoiser = Watched { if (calls.incrementAndGet() <= 2) error("not yet") }
        ParallelDenoiser(denoiser, 2).use { parallel ->
            shouldThrow<IllegalStateException> { parallel.denoise(numbered(2), DoubleArray(2)) }
            val out = DoubleArray(2)
            parallel.denoise(numbered(2), out)
            out.toList() shouldBe listOf(0.0, 1.0)
        }
    }

    "a row that the denoiser leaves unwritten is NaN" {
        val silent = object : Denoiser {
            override fun dimension() = 1

            override fun denoise(rows: Rows, out: DoubleArray) = Unit
        }
        val out = DoubleArray(3)
        ParallelDenoiser(silent, 2).use { it.denoise(numbered(3), out) }
        out.all { it.isNaN() } shouldBe true
    }

    "if it is closed during calls, they all complete, including slices that wait for a thread" {
        val begun = CountDownLatch(4)
        val closed = CountDownLatch(1)
        val denoiser = Watched {
            begun.countDown()
            closed.await()
        }
        val parallel = ParallelDenoiser(denoiser, 2)
        val callers = Executors.newFixedThreadPool(3)
        val calls = List(3) {
            callers.submit(Callable { DoubleArray(2).also { out -> parallel.denoise(numbered(2), out) }.toList() })
        }
        // Three callers and the one worker are busy, so slices of two callers wait.
        begun.await()
        parallel.close()
        closed.countDown()
        // A time limit for a call that would never end.
        calls.map { it.get(30, TimeUnit.SECONDS) } shouldBe List(3) { listOf(0.0, 1.0) }
        callers.shutdown()
    }

    "calls after it is closed fail at once, with one error" {
        val parallel = ParallelDenoiser(mixture, 2)
        parallel.close()
        parallel.close()
        for (n in 1..3) {
            shouldThrow<IllegalStateException> { parallel.denoise(batch(n, 3, 1), DoubleArray(3 * n)) }
                .message shouldBe "the denoiser must be open to be called, was closed; close it after its last sample"
        }
    }

    "has all properties of the wrapped denoiser" {
        val known = Moments(doubleArrayOf(0.5), Covariance.isotropic(2.0))
        val denoiser = object : Denoiser {
            override fun dimension() = 1

            override fun moments() = Optional.of(known)

            override fun maxSigma() = 152.0

            override fun rounding() = 1e-3

            override fun classes() = 7

            override fun supportsGuidance() = true

            override fun evaluations(condition: Condition?) = if (condition == null) 3 else 5

            override fun denoise(rows: Rows, out: DoubleArray) = Unit
        }
        ParallelDenoiser(denoiser, 2).use { parallel ->
            parallel.dimension() shouldBe 1
            parallel.moments().get() shouldBe known
            parallel.maxSigma() shouldBe 152.0
            parallel.rounding() shouldBe 1e-3
            parallel.classes() shouldBe 7
            parallel.supportsGuidance() shouldBe true
            parallel.evaluations(null) shouldBe 3
            parallel.evaluations(Condition(2)) shouldBe 5
        }
    }

    "rejects less than one thread" {
        shouldThrow<IllegalArgumentException> { ParallelDenoiser(mixture, 0) }.message shouldContain
            "threads must be at least 1, was 0"
    }
})
