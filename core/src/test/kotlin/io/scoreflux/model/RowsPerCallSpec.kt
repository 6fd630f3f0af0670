package io.scoreflux.model

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows

/** A denoiser of which the n-th call of a number of rows takes a known time on a clock of its own. */
private class Clocked(
    private val step: Long = 1,
    private val nanos: (rows: Int, call: Int) -> Long,
) : Denoiser {
    /** The number of calls by their number of rows. */
    val calls = linkedMapOf<Int, Int>()
    val conditions = mutableSetOf<Condition?>()
    val levels = mutableSetOf<Double>()
    private var now = 0L

    override fun dimension() = 2

    override fun denoise(rows: Rows, out: DoubleArray) {
        now += nanos(rows.count(), calls.merge(rows.count(), 1, Int::plus)!!)
        for (row in 0 until rows.count()) {
            conditions += rows.condition(row)
            levels += rows.sigma(row)
        }
    }

    fun measure(condition: Condition? = null): RowsPerCall = RowsPerCall.measure(this, 0.5, condition) {
        now / step *
            step
    }
}

class RowsPerCallSpec : FreeSpec({
    "the cost of a call is shared by as many rows as still gain" {
        val denoiser = Clocked { rows, _ -> 1_000_000L + 10_000 * rows }
        denoiser.measure().fastest() shouldBe 1024
        denoiser.calls.keys.toList() shouldBe List(11) { 1 shl it }
    }

    "the measurement ends after three doublings in vain, and the fewest of equally fast rows are the fastest" {
        // Above 32 rows each row costs more, as when layers exceed a cache.
        val denoiser = Clocked { rows, _ -> 1_000L + (if (rows > 32) 200L else 100L) * rows }
        val found = denoiser.measure()
        found.fastest() shouldBe 32
        found.times().map { it.rows() } shouldBe List(9) { 1 shl it }
        found.times()[5].nanosPerRow() shouldBe 100 + 1_000.0 / 32
    }

    "a gain of less than 2 per cent does not count" {
        val denoiser = Clocked { rows, _ -> 10_000L * rows - rows }
        denoiser.measure().fastest() shouldBe 1
        denoiser.calls.keys.toList() shouldBe listOf(1, 2, 4, 8)
    }

    "slow first calls, while the code is compiled, do not count" {
        fun cost(rows: Int) = 1_000_000L + (if (rows > 8) 200_000L else 100_000L) * rows
        val warm = Clocked { rows, _ -> cost(rows) }.measure()
        var last = 0
        var calls = 0
        Clocked { rows, _ ->
            if (rows != last) calls = 0
            last = rows
            if (++calls <= 2) 50 * cost(rows) else cost(rows)
        }.measure() shouldBe warm
    }

    "work on the machine during one series of measurements does not count" {
        fun cost(rows: Int) = 100_000L + (if (rows > 8) 200_000L else 100_000L) * rows
        for (disturbed in 1..3) {
            var last = 0
            var series = 0
            Clocked { rows, _ ->
                if (rows == 8 && last != 8) series++
                last = rows
                if (rows == 8 && series == disturbed) 2 * cost(rows) else cost(rows)
            }.measure().fastest() shouldBe 8
            series shouldBe 3
        }
    }

    "a clock that advances in steps of 10 ms gives the same number" {
        val denoiser = Clocked(10_000_000) { rows, _ -> 20_000L + (if (rows > 8) 20_000L else 10_000L) * rows }
        denoiser.measure().fastest() shouldBe 8
    }

    "a clock that does not advance is refused" {
        shouldThrow<IllegalArgumentException> { Clocked { _, _ -> 0 }.measure() }.message!! shouldContain
            "clock must advance"
    }

    "the rows have the given level and condition" {
        val denoiser = Clocked { rows, _ -> 100L * rows }
        denoiser.measure(Condition(3))
        denoiser.levels shouldBe setOf(0.5)
        denoiser.conditions shouldBe setOf(Condition(3))
    }

    "an exception of the denoiser reaches the caller" {
        val denoiser = Clocked { rows, _ -> if (rows == 4) error("no memory") else 100L }
        shouldThrow<IllegalStateException> { denoiser.measure() }.message shouldBe "no memory"
    }

    "there is at least one time" {
        shouldThrow<IllegalArgumentException> { RowsPerCall(listOf()) }
    }
})
