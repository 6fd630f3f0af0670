package io.scoreflux.benchmarks.around

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import kotlin.math.exp

class AroundBenchmarksSpec :
    StringSpec({
        "the densities are densities" {
            // Midpoints of a grid around all that has weight; the ring's widths are five cells.
            val ring = KnownMixture.all().first { it.name() == "ring of 8" }
            val h = 0.01
            var sum = 0.0
            for (i in -200 until 200) {
                for (j in -200 until 200) {
                    sum += exp(ring.logDensity(0.0, doubleArrayOf((i + 0.5) * h, (j + 0.5) * h))) * h * h
                }
            }
            sum shouldBe (1.0 plusOrMinus 1e-6)
        }

        "prints its tables" {
            val out = ByteArrayOutputStream()
            AroundBenchmarks.print(3, 50, PrintStream(out, true, Charsets.UTF_8))
            for (text in listOf("back / R", "dpmpp-3m", "in its se", "exact")) {
                out.toString(Charsets.UTF_8) shouldContain text
            }
        }
    })
