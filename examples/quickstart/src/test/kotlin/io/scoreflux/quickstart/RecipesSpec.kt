package io.scoreflux.quickstart

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.collections.shouldNotBeSorted
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.micrometer.core.instrument.simple.SimpleMeterRegistry
import io.scoreflux.Sample
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.state.Rows
import reactor.core.publisher.Flux
import reactor.core.publisher.Mono
import java.io.File

/** The examples of docs/streaming.md are the compiled ones, and they do what the page says. */
class RecipesSpec : StringSpec({
    val target = GaussianMixture.builder(
        1,
    ).component(0.6, doubleArrayOf(-1.0), 0.3).component(0.4, doubleArrayOf(1.2), 0.4).build()

    fun Flux<Sample>.values() = collectList().block()!!.associate { it.index() to it.values()[0] }

    "shows the examples as they are compiled" {
        val file = File("src/main/java/io/scoreflux/quickstart/Recipes.java").readText()
        val imported = Regex("(?m)^import .*;$").findAll(file).map { it.value }.toList()
        val blocks = Regex("(?s)```java\\n(.*?)```").findAll(File("../../docs/streaming.md").readText()).toList()
        blocks.size shouldBe 11
        for (block in blocks) {
            val (imports, lines) = block.groupValues[1].lines().partition { it.startsWith("import ") }
            val code = lines.joinToString("\n")
            file.replace(Regex("\\s+"), "") shouldContain code.replace(Regex("\\s+"), "")
            imports shouldContainExactlyInAnyOrder imported.filter {
                Regex("\\b${it.removeSuffix(";").substringAfterLast('.')}\\b").containsMatchIn(code)
            }
        }
    }

    "parallelism, a slow consumer, samples as ready, halves: the same samples" {
        val first = Recipes.backpressure(target).take(20).values()
        Recipes.parallelism(target).take(20).values() shouldBe first
        val ready = Recipes.asReady(target).collectList().block()!!
        ready.map { it.index() }.shouldNotBeSorted()
        ready.filter { it.index() < 20 }.associate { it.index() to it.values()[0] } shouldBe first
        Recipes.resume(target).map { it.index() }.collectList().block() shouldBe (0L until 1_000L).toList()
    }

    "refinements end at the tolerance that is enough" {
        val refined = Recipes.refinements(target).collectList().block()!!
        refined.map { it.index() }.distinct() shouldBe listOf(7L)
        val errors = refined.map { it.certificate().error().asDouble }
        errors.dropLast(1).all { it >= 1e-3 } shouldBe true
        (errors.last() < 1e-3) shouldBe true
    }

    "additional stages drop half of the modes and do not change the other samples" {
        val apart = GaussianMixture.builder(
            1,
        ).component(0.5, doubleArrayOf(-3.0), 0.3).component(0.5, doubleArrayOf(3.0), 0.3).build()
        val whole = Recipes.backpressure(apart).take(60).values()
        val kept = Recipes.stages(apart).take(10).values()
        // The modes are 6 apart: below sigma 0.45, where the filter is, no trajectory crosses 0.
        kept.values.all { it > 0 } shouldBe true
        kept shouldBe whole.filter { it.key in kept.keys }
    }

    "two samplers share a gateway" {
        var calls = 0
        val remote = object : AsyncDenoiser {
            override fun dimension() = 1

            override fun moments() = target.moments()

            override fun denoise(rows: Rows) = Mono.fromCallable {
                calls++
                DoubleArray(rows.count()).also { target.denoise(rows, it) }
            }
        }
        Recipes.sharedGateway(remote).collectList().block()!!.map { it.index() } shouldContainExactlyInAnyOrder
            (0L until 8L) + (0L until 8L)
        calls shouldBeGreaterThan 0
    }

    "a sample for each user" {
        val samples = Recipes.requests(target, Flux.just(7L, 8L, 7L)).collectList().block()!!
        samples[0].values()[0] shouldBe samples[2].values()[0]
        (samples[0].values()[0] == samples[1].values()[0]) shouldBe false
    }

    "failed samples are left out and noted" {
        val failed = Recipes.indices()
        val halfDead = object : Denoiser {
            override fun dimension() = 1

            override fun moments() = target.moments()

            override fun denoise(rows: Rows, out: DoubleArray) {
                target.denoise(rows, out)
                for (row in 0 until rows.count()) {
                    if (rows.sigma(row) < 0.1 && rows.values()[row] < 0) out[row] = Double.NaN
                }
            }
        }
        val delivered = Recipes.faults(halfDead, failed).map { it.index() }.collectList().block()!!
        (delivered + failed) shouldContainExactlyInAnyOrder (0L until 100L).toList()
        failed.size shouldBeGreaterThan 0
    }

    "traces and meters" {
        Recipes.traces(target).collectList().block()!!.map { it.points().size } shouldBe List(10) { 9 }
        val registry = SimpleMeterRegistry()
        Recipes.meters(target, registry).take(3).blockLast()
        registry.get("scoreflux.samples").tag("status", "converged").counter().count() shouldBe 3.0
    }
})
