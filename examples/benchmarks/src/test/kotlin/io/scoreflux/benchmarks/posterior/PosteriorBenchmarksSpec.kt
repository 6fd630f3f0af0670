package io.scoreflux.benchmarks.posterior

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import kotlin.math.PI
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.pow
import kotlin.math.sqrt

class PosteriorBenchmarksSpec :
    StringSpec({
        "the known posterior is the one of a grid" {
            val known = PosteriorBenchmarks.problems().first { it.name() == "two modes, a = 0.6" }

            fun normal(x: Double, mean: Double, std: Double) =
                exp(-0.5 * ((x - mean) / std).pow(2)) / (std * sqrt(2 * PI))
            // The grid ends eight standard deviations beyond the modes; six would leave out more than 1e-9.
            val h = 0.02
            var evidence = 0.0
            var mean = 0.0
            var upper = 0.0
            for (i in -150..150) {
                for (j in -150..150) {
                    val x = doubleArrayOf(i * h, j * h)
                    val density = h * h * normal(0.4, x[1], 0.3) *
                        listOf(-0.6, 0.6).sumOf { a -> 0.5 * normal(x[0], a, 0.3) * normal(x[1], a, 0.3) }
                    evidence += density
                    mean += density * x[0]
                    upper += density * known.responsibilities(x)[1]
                }
            }
            known.logEvidence() shouldBe (ln(evidence) plusOrMinus 1e-9)
            known.mean()[0] shouldBe (mean / evidence plusOrMinus 1e-9)
            known.weights()[1] shouldBe (upper / evidence plusOrMinus 1e-9)
        }
    })
