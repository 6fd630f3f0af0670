package io.scoreflux.model

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.state.Rows
import java.util.Random
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger

private fun batch(n: Int, d: Int, seed: Long): Rows {
    val random = Random(seed)
    val rows = Rows(d, maxOf(1, n))
    repeat(n) { rows.append(DoubleArray(d) { random.nextGaussian() }, 0, 0.1 + random.nextDouble()) }
    return rows
}

/** Answers z and lets a test look in on every slice. */
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
        GaussianMixture.builder(3).component(1.0, 0.3, 1.0, 0.0, 0.0).component(2.0, 0.2, 0.0, -1.0, 0.5).build()

    "the answers are those of the denoiser itself, to the bit, for any number of threads and rows" {
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

    "every row is asked once, in at most as many slices as there are threads" {
        for (n in listOf(1, 2, 3, 10)) {
            val slices = ConcurrentLinkedQueue<List<Double>>()
            ParallelDenoiser(Watched { slices += it.firsts() }, 3).use { it.denoise(numbered(n), DoubleArray(n)) }
            slices.size shouldBe minOf(3, n)
            slices.flatten() shouldContainExactlyInAnyOrder List(n) { it.toDouble() }
        }
    }

    "the slices are answered at the same time" {
        // Each slice waits for all three: this ends only if three threads are at work.
        val all = CountDownLatch(3)
        val together = Watched {
            all.countDown()
            all.await()
        }
        ParallelDenoiser(together, 3).use { it.denoise(numbered(3), DoubleArray(3)) }
        all.count shouldBe 0L
    }

    "an exception in any slice comes out, after all slices have ended" {
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

    "an error in a slice comes out as itself" {
        for (failing in 0..1) {
            val denoiser = Watched { rows -> if (failing.toDouble() in rows.firsts()) throw StackOverflowError("deep") }
            ParallelDenoiser(denoiser, 2).use { parallel ->
                shouldThrow<StackOverflowError> { parallel.denoise(numbered(2), DoubleArray(2)) }
            }
        }
    }

    "it answers again after a failure" {
        val calls = AtomicInteger()
        val denoiser = Watched { if (calls.incrementAndGet() <= 2) error("not yet") }
        ParallelDenoiser(denoiser, 2).use { parallel ->
            shouldThrow<IllegalStateException> { parallel.denoise(numbered(2), DoubleArray(2)) }
            val out = DoubleArray(2)
            parallel.denoise(numbered(2), out)
            out.toList() shouldBe listOf(0.0, 1.0)
        }
    }

    "a row that the denoiser leaves unwritten is not a number" {
        val silent = object : Denoiser {
            override fun dimension() = 1

            override fun denoise(rows: Rows, out: DoubleArray) = Unit
        }
        val out = DoubleArray(3)
        ParallelDenoiser(silent, 2).use { it.denoise(numbered(3), out) }
        out.all { it.isNaN() } shouldBe true
    }

    "knows the dimension and the moments of its denoiser" {
        ParallelDenoiser(mixture, 2).use { parallel ->
            parallel.dimension() shouldBe 3
            parallel.moments() shouldBe mixture.moments()
        }
    }

    "refuses less than one thread" {
        shouldThrow<IllegalArgumentException> { ParallelDenoiser(mixture, 0) }.message shouldContain
            "threads must be at least 1, was 0"
    }
})
