package io.scoreflux.evaluation

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.scoreflux.model.Denoiser
import io.scoreflux.solve.Problem
import io.scoreflux.solve.budget.Budget
import java.util.Optional
import java.util.OptionalDouble
import java.util.concurrent.atomic.AtomicInteger
import kotlin.math.abs
import kotlin.math.cos
import kotlin.math.ln
import kotlin.math.sqrt

class MeasurementSpec :
    StringSpec({
        fun outcome(end: Double?, calls: Long, estimate: Double?) =
            Outcome(
                Optional.ofNullable(end?.let { doubleArrayOf(it) }),
                calls,
                calls / 2,
                estimate?.let { OptionalDouble.of(it) } ?: OptionalDouble.empty(),
            )

        "sums up rows: errors of those that ended, calls of all" {
            // Errors 1, 2 and 2 relative to the radius 2; estimates 0.25 (low), 1 and 50 (high).
            val rows =
                listOf(outcome(2.0, 10, 0.5), outcome(-4.0, 20, 2.0), outcome(4.0, 30, 100.0), outcome(null, 40, null))
            val one = Measurement.of("x", 1e-3, rows, Array(4) { doubleArrayOf(0.0) }, 2.0)
            one.rows() shouldBe 4
            one.failed() shouldBe 1
            one.meanCalls() shouldBe 25.0
            one.mostCalls() shouldBe 40L
            one.p99Calls() shouldBe 40L
            one.meanRounds() shouldBe 12.5
            one.rmsError() shouldBe (sqrt(3.0) plusOrMinus 1e-15)
            one.largestError() shouldBe 2.0
            one.low().asDouble shouldBe (1.0 / 3 plusOrMinus 1e-15)
            one.high().asDouble shouldBe (1.0 / 3 plusOrMinus 1e-15)
        }

        "takes the 99th percentile by the nearest rank" {
            val rows = List(200) { outcome(0.0, it + 1L, null) }
            val one = Measurement.of("x", 8.0, rows, Array(200) { doubleArrayOf(0.0) }, 1.0)
            one.p99Calls() shouldBe 198L
            one.low().isPresent shouldBe false
        }

        "interpolates the logarithm of the error in the calls, at the last crossing" {
            val curve = Curve("x", listOf(Curve.Point(40.0, 1e-6), Curve.Point(10.0, 1e-2), Curve.Point(20.0, 1e-4)))
            curve.costAt(1e-3).asDouble shouldBe (15.0 plusOrMinus 1e-12)
            curve.costAt(1e-4).asDouble shouldBe (20.0 plusOrMinus 1e-12)
            curve.costAt(1e-5).asDouble shouldBe (30.0 plusOrMinus 1e-12)
            curve.costAt(1e-7).isPresent shouldBe false
            curve.costAt(1e-1).isPresent shouldBe false
            val worse =
                Curve(
                    "x",
                    listOf(
                        Curve.Point(1.0, 1e-1),
                        Curve.Point(2.0, 1e-5),
                        Curve.Point(3.0, 1e-2),
                        Curve.Point(4.0, 1e-4),
                    ),
                )
            worse.costAt(1e-3).asDouble shouldBe (3.5 plusOrMinus 1e-12)
        }

        "the floor of a cosine in ln sigma is that of polynomial interpolation" {
            // D does not depend on the state, so the path is irrelevant. Chebyshev interpolation of cos(k t) on the whole range of
            // length 2 in ln sigma needs about k nodes and a few; for k = 0 one node, and for few digits fewer.
            fun floor(k: Double): List<Double> {
                val denoiser = Denoiser.rowwise(1) { _, sigma, out -> out[0] = cos(k * ln(sigma)) }
                val experiment = Experiment(
                    denoiser,
                    Problem(1, Math.E, 1 / Math.E, 1.0),
                    arrayOf(doubleArrayOf(1.0), doubleArrayOf(2.0)),
                    { it },
                )
                return Floor.of(experiment, 1.0, doubleArrayOf(1e-3, 1e-6, 1e-9)) {}.points().map { it.cost() }
            }
            floor(0.0) shouldContainExactly listOf(1.0, 1.0, 1.0)
            // The error of n nodes is about 2 J_n(k), Bessel's function (the first coefficient left out, Trefethen, ATAP, chapter 4):
            // J_n(1) is below 0.5e-3 from n = 5 on, below 0.5e-6 from n = 8 on, below 0.5e-9 from n = 10 or 11 on.
            floor(1.0).zip(listOf(5.0, 8.0, 10.5)).forEach { (calls, nodes) ->
                (abs(calls - nodes) <= 1.0) shouldBe true
            }
        }

        "has a curve of processor times of the measurements with a time" {
            val rows = listOf(outcome(2.0, 10, null), outcome(4.0, 20, null))
            val one = Measurement.of("x", 8.0, rows, Array(2) { doubleArrayOf(0.0) }, 2.0)
            one.microseconds().isPresent shouldBe false
            Curve.ofTimes(listOf(one, one.withMicroseconds(3.5))) shouldContainExactly
                listOf(Curve("x", listOf(Curve.Point(3.5, one.rmsError()))))
            ComparisonTable.measurements(listOf(one)).first().endsWith("high %") shouldBe true
            ComparisonTable.measurements(listOf(one.withMicroseconds(3.5))).last().endsWith("3.5") shouldBe true
        }

        "the processor time of a row does not contain the pilot run" {
            val calls = AtomicInteger()
            val denoiser = Denoiser.rowwise(1) { _, _, out ->
                calls.incrementAndGet()
                out[0] = 0.0
            }
            val problem = Problem(1, 10.0, 0.1, 1.0)
            val experiment = Experiment(denoiser, problem, Array(4) { doubleArrayOf(1.0) }) { it }
            var rows = 0
            var callsAtFirst = 0
            val time = experiment.microseconds(Budget(8)) {
                if (rows++ == 0) callsAtFirst = calls.get()
            }
            rows shouldBe 4
            time shouldBeGreaterThan 0.0
            // The pilot run comes before the first row and is not repeated: further runs have only the eight calls of each row.
            (calls.get() - callsAtFirst) % (4 * 8) shouldBe 0
        }

        "aligns the first columns to the left and the others to the right" {
            val table = TextTable(1, "a", "bb")
            table.row("long", "1")
            table.lines() shouldContainExactly listOf("a     bb", "long   1")
        }

        "reads errors between points of a curve by logarithms" {
            val curve = Curve("x", listOf(Curve.Point(10.0, 1e-1), Curve.Point(40.0, 1e-3)))
            curve.errorAt(20.0).asDouble shouldBe (1e-2 plusOrMinus 1e-15)
            curve.errorAt(10.0).asDouble shouldBe (1e-1 plusOrMinus 1e-15)
            curve.errorAt(40.0).asDouble shouldBe (1e-3 plusOrMinus 1e-15)
            curve.errorAt(9.0).isEmpty shouldBe true
            curve.errorAt(41.0).isEmpty shouldBe true
        }
    })
