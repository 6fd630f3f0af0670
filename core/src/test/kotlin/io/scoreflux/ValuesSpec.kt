package io.scoreflux

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.collections.shouldNotContain
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldHaveMaxLength
import io.scoreflux.error.Failure
import io.scoreflux.error.InvalidArgumentException
import io.scoreflux.error.Violation
import io.scoreflux.logconcave.ChainState
import io.scoreflux.logconcave.Diagnostics
import io.scoreflux.logconcave.Draw
import io.scoreflux.logconcave.LogConcave
import io.scoreflux.logconcave.Mode
import io.scoreflux.logconcave.Preconditioner
import io.scoreflux.logconcave.ProximalSampler
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.LabelledMixture
import io.scoreflux.model.Moments
import io.scoreflux.reject.Fors
import io.scoreflux.reject.Slopes
import io.scoreflux.reject.StepRule
import io.scoreflux.solve.DivergenceIntegrals
import io.scoreflux.solve.TracePoint
import io.scoreflux.solve.budget.Budget
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.state.Condition
import reactor.core.publisher.Flux
import java.util.OptionalDouble
import com.fasterxml.jackson.databind.ObjectMapper as Jackson2
import tools.jackson.databind.ObjectMapper as Jackson3

private val jackson2 = Jackson2()
private val jackson3 = Jackson3()

/** A model that fails below sigma 1, with a cause whose properties cannot be written as JSON. */
private object Failing : Denoiser {
    override fun dimension() = 1

    override fun denoise(rows: io.scoreflux.state.Rows, out: DoubleArray) {
        for (row in 0 until rows.count()) {
            if (rows.sigma(row) < 1) {
                throw object : IllegalStateException("broken") {
                    @Suppress("unused")
                    val self = this
                }
            }
            out[row] = 0.0
        }
    }
}

private fun normal(dimension: Int) = LogConcave.rowwise(dimension) { x, gradient -> x.copyInto(gradient) }

private fun draws(seed: Long = 1): List<Draw> =
    ProximalSampler.builder(normal(2)).chains(2).seed(seed).build().draws(3).collectList().block()!!

/** One value of each public type, built anew at each call. */
private fun values(): Map<String, Any> {
    val good = sampler(threeModes())
    val failing = sampler(Failing) { radius(1.0) }
    val request = Request.of(3, 5).withTolerance(1e-6)
    val state = arrayOf(doubleArrayOf(0.9, 0.1), doubleArrayOf(-0.5, 0.8))
    val brokenChain = LogConcave.rowwise(2) { _, gradient -> gradient.fill(Double.NaN) }
    val diagnostics = Diagnostics(2, 2)
    return mapOf(
        "sample" to good.samples(0, 1).blockLast()!!,
        "sample of fixed steps" to
            sampler(threeModes()) { solver(FixedStep(Scheme.HEUN, 20)) }.samples(0, 1).blockLast()!!,
        "sample of rejection" to sampler(bimodal()) { solver(Fors(0.1)) }.samples(0, 1).blockLast()!!,
        "requested sample" to good.samples(Flux.just(request)).blockLast()!!,
        "refused sample" to good.samples(Flux.just(request.withCondition(Condition(3)))).blockLast()!!,
        "failed sample" to failing.samples(0, 1).blockLast()!!,
        "trace" to good.traces(0, 1).blockLast()!!,
        "encoded" to good.likelihood(state, Likelihood.exact()).blockLast()!!,
        "encoded by probes" to good.likelihood(state, Likelihood.probes(4)).blockLast()!!,
        "failed encoded" to failing.likelihood(arrayOf(doubleArrayOf(0.0)), Likelihood.probes(2)).blockLast()!!,
        "plan" to good.plan(),
        "plan of a pilot" to sampler(threeModes()) { solver(Budget(12)) }.plan(),
        "plan of rejection levels" to
            sampler(bimodal()) { solver(Fors(0.2, 0.5, Slopes.scalar(), StepRule.Pilot(32))) }.plan(),
        "request" to request,
        "progress" to Progress(3, listOf(1L, 2L), 0, 0, 0, 12),
        "draw" to draws().last(),
        "failed draw" to
            ProximalSampler.builder(brokenChain).preconditioner(Preconditioner.identity())
                .build().draws(1).blockLast()!!,
        "chain state" to draws().last().state(),
        "mode" to Mode(doubleArrayOf(1.0), arrayOf(doubleArrayOf(2.0)), 7),
        "summary of nothing" to diagnostics.summary(),
        "summary" to Diagnostics(2, 2).also { draws().forEach(it::add) }.summary(),
        "isotropic moments" to Moments(doubleArrayOf(1.0), Covariance.isotropic(0.5)),
        "diagonal moments" to Moments(doubleArrayOf(1.0, 2.0), Covariance.diagonal(0.5, 0.25)),
        "full moments" to threeModes().moments().get(),
        "labelled component" to LabelledMixture.Labelled(
            1,
            GaussianMixture.Component(0.5, doubleArrayOf(1.0), Covariance.isotropic(0.5)),
        ),
        "divergence integrals" to DivergenceIntegrals(doubleArrayOf(1.0)),
    )
}

/** The string values in a JSON document; a NaN written as a string would be among them. */
private fun strings(json: Any?): List<String> = when (json) {
    is Map<*, *> -> json.values.flatMap(::strings)
    is List<*> -> json.flatMap(::strings)
    is String -> listOf(json)
    else -> emptyList()
}

/** Jackson 2 writes the names of enums, Jackson 3 their toString; numbers must agree in every digit. */
private fun lowerCase(json: Any?): Any? = when (json) {
    is Map<*, *> -> json.mapValues { lowerCase(it.value) }
    is List<*> -> json.map(::lowerCase)
    is String -> json.lowercase()
    is Int -> json.toLong()
    else -> json
}

private fun by2(value: Any): Any? = jackson2.readValue(jackson2.writeValueAsString(value), Any::class.java)

private fun by3(value: Any): Any? = jackson3.readValue(jackson3.writeValueAsString(value), Any::class.java)

/** Values have equality, a string form, and a JSON form with default mappers. */
class ValuesSpec : StringSpec({
    "values built from the same numbers are equal" {
        val twins = values()
        for ((name, value) in values()) {
            withClue(name) {
                value shouldBe twins[name]
                value.hashCode() shouldBe twins[name].hashCode()
                for ((other, twin) in twins) if (other != name) value shouldNotBe twin
            }
        }
    }

    "a sample is equal to one that is created from its parts" {
        for (sample in listOf(
            sampler(threeModes()),
            sampler(Failing) {
                radius(1.0)
            },
        ).map { it.samples(0, 1).blockLast()!! }) {
            Sample.of(sample.index(), sample.getValues(), sample.certificate(), sample.getRequest()) shouldBe sample
            shouldThrow<InvalidArgumentException> {
                Sample.of(0, if (sample.failed()) doubleArrayOf(1.0) else null, sample.certificate(), null)
            }.violation().setting() shouldBe "values"
        }
    }

    "samples with a different component are not equal" {
        val sampler = sampler(threeModes())
        val sample = sampler.samples(0, 1).blockLast()!!
        sample shouldNotBe sampler.samples(1, 2).blockLast()
        sample shouldNotBe sampler(threeModes()) { seed(1) }.samples(0, 1).blockLast()
        sample shouldNotBe sampler.samples(Flux.just(Request.of(0, 0))).blockLast()
        sample.getValues()!![0] = 7.0
        sample shouldBe sampler.samples(0, 1).blockLast()
        draws() shouldBe draws()
        draws(2) shouldNotBe draws()
        draws()[0] shouldNotBe draws()[1]
        val point = TracePoint(1.0, doubleArrayOf(1.0), doubleArrayOf(2.0))
        point shouldNotBe TracePoint(1.0, doubleArrayOf(1.0), doubleArrayOf(3.0))
        point shouldNotBe TracePoint(1.0, doubleArrayOf(3.0), doubleArrayOf(2.0))
        val broken = Violation.of("the denoiser", "must work", "broken")

        fun failure(cause: Throwable?, violation: Violation = broken) =
            Failure.at(Failure.Kind.DENOISER_ERROR, 1.0, violation, cause)
        val failure = failure(IllegalStateException("a"))
        failure shouldBe failure(IllegalStateException("b"))
        failure shouldNotBe failure(RuntimeException("a"))
        failure shouldNotBe failure(null)
        failure shouldNotBe failure(IllegalStateException("a"), Violation.of("the denoiser", "must work", "worn"))
    }

    "toString names the components and is short" {
        for ((name, value) in values()) {
            withClue("$name: $value") {
                value.toString() shouldHaveMaxLength 1500
                value.toString().contains("[D@") shouldBe false
            }
        }
        val many = GaussianMixture.builder(10_000).component(1.0, DoubleArray(10_000), 1.0).build()
        sampler(many).samples(0, 1).blockLast()!!.toString() shouldHaveMaxLength 600
        draws()[0].toString() shouldContain "values=["
    }

    "default mappers of Jackson 2 and 3 write the same JSON, without NaN or infinity" {
        for ((name, value) in values()) {
            withClue(name) {
                val two = by2(value)
                lowerCase(two) shouldBe lowerCase(by3(value))
                (two as Map<*, *>).isEmpty() shouldBe false
                for (text in strings(two)) listOf("NaN", "Infinity", "-Infinity") shouldNotContain text
            }
        }
    }

    "a sample is written with index, values, certificate and request" {
        val sample = sampler(threeModes()).samples(3, 4).blockLast()!!
        val json = by3(sample) as Map<*, *>
        json.keys shouldContainExactlyInAnyOrder listOf("index", "values", "certificate", "request")
        json["index"] shouldBe 3
        json["values"] shouldBe sample.values().toList()
        json["request"].shouldBeNull()
        val certificate = json["certificate"] as Map<*, *>
        certificate.keys shouldContainExactlyInAnyOrder listOf(
            "status",
            "error",
            "calls",
            "rounds",
            "intervals",
            "lowestDegree",
            "highestDegree",
            "failure",
            "rejection",
        )
        certificate["status"] shouldBe "converged"
        certificate["error"] shouldBe sample.certificate().error().asDouble
        (certificate["calls"] as Int).toLong() shouldBe sample.certificate().calls()
    }

    "absent values are null, and a failed sample has its reason" {
        val values = values()
        for (write in listOf(::by2, ::by3)) {
            val fixed = write(values.getValue("sample of fixed steps")) as Map<*, *>
            (fixed["certificate"] as Map<*, *>)["error"].shouldBeNull()
            val failed = write(values.getValue("failed sample")) as Map<*, *>
            failed["values"].shouldBeNull()
            val failure = (failed["certificate"] as Map<*, *>)["failure"] as Map<*, *>
            failure.keys shouldContainExactlyInAnyOrder
                listOf("kind", "sigma", "place", "violation", "message", "cause")
            failure["kind"] shouldBe "DENOISER_ERROR"
            (failure["message"] as String) shouldContain "broken"
            (failure["cause"] as String) shouldContain "Failing"
            val encoded = write(values.getValue("failed encoded")) as Map<*, *>
            encoded["logDensity"].shouldBeNull()
            encoded["standardError"].shouldBeNull()
            (write(values.getValue("encoded")) as Map<*, *>)["standardError"].shouldBeNull()
            (write(values.getValue("encoded by probes")) as Map<*, *>)["standardError"].shouldNotBeNull()
            (write(values.getValue("request")) as Map<*, *>)["tolerance"] shouldBe 1e-6
            (write(Request.of(1, 2)) as Map<*, *>)["tolerance"].shouldBeNull()
            val draw = write(values.getValue("failed draw")) as Map<*, *>
            draw["values"].shouldBeNull()
            draw["failure"].shouldNotBeNull()
            (write(values.getValue("summary of nothing")) as Map<*, *>)["acceptance"].shouldBeNull()
        }
    }

    "plans, chain states and conditions survive a round trip" {
        val condition = Condition(3, 1.5)
        jackson2.readValue(jackson2.writeValueAsString(condition), Condition::class.java) shouldBe condition
        jackson3.readValue(jackson3.writeValueAsString(condition), Condition::class.java) shouldBe condition
        val state = draws().last().state()
        jackson2.readValue(jackson2.writeValueAsString(state), ChainState::class.java) shouldBe state
        jackson3.readValue(jackson3.writeValueAsString(state), ChainState::class.java) shouldBe state
        for (plan in values().values.filterIsInstance<Plan>()) {
            jackson2.readValue(jackson2.writeValueAsString(plan), Plan::class.java) shouldBe plan
            val json = jackson3.writeValueAsString(plan)
            jackson3.readValue(json, Plan::class.java) shouldBe plan
            // The JSON of a plan from before plans had this number.
            val older = json.replace(Regex(",?\"trajectoryBytes\":\\d+"), "")
            older shouldNotBe json
            val read = jackson3.readValue(older, Plan::class.java)
            read.trajectoryBytes() shouldBe 0
            read.placement() shouldBe plan.placement()
        }
        val request = Request.of(1, 2).withCondition(condition)
        for (asked in listOf(request, request.withTolerance(1e-3))) {
            jackson3.readValue(jackson3.writeValueAsString(asked), Request::class.java) shouldBe asked
        }
        request.tolerance() shouldBe OptionalDouble.empty()
    }
})
