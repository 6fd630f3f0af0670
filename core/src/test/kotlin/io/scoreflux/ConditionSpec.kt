package io.scoreflux

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.scoreflux.error.Failure
import io.scoreflux.model.Denoiser
import io.scoreflux.model.Guidance
import io.scoreflux.model.Observation
import io.scoreflux.model.ParallelDenoiser
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import io.scoreflux.state.ConditionTensor
import io.scoreflux.state.Rows
import io.scoreflux.stream.Gateway
import reactor.core.publisher.Flux
import reactor.core.scheduler.Schedulers
import java.util.Collections
import java.util.IdentityHashMap
import kotlin.math.abs
import com.fasterxml.jackson.databind.ObjectMapper as Jackson2
import tools.jackson.databind.ObjectMapper as Jackson3

/** A prompt: the mean of its samples. A payload can be any value. */
private data class Prompt(val mean: Double)

/** A Gaussian of standard deviation 0.5 around the mean of its prompt, or around 0, so that D is linear in z and known. */
private open class Prompted : Denoiser {
    override fun dimension() = 1

    override fun isConditional() = true

    override fun checkCondition(condition: Condition) {
        require(condition.payload() is Prompt) { "payload must be a Prompt, was ${condition.payload()}; write one" }
    }

    override fun denoise(rows: Rows, out: DoubleArray) {
        for (row in 0 until rows.count()) {
            out[row] = answer(rows.values()[row], rows.sigma(row), rows.condition(row)?.payload() as Prompt?)
        }
    }
}

private fun answer(z: Double, s: Double, prompt: Prompt?): Double {
    val mean = prompt?.mean ?: 0.0
    return mean + 0.25 / (0.25 + s * s) * (z - mean)
}

class ConditionSpec : StringSpec({
    fun requests(count: Int, condition: (Int) -> Condition?) = Flux.range(0, count).map { k ->
        val plain = Request.of(7, k.toLong())
        condition(k)?.let(plain::withCondition) ?: plain
    }

    "a payload reaches the denoiser with its rows through sampler, gateway, threads and guidance" {
        val prompts = List(3) { Condition.of(Prompt(10.0 * it)) } + null

        fun samplers(denoiser: Denoiser): List<Sampler> {
            fun SamplerBuilder.small() = radius(
                0.5,
            ).noiseRange(20.0, 0.02).solver(Sliding(1e-8)).concurrency(10).build()
            return listOf(
                Sampler.builder(denoiser).small(),
                Sampler.builder(Gateway.builder(denoiser, Schedulers.parallel()).maxRows(3).build()).small(),
                Sampler.builder(ParallelDenoiser(denoiser, 2)).small(),
            )
        }
        val own = prompts.map { prompt ->
            samplers(Prompted())[0].samples(requests(16) { prompt }).collectList().block()!!.map { it.bits() }
        }
        for (sampler in samplers(Prompted()) + samplers(Guidance.of(Prompted()))) {
            val answers = sampler.samples(requests(16) { prompts[it % 4] }).collectList().block()!!
            for ((k, answer) in answers.withIndex()) {
                answer.bits() shouldBe own[k % 4][k]
                // Six standard deviations.
                val mean = prompts[k % 4]?.let { (it.payload() as Prompt).mean } ?: 0.0
                abs(answer.values()[0] - mean) shouldBeLessThan 6 * 0.5
            }
        }
    }

    "all rows share the tensor that is given, through sampler, gateway, threads and guidance" {
        val tensor = ConditionTensor.of(listOf(2), 3f, 4f)
        val other = ConditionTensor.of(listOf(2), 1f, 0f)
        val seen = Collections.synchronizedMap(IdentityHashMap<ConditionTensor, Int>())
        val denoiser = object : Prompted() {
            override fun checkCondition(condition: Condition) = checkTensors(condition.tensors())

            override fun checkTensors(tensors: Map<String, ConditionTensor>) = Unit

            override fun denoise(rows: Rows, out: DoubleArray) {
                for (row in 0 until rows.count()) {
                    seen.merge(rows.condition(row)!!.tensors().getValue("context"), 1, Int::plus)
                    out[row] = answer(rows.values()[row], rows.sigma(row), null)
                }
            }
        }
        val condition = Condition.of("context", tensor).withGuidance(2.0).withNegative(Condition.of("context", other))
        val guided = Guidance.of(denoiser)
        for (builder in listOf(
            Sampler.builder(guided),
            Sampler.builder(Gateway.builder(guided, Schedulers.parallel()).maxRows(3).build()),
            Sampler.builder(ParallelDenoiser(guided, 2)),
        )) {
            seen.clear()
            val solved = builder.radius(0.5).noiseRange(20.0, 0.02).condition(condition).build()
                .samples(0, 8).collectList().block()!!
            // Both branches of every row have one of the two objects that were given.
            val rows = solved.sumOf { it.certificate().calls() } / 2
            seen.size shouldBe 2
            seen[tensor] shouldBe rows.toInt()
            seen[other] shouldBe rows.toInt()
        }
    }

    "conditions by index are those of samples, requests without a condition, traces, decoding and pilots" {
        fun of(k: Long) = if (k % 3 == 2L) null else Condition.of(Prompt(10.0 * (k % 3)))

        fun builder() = Sampler.builder(Prompted()).radius(0.5).noiseRange(20.0, 0.02).solver(Sliding(1e-8))
        val sampler = builder().conditions(::of).build()
        val samples = sampler.samples(0, 9).collectList().block()!!
        for (k in 0L until 9) {
            val fixed = of(k)?.let(builder()::condition) ?: builder()
            fixed.build().samples(k, k + 1).blockLast()!!.bits() shouldBe samples[k.toInt()].bits()
        }
        sampler.samples(
            Flux.range(0, 9).map {
                Request.of(0, it.toLong())
            },
        ).map { it.bits() }.collectList().block() shouldBe
            samples.map { it.bits() }
        val traces = sampler.traces(0, 9).collectList().block()!!
        traces.map { it.sample().bits() } shouldBe samples.map { it.bits() }
        sampler.decode(
            traces.map {
                it.points()[0].z()
            }.toTypedArray(),
        ).map { it.bits() }.collectList().block() shouldBe
            samples.map { it.bits() }
        val asked = Collections.synchronizedSet(HashSet<Long>())
        Sampler.builder(Prompted()).noiseRange(20.0, 0.02).conditions {
            of(it).also { _ ->
                asked += it
            }
        }.build().plan()
        asked shouldBe (0L until 32L).toSet()
    }

    "an exception of the conditions fails its sample alone, and requests with a condition do not call them" {
        val own = Condition.of(Prompt(10.0))
        val asked = mutableListOf<Long>()
        val sampler = Sampler.builder(Prompted()).radius(0.5).noiseRange(20.0, 0.02).solver(Sliding(1e-8))
            .conditions {
                asked += it
                if (it == 2L) own else throw NoSuchElementException("no prompt $it")
            }.build()

        fun check(samples: List<Sample>, place: String) {
            samples.map { it.failed() } shouldBe listOf(true, false, true)
            for (k in listOf(0, 2)) {
                val failure = samples[k].certificate().failure()!!
                failure.kind() shouldBe Failure.Kind.BAD_REQUEST
                failure.message() shouldBe "$place: conditions must return the condition of sample ${k + 1} or null, " +
                    "was java.util.NoSuchElementException: no prompt ${k + 1}"
                failure.cause()!!.message shouldBe "no prompt ${k + 1}"
                samples[k].certificate().calls() shouldBe 0
            }
        }
        check(sampler.samples(1, 4).collectList().block()!!, "condition")
        check(sampler.traces(1, 4).map { it.sample() }.collectList().block()!!, "condition")
        val plain = Flux.just(1L, 2L, 3L).map { Request.of(0, it) }
        check(sampler.samples(plain).collectList().block()!!, "request")
        asked.clear()
        sampler.samples(plain.map { it.withCondition(own) }).collectList().block()!!.map { it.failed() } shouldBe
            listOf(false, false, false)
        asked shouldBe emptyList()
    }

    "guidance combines the values with and without a payload" {
        val guided = Guidance.of(Prompted())
        val rows = Rows(1, 3)
        for ((row, w) in listOf(0.0, 1.0, 2.5).withIndex()) {
            rows.append(doubleArrayOf(0.3), 0, 0.7)
            rows.condition(row, Condition.of(Prompt(10.0)).withGuidance(w))
        }
        val out = DoubleArray(3).also { guided.denoise(rows, it) }
        val free = answer(0.3, 0.7, null)
        val bound = answer(0.3, 0.7, Prompt(10.0))
        out.toList() shouldBe listOf(free, bound, free + 2.5 * (bound - free))
        guided.evaluations(rows.condition(2)) shouldBe 2
    }

    "wrappers reject a condition with the message of the wrapped denoiser" {
        val observable = object : Prompted() {
            override fun moments() = bimodal().moments()
        }
        val wrapped = listOf(
            Prompted(),
            Guidance.of(Prompted()),
            ParallelDenoiser(Prompted(), 1),
            Observation.pixels(intArrayOf(0), doubleArrayOf(1.0), 0.1).of(observable),
        )
        for (denoiser in wrapped) {
            val builder = Sampler.builder(denoiser).radius(0.5).noiseRange(20.0, 0.02)
            shouldThrow<IllegalArgumentException> { builder.condition(Condition(3)).build() }.message shouldBe
                "payload must be a Prompt, was null; write one"
            val plain = Sampler.builder(denoiser).radius(0.5).noiseRange(20.0, 0.02).build()
            val failure = plain.samples(requests(1) { Condition.of("cat") }).blockLast()!!.certificate().failure()!!
            failure.kind() shouldBe Failure.Kind.BAD_REQUEST
            failure.message() shouldBe
                "request: the request must be valid, was payload must be a Prompt, was cat; write one"
        }
        shouldThrow<IllegalArgumentException> { sampler(threeModes()) { condition(Condition.of(Prompt(1.0))) } }
            .message shouldBe "payload must be absent, as the denoiser accepts none, was io.scoreflux.Prompt; " +
            "give a label, or leave out the condition"
    }

    "conditions are compared by value, and have a label or a payload" {
        Condition.of(Prompt(1.0)) shouldBe Condition.of(Prompt(1.0))
        Condition.of(Prompt(1.0)).hashCode() shouldBe Condition.of(Prompt(1.0)).hashCode()
        Condition.of(Prompt(1.0)) shouldNotBe Condition.of(Prompt(2.0))
        Condition.of(Prompt(1.0)) shouldNotBe Condition.of(Prompt(1.0)).withGuidance(2.0)
        Condition.label(3) shouldBe Condition(3, 1.0)
        Condition.label(3) shouldNotBe Condition.of(3)
        shouldThrow<IllegalArgumentException> { Condition.ofTensors(emptyMap()) }.message shouldBe
            "a condition must have a label, tensors or a payload, was one with none of them; leave the condition out"
    }

    "a label is read from JSON as label and guidance, and a payload of a JSON type survives a round trip" {
        val json = """{"label":3,"guidance":1.5}"""
        Jackson2().readValue(json, Condition::class.java) shouldBe Condition(3, 1.5)
        Jackson3().readValue(json, Condition::class.java) shouldBe Condition(3, 1.5)
        val request = """{"seed":1,"index":2,"tolerance":null,"condition":$json}"""
        Jackson3().readValue(request, Request::class.java).condition() shouldBe Condition(3, 1.5)
        val written = Jackson3().readTree(Jackson3().writeValueAsString(Condition(3, 1.5)))
        written["label"].intValue() shouldBe 3
        written["guidance"].doubleValue() shouldBe 1.5
        val prompt = Condition.of("a cat").withGuidance(2.0)
        Jackson2().readValue(Jackson2().writeValueAsString(prompt), Condition::class.java) shouldBe prompt
        Jackson3().readValue(Jackson3().writeValueAsString(prompt), Condition::class.java) shouldBe prompt
    }
})
