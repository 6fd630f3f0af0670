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

        for (dense in listOf(true, false)) {
            "NUTS keeps a correlated normal distribution, ${if (dense) "dense" else "unit"} metric" {
                // Precision (2, 1; 1, 2): variances are 2/3, and the covariance is -1/3.
                val normal = object : Density {
                    override fun dimension() = 2

                    override fun value(x: DoubleArray) = x[0] * x[0] + x[0] * x[1] + x[1] * x[1]

                    override fun gradient(x: DoubleArray) = doubleArrayOf(2 * x[0] + x[1], x[0] + 2 * x[1])
                }
                val chains = List(20) { chain ->
                    val sums = DoubleArray(3)
                    val sink = Consumer<DoubleArray> { x ->
                        sums[0] += x[0] / 2000
                        sums[1] += x[0] * x[0] / 2000
                        sums[2] += x[0] * x[1] / 2000
                    }
                    val cost = Nuts.run(normal, DoubleArray(2), 300, 2000, dense, Random(chain.toLong()), sink)
                    // Trajectories of one to seven leaps.
                    (cost.gradients() in 2000L..20_000L) shouldBe true
                    sums
                }
                listOf(0.0, 2.0 / 3, -1.0 / 3).forEachIndexed { i, exact ->
                    val values = chains.map { it[i] }
                    val mean = values.average()
                    val error = sqrt(values.sumOf { (it - mean) * (it - mean) } / 19 / 20)
                    withClue("moment $i: $mean +- $error") { mean shouldBe (exact plusOrMinus 4 * error) }
                }
            }
        }

        "the tables of regressions and of scaling have a line for each posterior and each size" {
            val bytes = ByteArrayOutputStream()
            RegressionBenchmarks.print(8, 1, 1, PrintStream(bytes), 20)
            ScalingBenchmarks.print(2, PrintStream(bytes))
            TailBenchmarks.print(40, PrintStream(bytes))
            val first = bytes.toString().lines().map { it.substringBefore("  ") }
            listOf("Laplace prior, d = 14", "kappa", "100", "d", "80", "x^4").forEach { first shouldContain it }
        }

        "the tables have a line for each density" {
            val bytes = ByteArrayOutputStream()
            ProximalBenchmarks.print(40, PrintStream(bytes))
            val first = bytes.toString().lines().map { it.substringBefore("  ") }
            listOf("c", "4.0", "density", "N(0, I_30)", "logistic, n = 200, d = 10").forEach { first shouldContain it }
        }
    })
