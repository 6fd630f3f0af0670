package io.scoreflux.benchmarks.logconcave

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.util.Random
import java.util.function.Consumer
import kotlin.math.sqrt

class YardsticksSpec :
    StringSpec({
        val methods = mapOf(
            // The variance of ULA on N(0, 1) is 1 / (1 - h / 2).
            "ULA" to (Yardsticks.ula(0.4) to 1.25),
            "MALA" to (Yardsticks.mala(0.6) to 1.0),
            "HMC" to (Yardsticks.hmc(0.9, 2) to 1.0),
        )
        for ((name, case) in methods) {
            "$name keeps its theoretical distribution" {
                val (method, variance) = case
                val means = List(20) { chain ->
                    var sum = 0.0
                    val sink = Consumer<DoubleArray> { x -> sum += (x[0] * x[0] + x[1] * x[1]) / 2 }
                    method.run(Density.standardNormal(2), DoubleArray(2), 20_000, Random(chain.toLong()), sink)
                    sum / 20_000
                }
                val mean = means.average()
                val error = sqrt(means.sumOf { (it - mean) * (it - mean) } / 19 / 20)
                // Four standard errors; the start at 0 is forgotten in a few of 20,000 draws.
                withClue("$mean +- $error") { mean shouldBe (variance plusOrMinus 4 * error) }
            }
        }

        "the tables have a line for each density" {
            val bytes = ByteArrayOutputStream()
            ProximalBenchmarks.print(40, PrintStream(bytes))
            val first = bytes.toString().lines().map { it.substringBefore("  ") }
            listOf("c", "4.0", "density", "N(0, I_30)", "logistic, n = 200, d = 10").forEach { first shouldContain it }
        }
    })
