package io.scoreflux.noise

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.int
import io.kotest.property.arbitrary.list
import io.kotest.property.arbitrary.long
import io.kotest.property.checkAll
import org.apache.commons.rng.core.source64.Philox4x64
import kotlin.math.PI
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.max
import kotlin.math.sqrt

private val UNIT = Math.scalb(1.0, -53)

/** The numbers of the purposes, which never change. */
private val PURPOSES = listOf(
    Purpose.START to 1L,
    Purpose.STEP to 2L,
    Purpose.PILOT to 3L,
    Purpose.PROBE to 4L,
    Purpose.CHAIN_START to 20L,
    Purpose.CHAIN_STEP to 21L,
)

private fun NoiseSource.numbers(purpose: Purpose, index: Long, n: Int) =
    DoubleArray(n).also { normals(purpose, index).fill(it, 0, n) }

/** Philox4x64-10 as Salmon et al. (2011) print it: one block of four words. */
private fun philox(counter: LongArray, key: LongArray): LongArray {
    var (c0, c1, c2, c3) = counter
    var (k0, k1) = key
    repeat(10) {
        val high0 = unsignedHigh(0xD2E7470EE14C6C93uL.toLong(), c0)
        val low0 = 0xD2E7470EE14C6C93uL.toLong() * c0
        val high1 = unsignedHigh(0xCA5A826395121157uL.toLong(), c2)
        val low1 = 0xCA5A826395121157uL.toLong() * c2
        c0 = high1 xor c1 xor k0
        c1 = low1
        c2 = high0 xor c3 xor k1
        c3 = low0
        k0 += 0x9E3779B97F4A7C15uL.toLong()
        k1 += 0xBB67AE8584CAA73BuL.toLong()
    }
    return longArrayOf(c0, c1, c2, c3)
}

private fun unsignedHigh(a: Long, b: Long) = Math.multiplyHigh(a, b) + ((a shr 63) and b) + ((b shr 63) and a)

/** A 256-bit counter, lowest word first, less one. */
private fun oneBelow(counter: LongArray): LongArray {
    val less = counter.clone()
    for (i in less.indices) {
        if (less[i]-- != 0L) break
    }
    return less
}

private fun hex(words: LongArray) = words.joinToString(" ") { it.toULong().toString(16).padStart(16, '0') }

/** The normal distribution function by Marsaglia's series (2004, doi 10.18637/jss.v011.i04). */
private fun normalBelow(x: Double): Double {
    if (abs(x) > 8) return if (x > 0) 1.0 else 0.0
    var sum = x
    var term = x
    var k = 3
    while (abs(term) > 1e-18) {
        term *= x * x / k
        sum += term
        k += 2
    }
    return 0.5 + sum * exp(-x * x / 2) / sqrt(2 * PI)
}

private fun correlation(a: DoubleArray, b: DoubleArray): Double {
    val ab = a.indices.sumOf { a[it] * b[it] }
    return ab / sqrt(a.sumOf { it * it } * b.sumOf { it * it })
}

class NoiseSourceSpec : FreeSpec({
    val n = 100_000
    val config = PropTestConfig(seed = 20_260_112, iterations = 200)

    "Philox4x64 gives the known answers of Random123" {
        // Counter and key all 0, all ones, and the digits of pi: kat_vectors of Random123.
        val ones = -1L
        val pi = longArrayOf(0x243f6a8885a308d3, 0x13198a2e03707344, -0x5bf6c7ddd660ce30, 0x082efa98ec4e6c89)
        val piKey = longArrayOf(0x452821e638d01377, -0x41ab9930cb16f394)
        val known = listOf(
            Triple(LongArray(4), LongArray(2), "16554d9eca36314c db20fe9d672d0fdc d7e772cee186176b 7e68b68aec7ba23b"),
            Triple(
                LongArray(4) { ones },
                LongArray(2) { ones },
                "87b092c3013fe90b 438c3c67be8d0224 9cc7d7c69cd777b6 a09caebf594f0ba0",
            ),
            Triple(pi, piKey, "a528f45403e61d95 38c72dbd566e9788 a5a1610e72fd18b5 57bd43b5e52b7fe6"),
        )
        for ((counter, key, answer) in known) {
            hex(philox(counter, key)) shouldBe answer
            // commons-rng counts up before its first block, so it starts one below.
            val library = Philox4x64(key + oneBelow(counter))
            hex(LongArray(4) { library.nextLong() }) shouldBe answer
        }
    }

    "a stream is Box and Muller on Philox blocks (1, 0, index, 0), (2, 0, ...) under the key (seed, purpose)" {
        checkAll(config, Arb.long(), Arb.long(0, Long.MAX_VALUE)) { seed, index ->
            for ((purpose, number) in PURPOSES) {
                val words = (1L..3L).flatMap { block ->
                    philox(longArrayOf(block, 0, index, 0), longArrayOf(seed, number)).toList()
                }
                val expected = words.chunked(2).flatMap { (first, second) ->
                    val length = sqrt(-2 * StrictMath.log(((first ushr 11) + 1) * UNIT))
                    val angle = 2 * PI * ((second ushr 11) * UNIT)
                    listOf(length * StrictMath.cos(angle), length * StrictMath.sin(angle))
                }
                NoiseSource(seed).numbers(purpose, index, 12).toList() shouldBe expected
            }
        }
    }

    // These numbers are every sample's identity. They must never change, whatever changes around them.
    "the golden numbers stay" {
        GOLDEN.forEach { (seed, purpose, index, numbers) ->
            NoiseSource(seed).numbers(purpose, index, 4).toList() shouldBe numbers
        }
    }

    "the same seed, purpose and index give the same numbers again" {
        checkAll(config, Arb.long(), Arb.long(0, Long.MAX_VALUE)) { seed, index ->
            for (purpose in Purpose.entries) {
                NoiseSource(seed).numbers(purpose, index, 7).toList() shouldBe
                    NoiseSource(seed).numbers(purpose, index, 7).toList()
            }
        }
    }

    "filling in even pieces equals filling at once, and an offset is respected" {
        checkAll(config, Arb.long(), Arb.list(Arb.int(0, 9), 1..12)) { seed, halves ->
            val total = 2 * halves.sum()
            val stream = NoiseSource(seed).normals(Purpose.STEP, 5)
            val pieces = DoubleArray(total + 3) { 77.0 }
            var at = 2
            for (half in halves) {
                stream.fill(pieces, at, 2 * half)
                at += 2 * half
            }
            pieces.copyOfRange(2, total + 2).toList() shouldBe
                NoiseSource(seed).numbers(Purpose.STEP, 5, total).toList()
            listOf(pieces[0], pieces[1], pieces[total + 2]) shouldBe listOf(77.0, 77.0, 77.0)
        }
    }

    "an odd fill discards the second number of its last pair and writes nothing beyond its end" {
        val stream = NoiseSource(9).normals(Purpose.START, 1)
        val out = DoubleArray(6) { 77.0 }
        stream.fill(out, 0, 3)
        stream.fill(out, 3, 2)
        val all = NoiseSource(9).numbers(Purpose.START, 1, 6)
        out.toList() shouldBe listOf(all[0], all[1], all[2], all[4], all[5], 77.0)
    }

    "a uniform number is the next word's 53 bits, in turn with normals" {
        val words = (1L..2L).flatMap { philox(longArrayOf(it, 0, 7, 0), longArrayOf(11, 2)).toList() }
        val stream = NoiseSource(11).normals(Purpose.STEP, 7)
        stream.uniform() shouldBe (words[0] ushr 11) * UNIT
        stream.fill(DoubleArray(2), 0, 2)
        stream.uniform() shouldBe (words[3] ushr 11) * UNIT
        shouldThrow<UnsupportedOperationException> { NormalStream { _, _, _ -> }.uniform() }
    }

    "uniform numbers pass the Kolmogorov-Smirnov test" {
        val stream = NoiseSource(3).normals(Purpose.STEP, 8)
        val u = DoubleArray(n) { stream.uniform() }.also { it.sort() }
        val gap = u.indices.maxOf { max((it + 1.0) / n - u[it], u[it] - it.toDouble() / n) }
        // 1.95 is p = 1e-3 of Kolmogorov's law.
        gap * sqrt(n.toDouble()) shouldBeLessThan 1.95
    }

    "other seeds, purposes and indices give uncorrelated numbers" {
        val streams = listOf(
            NoiseSource(1).numbers(Purpose.START, 0, n),
            NoiseSource(1).numbers(Purpose.STEP, 0, n),
            NoiseSource(1).numbers(Purpose.START, 1, n),
            NoiseSource(1).numbers(Purpose.STEP, 1, n),
            NoiseSource(2).numbers(Purpose.START, 0, n),
            NoiseSource(1L shl 32).numbers(Purpose.START, 0, n),
            NoiseSource(1).numbers(Purpose.START, 1L shl 32, n),
        )
        for (i in streams.indices) {
            for (j in 0 until i) {
                // sqrt(n) r is standard normal: 4.06 is p = 5e-5, 1e-3 over all 21 pairs.
                abs(correlation(streams[i], streams[j])) * sqrt(n.toDouble()) shouldBeLessThan 4.06
            }
        }
    }

    "neighbouring indices are uncorrelated, number by number" {
        val first = DoubleArray(n)
        val next = DoubleArray(n)
        for (i in 0 until n) first[i] = NoiseSource(4).numbers(Purpose.START, i.toLong(), 1)[0]
        for (i in 0 until n) next[i] = first[(i + 1) % n]
        // p = 1e-3 for a standard normal.
        abs(correlation(first, next)) * sqrt(n.toDouble()) shouldBeLessThan 3.29
        normalSquare(first) shouldBeLessThan 3.29
    }

    "a stream has the moments of the standard normal" {
        for (purpose in Purpose.entries) {
            val x = NoiseSource(3).numbers(purpose, 8, n)
            val mean = x.average()
            val variance = x.sumOf { it * it } / n
            val kurtosis = x.sumOf { it * it * it * it } / n
            // Standard errors 1, sqrt(2) and sqrt(96) over sqrt(n); 3.29 of them is p = 1e-3 for each.
            abs(mean) * sqrt(n.toDouble()) shouldBeLessThan 3.29
            abs(variance - 1) * sqrt(n / 2.0) shouldBeLessThan 3.29
            abs(kurtosis - 3) * sqrt(n / 96.0) shouldBeLessThan 3.29
        }
    }

    "a stream passes the Kolmogorov-Smirnov and Anderson-Darling tests" {
        for (purpose in Purpose.entries) {
            val u = NoiseSource(3).numbers(purpose, 8, n).also { it.sort() }.map { normalBelow(it) }
            val gap = u.indices.maxOf { max((it + 1.0) / n - u[it], u[it] - it.toDouble() / n) }
            // 2.27 is p = 7e-5 of Kolmogorov's law, 1e-3 over all 14 purposes.
            gap * sqrt(n.toDouble()) shouldBeLessThan 2.27
            val sum = u.indices.sumOf { (2 * it + 1) * (Math.log(u[it]) + Math.log1p(-u[n - 1 - it])) }
            // 8.4 is p = 7e-5 for a fully given law (Marsaglia and Marsaglia 2004).
            -n - sum / n shouldBeLessThan 8.4
        }
    }

    "no number exceeds the tail of 53 bits, and the tail is there" {
        val largest = (0L until 100L).maxOf { index ->
            NoiseSource(12).numbers(Purpose.STEP, index, 10_000).maxOf { abs(it) }
        }
        // sqrt(2 * 53 ln 2) = 8.5716; among 1e6 normals the largest is above 4.3 with p = 1 - 4e-8.
        largest shouldBeLessThan 8.58
        largest shouldBeGreaterThan 4.3
    }
})

private fun normalSquare(x: DoubleArray): Double = abs(x.sumOf { it * it } / x.size - 1) * sqrt(x.size / 2.0)

private data class Golden(val seed: Long, val purpose: Purpose, val index: Long, val numbers: List<Double>)

private val GOLDEN = listOf(
    Golden(
        0L,
        Purpose.START,
        0L,
        listOf(0.005377245848402227, -0.6427663766728783, -0.8871989241211731, 0.09442844703537243),
    ),
    Golden(
        0L,
        Purpose.STEP,
        0L,
        listOf(-0.595254101126258, 0.23705983084397486, -1.1859525282729417, -1.0016633930370362),
    ),
    Golden(
        42L,
        Purpose.START,
        1L,
        listOf(-0.8558426790188396, 1.5880560122516238, -0.8471840478836623, 0.04453059388038124),
    ),
    Golden(
        -7L,
        Purpose.STEP,
        1_000_000_007L,
        listOf(0.9784868796620804, 0.5752451658615472, 0.6544204671830643, -0.047961871984049304),
    ),
)
