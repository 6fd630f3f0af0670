package io.scoreflux.cli.command

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import io.kotest.matchers.types.shouldBeInstanceOf
import io.scoreflux.cli.After
import io.scoreflux.cli.file
import io.scoreflux.cli.option.ExactOptions
import io.scoreflux.cli.option.Numbers
import io.scoreflux.cli.option.RunOptions
import io.scoreflux.cli.output.Console
import io.scoreflux.cli.temporary
import io.scoreflux.files.targets.Target
import io.scoreflux.files.text.RunError
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.Observation
import io.scoreflux.posterior.Posterior
import picocli.CommandLine
import picocli.CommandLine.Command
import picocli.CommandLine.Mixin
import tools.jackson.databind.json.JsonMapper
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.nio.file.Files
import java.util.OptionalDouble
import java.util.concurrent.atomic.AtomicLong

@Command(name = "sample")
private class Options {
    @field:Mixin
    val run = RunOptions()

    @field:Mixin
    val exact = ExactOptions()
}

class PosteriorDeliverySpec : StringSpec({
    val dir = temporary()
    val observed = dir.file("observed.json", """{"indices":[1],"values":[0.4],"noise":0.3}""")
    val modes = GaussianMixture.builder(2)
        .component(0.5, doubleArrayOf(-1.0, -1.0), 0.3)
        .component(0.5, doubleArrayOf(1.0, 1.0), 0.3)
        .build()

    class Result(val error: Throwable?, val out: String, val err: String)

    /** A run whose denoiser returns NaN for the rows of these numbers, counted from the first call on. */
    fun run(islands: Int, broken: LongRange, vararg more: String): Result {
        val options = Options()
        CommandLine(options).also { Numbers.register(it) }.parseArgs(
            *arrayOf("--target", "modes", "--observe", observed, "--exact", "--particles", "16"),
            *arrayOf("--islands", "$islands", *more),
        )
        val rows = AtomicLong()
        val denoiser = After(modes) { given, answers ->
            val at = rows.getAndAdd(given.count().toLong())
            if (at in broken) answers[0] = Double.NaN
        }
        val out = ByteArrayOutputStream()
        val err = ByteArrayOutputStream()
        val target = Target(denoiser, OptionalDouble.empty(), 30.0, 0.02, null)
        val console = Console.of(out, PrintStream(err))
        val error = runCatching {
            PosteriorDelivery(console, options.run, options.exact).run(target)
        }.exceptionOrNull()
        return Result(error, out.toString(Charsets.UTF_8), err.toString(Charsets.UTF_8))
    }

    val good = run(6, LongRange.EMPTY)
    val pilot = Regex("pilot: (\\d+)").find(good.err)!!.groupValues[1].toLong()
    val lines = good.out.lines().filter { it.isNotEmpty() }
    val calls = lines.groupBy { JsonMapper().readTree(it).get("island").intValue() }
        .mapValues { (_, own) -> own.sumOf { JsonMapper().readTree(it).get("calls").longValue() } }

    "failed islands are delivered as one row each, all others are the same, and the run fails at its end" {
        val start = pilot + calls.getValue(0)
        val run = run(6, start..start)
        withClue(run.err) {
            run.error.shouldBeInstanceOf<RunError>().message!! shouldStartWith
                "1 of 6 islands failed, the first island 1: "
            run.err shouldContain "6 islands of 16 particles, 1 failed"
            run.err shouldContain "warning: the number of failed islands must be 0, was 1"
        }
        val delivered = run.out.lines().filter { it.isNotEmpty() }
        delivered.filter { "\"failed\"" !in it } shouldContainExactly
            lines.filter { JsonMapper().readTree(it).get("island").intValue() != 1 }
        val failed = JsonMapper().readTree(delivered.single { "\"failed\"" in it })
        failed.get("index").longValue() shouldBe 16
        failed.get("island").longValue() shouldBe 1
        failed.has("values") shouldBe false
        failed.get("weight").isNull shouldBe true
        failed.get("calls").longValue() shouldBeGreaterThan 0
        failed.get("reason").stringValue() shouldStartWith "sigma 30.0: "
    }

    "with fewer than four good islands there is no summary, and without any no picture" {
        val few = run(4, pilot..pilot)
        few.error!!.message!! shouldStartWith "1 of 4 islands failed"
        few.err shouldContain "no summary: intervals need 4 islands that did not fail"
        val picture = dir.resolve("none.png")
        val none = run(4, pilot..Long.MAX_VALUE, "--plot", "$picture")
        none.error!!.message!! shouldStartWith "4 of 4 islands failed"
        Files.exists(picture) shouldBe false
    }

    "a failed pilot ends the run with its reason" {
        val run = run(4, 0L..0L)
        run.error.shouldBeInstanceOf<RunError>().message!! shouldStartWith "the pilot must finish"
        run.out shouldBe ""
    }

    "draws follow the weights of particles and islands" {
        val islands = Posterior.builder(modes, Observation.pixels(intArrayOf(1), doubleArrayOf(0.4), 0.3))
            .noiseRange(30.0, 0.02).particles(16).build().islands(0, 4).collectList().block()!!
        val count = 10_000
        val draws = PosteriorDelivery.draws(islands, count)
        val most = islands.maxOf { it.logEvidence() }
        val total = islands.sumOf { StrictMath.exp(it.logEvidence() - most) }
        for (island in islands) {
            for (j in 0 until 16) {
                val expected = count * StrictMath.exp(island.logEvidence() - most) / total * island.weight(j)
                // Systematic resampling takes the whole part or one more of each.
                val taken = draws.count { it.contentEquals(island.state(j)) }
                (taken - expected < 1 && expected - taken < 1) shouldBe true
            }
        }
    }
})
