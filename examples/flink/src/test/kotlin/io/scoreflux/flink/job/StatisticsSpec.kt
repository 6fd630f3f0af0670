package io.scoreflux.flink.job

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Sample
import io.scoreflux.flink.Watched
import io.scoreflux.flink.all
import io.scoreflux.flink.euler
import io.scoreflux.flink.sampler
import io.scoreflux.solve.Certificate
import tools.jackson.databind.ObjectMapper
import java.io.IOException
import java.util.OptionalDouble
import kotlin.random.Random

private fun sample(index: Long, vararg values: Double) = Sample.of(
    index,
    values,
    Certificate(Certificate.Status.CONVERGED, OptionalDouble.of(1e-5), 10 + index % 3, 10, 1, 1, 1, null, null),
    null,
)

private fun statistics(samples: List<Sample>) = SampleStatistics().apply { samples.forEach(::add) }

/** Merges the parts in this order, each through its bytes. */
private fun merged(parts: List<List<Sample>>) = SampleStatistics().apply {
    parts.forEach { merge(SampleStatistics.of(statistics(it).toBytes())) }
}

class StatisticsSpec : StringSpec({
    val random = Random(1)

    // A mean far from zero, where the textbook formula for the variance would lose all digits.
    fun samples(count: Int, dimension: Int) = List(count) { k ->
        sample(k.toLong(), *DoubleArray(dimension) { 1e8 + random.nextDouble() })
    }

    for (dimension in listOf(1, 3, 32, 33)) {
        "the mean and the covariance of dimension $dimension are those of the formulas" {
            val samples = samples(400, dimension)
            val rows = samples.map { it.values() }
            val mean = DoubleArray(dimension) { i -> 1e8 + rows.sumOf { it[i] - 1e8 } / rows.size }
            val statistics = merged(listOf(samples.take(7), samples.drop(7).take(200), listOf(), samples.drop(207)))
            statistics.hasMatrix() shouldBe (dimension <= 32)
            // Each of 400 updates rounds a mean of 1e8 by at most 0.75e-8.
            for (i in 0 until dimension) statistics.mean()[i] shouldBe (mean[i] plusOrMinus 400 * 0.75e-8)
            for (i in 0 until dimension) {
                for (j in if (dimension <= 32) 0 until dimension else i..i) {
                    val exact = rows.sumOf { (it[i] - mean[i]) * (it[j] - mean[j]) } / (rows.size - 1)
                    val actual = statistics.covariance()[if (dimension <= 32) i else 0][j]
                    actual shouldBe (exact plusOrMinus 1e-7)
                }
            }
        }
    }

    "statistics do not depend on the division of the samples" {
        val samples = samples(3000, 2)
        val one = statistics(samples)
        for (parts in listOf(samples.chunked(100), samples.chunked(997).reversed(), samples.map { listOf(it) })) {
            val other = merged(parts)
            other.samples() shouldBe 3000
            other.calls() shouldBe one.calls()
            other.mostCalls() shouldBe 12
            other.subset().map { it.toList() } shouldContainExactly one.subset().map { it.toList() }
            for (i in 0..1) {
                // Each of 3000 updates rounds a mean of 1e8 by at most 0.75e-8, in both.
                other.mean()[i] shouldBe (one.mean()[i] plusOrMinus 2 * 3000 * 0.75e-8)
                other.covariance()[i][i] shouldBe (one.covariance()[i][i] plusOrMinus 1e-7)
            }
        }
        one.subset().size shouldBe SampleStatistics.KEPT
    }

    "failed samples count, without values" {
        val failing = sampler(Watched({ error("broken") }), euler())
        val statistics = statistics(failing.all(0, 3) + sampler(solver = euler()).all(3, 10))
        statistics.samples() shouldBe 10
        statistics.failed() shouldBe 3
        statistics.unestimated() shouldBe 7
        statistics.subset().size shouldBe 7
        val report = ObjectMapper().readTree(Report(statistics, null).json())
        report["samples"].asLong() shouldBe 10
        report["notConverged"].asDouble() shouldBe 0.3
        report["calls"].asLong() shouldBe statistics.calls()
    }

    "a report states the energy distance to a reference" {
        val drawn = statistics(sampler().all(0, 600))
        val same = sampler { seed(8) }.all(0, 600).map { it.values() }.toTypedArray()
        val shifted = same.map { row -> doubleArrayOf(row[0] + 1, row[1]) }.toTypedArray()
        val near = ObjectMapper().readTree(Report(drawn, same).json())["energyDistance"]
        val far = ObjectMapper().readTree(Report(drawn, shifted).json())["energyDistance"]
        near["samples"].asInt() shouldBe 512
        near["reference"].asInt() shouldBe 600
        // Equal distributions are within five standard errors, by chance all but once in a million; a shift of 1 is not.
        near["value"].asDouble() shouldBe (0.0 plusOrMinus 5 * near["standardError"].asDouble())
        (far["value"].asDouble() > 0.1) shouldBe true
        Report(drawn, same).table().joinToString("\n") shouldContain "energy distance"
    }

    "a report of no sample and of one sample is JSON" {
        val none = ObjectMapper().readTree(Report(SampleStatistics(), null).json())
        none["samples"].asInt() shouldBe 0
        none["mean"].size() shouldBe 0
        val one = ObjectMapper().readTree(Report(statistics(listOf(sample(0, 1.0))), null).json())
        one["covariance"][0][0].isNull shouldBe true
        Report(SampleStatistics(), null).table().size shouldBe 8
    }

    "an unknown version is refused" {
        shouldThrow<IOException> { SampleStatistics.of(byteArrayOf(2)) }.message shouldContain
            "the version of statistics must be 1, was 2"
    }
})
