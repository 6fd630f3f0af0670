package io.scoreflux.benchmarks.network

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.shouldBeLessThan
import io.scoreflux.benchmarks.GeneralIntegrator
import io.scoreflux.evaluation.Curve
import io.scoreflux.evaluation.Measurement
import io.scoreflux.files.targets.Inputs
import io.scoreflux.solve.sliding.Sliding
import java.nio.file.Path

/** The table `errors` at eight samples: who is ahead, and by how much at least. */
class ErrorTableSpec :
    StringSpec({
        val examples = Path.of("..")
        val runs = autoClose(DigitRuns(examples, 8))
        val reference by lazy { runs.run(Sliding(ErrorTable.REFERENCE)).ends() }

        // 0.15 and 0.04 with the table's 64 samples.
        for ((calls, share) in listOf(35 to 1.0 / 3, 50 to 0.1)) {
            "budget mode has a fraction of the error of every fixed-step scheme at $calls calls" {
                // Placed before, as a pilot takes a minute: examples/digits/README.md says how.
                val placed = Inputs.budget(examples.resolve("digits/budget-$calls.json"))
                val equal = EqualCalls(runs, reference)
                equal.measure(calls, placed)
                equal.measurements() shouldHaveSize 1 + EqualCalls.SCHEMES.size
                equal.ofBudget(calls) shouldBeLessThan share * equal.ofBestOther(calls)
            }
        }

        "sliding needs half of the calls of Dormand and Prince's method of order 8 at 2e-6, and fewer than order 5" {
            fun calls(tolerances: List<Double>, measure: (Double) -> Measurement): Double =
                Curve("", tolerances.map(measure).map { Curve.Point(it.meanCalls(), it.rmsError()) })
                    .costAt(ErrorTable.FINE)
                    .asDouble

            val own = calls(listOf(3e-5, 1e-5, 3e-6, 1e-6)) { tolerance ->
                DigitRuns.measure("sliding", tolerance, runs.run(Sliding(tolerance)).outcomes(), reference)
            }
            // 0.28 and 0.43 in the table, with a pixel's scale, the better one here.
            for ((integrator, share) in listOf(
                GeneralIntegrator.DORMAND_PRINCE_853 to 0.5,
                GeneralIntegrator.DORMAND_PRINCE_54 to 0.6,
            )) {
                val other = calls(listOf(1e-5, 1e-6, 1e-7)) { tolerance ->
                    val outcomes = runs.run(integrator, tolerance, Digits.RADIUS / DigitRuns.PIXELS)
                    DigitRuns.measure(integrator.label(), tolerance, outcomes, reference)
                }
                own shouldBeLessThan share * other
            }
        }
    })
