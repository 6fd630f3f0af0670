package io.scoreflux.kotlin

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.model.Denoiser
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList

class TablesSpec : StringSpec({
    fun sampler(dimension: Int) = sampler {
        target { gaussianMixture { component(1.0, DoubleArray(dimension) { it.toDouble() }, std = 0.5) } }
        reverseProcess { from(20.0).to(0.01) }
    }

    "a batch prints a line for each sample" {
        val samples = sampler(2).asFlow().take(3).toList()
        val lines = SampleBatch(samples).toString().lines()
        lines.size shouldBe 4
        lines[0].trim().split(Regex(" +")) shouldBe listOf("index", "status", "calls", "error", "x0", "x1")
        for ((line, sample) in lines.drop(1).zip(samples)) {
            val cells = line.trim().split(Regex(" +"))
            cells[0] shouldBe sample.index().toString()
            cells[1] shouldBe "converged"
            cells[2] shouldBe sample.certificate().calls().toString()
            cells.drop(4).map { it.toDouble() } shouldBe
                sample.values().map { "%.6g".format(java.util.Locale.ROOT, it).toDouble() }
        }
        lines.map { it.length }.toSet().size shouldBe 1
    }

    "long batches and long samples are truncated with a mark" {
        val text = sampler(9).asFlow().take(25).toBatch().toString()
        text.lines().size shouldBe 1 + 20 + 1
        text.lines().last() shouldBe "and 5 more"
        text.lines()[0].trim().endsWith("x3  ...") shouldBe true
    }

    "a failed sample prints its reason, and an empty batch prints its header" {
        val broken = object : Denoiser {
            override fun dimension() = 1

            override fun denoise(rows: io.scoreflux.state.Rows, out: DoubleArray) = error("out of order")
        }
        val failed = sampler {
            target {
                denoiser(broken)
                radius = 1.0
            }
            reverseProcess { from(20.0).to(0.01) }
        }
        val batch = failed.asFlow().take(1).toBatch()
        batch.toString() shouldContain "out of order"
        batch[0].certificate().toTable() shouldContain "failure"
        SampleBatch(emptyList()).toString().trim() shouldBe "index  status  calls  error"
    }

    "a certificate prints its properties" {
        val certificate = sampler(1).samples(0, 1).blockLast()!!.certificate()
        val lines = certificate.toTable().lines().associate { it.substring(0, 10).trim() to it.substring(10) }
        lines["status"] shouldBe "converged"
        lines["calls"] shouldBe "${certificate.calls()} in ${certificate.rounds()} rounds"
        lines["error"]!!.toDouble() shouldBe
            "%.1e".format(java.util.Locale.ROOT, certificate.error().asDouble).toDouble()
        lines["intervals"] shouldContain "${certificate.intervals()}, of degree"
    }

    "a mixture prints its components" {
        val text = gaussianMixtureOf {
            component(3.0, doubleArrayOf(0.0, 1.0), std = 0.5)
            component(1.0, doubleArrayOf(-2.0, 4.25), std = doubleArrayOf(0.1, 0.2))
        }.toString()
        text.lines().map { it.trim().split(Regex(" +")) } shouldBe listOf(
            listOf("weight", "std", "mean"),
            listOf("0.7500", "0.5000", "0.000", "1.000"),
            listOf("0.2500", "0.1000", "0.2000", "-2.000", "4.250"),
        )
        gaussianMixtureOf { repeat(30) { component(1.0, DoubleArray(9), std = 1.0) } }.toString().lines().let {
            it.size shouldBe 22
            it.last() shouldBe "and 10 more"
            it[1].trim().endsWith("...") shouldBe true
        }
    }
})
