package io.scoreflux.logconcave

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.scoreflux.Sampler
import io.scoreflux.error.Failure.Kind
import io.scoreflux.error.SampleFailedException
import io.scoreflux.error.shouldBeOf
import io.scoreflux.error.violationOf
import io.scoreflux.state.Rows
import io.scoreflux.stream.FaultPolicy
import io.scoreflux.stream.Gateway
import org.reactivestreams.Publisher
import reactor.core.publisher.Mono
import reactor.core.scheduler.Schedulers
import java.time.Duration
import java.util.concurrent.atomic.AtomicInteger

private fun build(
    target: LogConcave = standardNormal(2),
    configure: ProximalSamplerBuilder.() -> Unit = {},
) = ProximalSampler.builder(target).apply(configure).build()

private fun case(
    message: String,
    configure: ProximalSamplerBuilder.() -> Unit,
) = message to configure

private fun asynchronous(
    dimension: Int,
    answer: (Rows) -> Publisher<DoubleArray>,
) = object : AsyncLogConcave {
    override fun dimension() = dimension

    override fun gradient(at: Rows) = answer(at)
}

private fun failures(draws: List<Draw>) = draws.filter { it.failed() }.map { it.failure()!! }

class ProximalFaultsSpec : StringSpec({
    "a gradient that is NaN fails its own chain, and the others continue" {
        // Only the chain that starts at 5 reaches this region.
        val target = logConcave(1) { x, out -> out[0] = if (x[0] > 4) Double.NaN else x[0] }
        val watched = Watched(target)
        val sampler =
            plain(watched) {
                chains(3).burnIn(0).initialStates(arrayOf(doubleArrayOf(0.0), doubleArrayOf(5.0), doubleArrayOf(1.0)))
            }
        val draws = sampler.collect(10)
        draws.filter { it.failed() }.map { it.chain() } shouldBe List(10) { 1 }
        failures(draws).forEach {
            it.kind() shouldBe Kind.NON_FINITE_ANSWER
            it.place() shouldBe "chain 1, step 0"
            it.violation().setting() shouldBe "the gradient"
            it.violation().rule() shouldBe "must be finite"
            it.violation().value()!! shouldContain "NaN in coordinate 0"
        }
        // The later draws of the chain need no gradients.
        watched.rows.get() shouldBe draws.sumOf { it.statistics().gradients() + it.statistics().burnInGradients() }
        draws.filter { it.chain() == 1 && it.number() > 0 }.sumOf { it.statistics().burnInGradients() } shouldBe 0L
        val summary = draws.summary(3, 1)
        summary.failed() shouldBe 10L
        summary.warnings()[0].value()!! shouldContain "10 draws failed: chain 1"
        summary.warnings()[0].rule() shouldContain "the summary covers only 2 of 3 chains"
        summary.draws() shouldBe 20L
        // The diagnostics of the other chains are available.
        summary.leastEffectiveSize() shouldBeGreaterThan 0.0
        (summary.largestRhat() > 0) shouldBe true
    }

    "one wrong gradient affects the clipping of one draw, and gives a warning" {
        var calls = 0
        val target = logConcave(1) { x, out -> out[0] = if (++calls == 600) 1e7 else x[0] }
        val draws = plain(target) { chains(1).burnIn(50).step(0.125) }.collect(1000)
        val clipping = draws.map { it.statistics().clipping() }
        // The wrong gradient is in one draw. Draws without weights above the bound have exactly no clipping.
        clipping.max() shouldBeGreaterThan 1e4
        draws.filter { it.statistics().overflows() == 0L }.map { it.statistics().clipping() }.distinct() shouldBe
            listOf(0.0)
        clipping.count { it > 1e4 } shouldBe 1
        draws.summary(1, 1).warnings().count {
            it.setting() == "the bound on the effect of clipping on a draw"
        } shouldBe
            1
    }

    "a draw of a chain that the diagnostics do not have is rejected, and changes nothing" {
        val draws = plain(standardNormal(1)) { chains(2).burnIn(0) }.collect(1)
        val diagnostics = Diagnostics(1, 1)
        violationOf { diagnostics.add(draws[1]) }.shouldBeOf("draw.chain", "must be from 0 to 0", 1)
        diagnostics.summary().gradients() shouldBe 0L
    }

    "the fault policy fails the stream or skips failed draws" {
        val target = logConcave(1) { x, out -> out[0] = if (x[0] > 4) Double.NaN else x[0] }
        val starts = arrayOf(doubleArrayOf(0.0), doubleArrayOf(5.0))
        shouldThrow<SampleFailedException> {
            plain(target) { chains(2).burnIn(0).initialStates(starts).faults(FaultPolicy.failStream()) }.collect(3)
        }
        plain(target) { chains(2).burnIn(0).initialStates(starts).faults(FaultPolicy.skip { _, _ -> }) }
            .collect(3)
            .map { it.chain() } shouldBe listOf(0, 0, 0)
    }

    "a gateway for gradients is rejected as a gateway for a denoiser" {
        var gateway: Gateway? = null
        val remote = asynchronous(1) { Mono.just(it.values().copyOf(it.count())) }
        ProximalSampler.builder(remote).calls { builder -> builder.also { gateway = it.build() } }.build()
        shouldThrow<IllegalStateException> { Sampler.builder(gateway!!) }.message shouldBe
            "the gateway must be to a denoiser, was to a gradient; make one with Gateway.builder(denoiser)"
    }

    "a failure of an asynchronous gradient does not mention a denoiser" {
        val answers = mapOf<(Rows) -> Publisher<DoubleArray>, String>(
            { _: Rows -> Mono.empty<DoubleArray>() } to "the array of values must be emitted before completion",
            { rows: Rows -> Mono.just(DoubleArray(rows.count() * 2 + 1)) } to
                "the array of values must have 1 rows of 2 numbers, was 3 numbers",
            { _: Rows -> Mono.error<DoubleArray>(IllegalStateException("no device")) } to
                "the gradient must be computed for every finite point without an exception, was java.lang.IllegalStateException: no device",
        )
        for ((answer, words) in answers) {
            val sampler = ProximalSampler.builder(asynchronous(2, answer)).chains(1).burnIn(0)
                .preconditioner(Preconditioner.identity()).curvature(Curvature.none()).build()
            val failure = sampler.draws(1).blockLast()!!.failure()!!
            failure.message() shouldContain "chain 0, step 0: $words"
            failure.message() shouldNotContain "denoiser"
        }
    }

    val fields = mapOf<String, Pair<LogConcave, String>>(
        "NaN" to (logConcave(2) { _, out -> out.fill(Double.NaN) } to "the gradient must be finite, was "),
        "infinite" to
            (logConcave(2) { _, out -> out.fill(Double.POSITIVE_INFINITY) } to "the gradient must be finite, was "),
        "left unwritten" to
            (logConcave(2) { _, out -> out[0] = 1.0 } to "the gradient must be finite, was NaN in coordinate 1"),
        "an exception" to
            (
                logConcave(2) { _, _ -> error("no device") } to
                    "the gradient must be computed for every finite point without an exception, was " +
                    "java.lang.IllegalStateException: no device"
            ),
        "constant" to (logConcave(2) { _, out -> out.fill(1.0) } to ""),
        "circulating" to (
            logConcave(2) { x, out ->
                out[0] = -x[1]
                out[1] = x[0]
            } to "a field that is not a gradient has no density"
        ),
        "a gradient and half as much circulation" to (
            logConcave(2) { x, out ->
                out[0] = x[0] - x[1] / 2
                out[1] = x[1] + x[0] / 2
            } to "a field that is not a gradient has no density"
        ),
    )
    for ((name, case) in fields) {
        "a gradient that is $name ends in a failure with a reason, with and without a search for the mode" {
            val (target, message) = case
            val failed = failures(plain(target).collect(2))
            failed.size shouldBe 8
            failed[0].message() shouldContain message
            val thrown = shouldThrow<SampleFailedException> { build(target).collect(2) }
            withClue(thrown) {
                thrown.message!! shouldContain "search of the mode: "
                thrown.message!! shouldContain message
            }
        }
    }

    "a small rotational part is accepted, and a large one with asymmetryLimit(1.0), in bounded time" {
        fun turning(by: Double) = logConcave(2) { x, out ->
            out[0] = x[0] - by * x[1]
            out[1] = x[1] + by * x[0]
        }
        failures(build(turning(0.05)).collect(50)).size shouldBe 0
        failures(build(turning(0.5)) { asymmetryLimit(1.0) }.collect(50)).size shouldBe 0
        failures(plain(turning(3.0)) { asymmetryLimit(1.0) }.collect(50)).size shouldBe 0
    }

    "a function f that is not convex is rejected if the search detects it" {
        val target = logConcave(1) { x, out -> out[0] = x[0] * x[0] * x[0] - x[0] }
        shouldThrow<SampleFailedException> { build(target).collect(1) }.message!! shouldContain
            "must be convex"
    }

    "values of another shape fail with a reason" {
        val tooMany = object : LogConcave {
            override fun dimension() = 2

            override fun gradient(at: Rows, out: DoubleArray) {
                for (i in 0..at.count() * 1000) out[i] = 1.0
            }
        }
        failures(plain(tooMany).collect(1))[0].message() shouldContain
            "every finite point without an exception, was java.lang.ArrayIndexOutOfBounds"
        val tooFew = object : AsyncLogConcave {
            override fun dimension() = 2

            override fun gradient(at: Rows) = Mono.fromCallable { DoubleArray(1) }.subscribeOn(Schedulers.parallel())
        }
        val sampler = ProximalSampler.builder(tooFew).preconditioner(Preconditioner.identity()).moves(false).build()
        val failure = failures(sampler.draws(1).collectList().block()!!)[0]
        failure.kind() shouldBe Kind.DENOISER_ERROR
        failure.message() shouldContain "must have 1 rows of 2 numbers, was 1 numbers"
    }

    "rejects settings out of range, with name, rule and value" {
        val refused = listOf(
            case("bound must be greater than 0 and at most 3.0, was 0.0") { bound(0.0) },
            case("bound must be greater than 0 and at most 3.0, was 3.1") { bound(3.1) },
            case("was NaN") { bound(Double.NaN) },
            case("safety must be finite and at least 1, was 0.9") { safety(0.9) },
            case("burnIn must be at least 0, was -1") { burnIn(-1) },
            case("thinning must be at least 1, was 0") { thinning(0) },
            case("step must be finite and greater than 0, was 0.0") { step(0.0) },
            case("asymmetryLimit must be greater than 0 and at most 1, was 0.0") { asymmetryLimit(0.0) },
            case("chains must be at least 1") { chains(0) },
            case("firstChain must be at least 0") { firstChain(-1) },
            case("initialState must have 2 numbers, was 1") { initialState(1.0) },
            case("initialStates[0][1] must be finite, was NaN") {
                initialStates(arrayOf(doubleArrayOf(0.0, Double.NaN))).chains(1)
            },
            case("term must have the target's dimension 2, was 3") { term(ConvexTerm.nonNegative(3)) },
            case("initialState must lie where the term is finite") {
                term(ConvexTerm.nonNegative(2)).initialState(-1.0, 0.0)
            },
            case("curvature[0][1] must be equal to entry [1][0], as the matrix is symmetric, was 0.5 and 0.4") {
                curvature(Curvature.dense(arrayOf(doubleArrayOf(1.0, 0.5), doubleArrayOf(0.4, 1.0))))
            },
            case("curvature must have no negative eigenvalues, was one with the eigenvalue -1") {
                curvature(Curvature.dense(arrayOf(doubleArrayOf(1.0, 2.0), doubleArrayOf(2.0, 1.0))))
            },
            case("entries[1] must be in [0.0, Infinity), was -1.0") { curvature(Curvature.diagonal(1.0, -1.0)) },
            case("curvature must have the target's dimension 2, was 1") { curvature(Curvature.diagonal(1.0)) },
            case("deviations[1] must be finite and greater than 0, was 0.0") {
                preconditioner(Preconditioner.diagonal(1.0, 0.0))
            },
            case("covariance must be positive definite") {
                preconditioner(Preconditioner.dense(arrayOf(doubleArrayOf(1.0, 1.0), doubleArrayOf(1.0, 1.0))))
            },
        )
        for ((message, configure) in refused) {
            withClue(message) {
                shouldThrow<IllegalArgumentException> { build(configure = configure) }.message!! shouldContain message
            }
        }
    }

    "rejects settings that contradict each other" {
        val dense = Preconditioner.dense(arrayOf(doubleArrayOf(1.0, 0.5), doubleArrayOf(0.5, 1.0)))
        val refused = listOf(
            case("preconditioner must be diagonal for a term") {
                preconditioner(dense).term(ConvexTerm.nonNegative(2))
            },
            case("initialStates must be one for each of the 4 chains, was 1") {
                initialStates(arrayOf(doubleArrayOf(0.0, 0.0)))
            },
            case("firstChain plus chains must be at most") { firstChain((1 shl 20) - 1) },
        )
        for ((message, configure) in refused) {
            shouldThrow<IllegalStateException> { build(configure = configure) }.message!! shouldContain message
        }
        val inside = logConcave(1, everywhere = false) { x, out -> out[0] = x[0] }
        shouldThrow<IllegalStateException> {
            build(inside) { term(ConvexTerm.nonNegative(1)).preconditioner(Preconditioner.atMode()) }
        }.message!! shouldContain "give preconditioner and curvature without the mode"
    }

    "a gradient that overflows the computation fails its own chain" {
        val target = logConcave(1) { x, out -> out[0] = if (x[0] > 4) 1e308 * (x[0] - 4.9999) else x[0] }
        val starts = arrayOf(doubleArrayOf(0.0), doubleArrayOf(5.0))
        val draws = plain(target) { chains(2).burnIn(0).initialStates(starts) }.collect(3)
        draws.filter { it.failed() }.map { it.chain() } shouldBe listOf(1, 1, 1)
        failures(draws).forEach {
            it.violation().remedies() shouldBe listOf("choose another {initialState}", "scale the {coordinates}")
        }
    }

    "an unbounded stream that skips failed draws ends with the last reason when all chains have failed" {
        // Chain 1 fails at once, and chain 0 when it first exceeds 1.
        val target = logConcave(1) { x, out -> out[0] = if (x[0] > 1) Double.NaN else x[0] }
        val starts = arrayOf(doubleArrayOf(0.0), doubleArrayOf(5.0))
        val skipped = mutableListOf<String>()
        val sampler = plain(target) {
            chains(2).burnIn(0).initialStates(starts).faults(
                FaultPolicy.skip { _, failure ->
                    skipped +=
                        failure.message()
                },
            )
        }
        val delivered = mutableListOf<Draw>()
        val thrown = shouldThrow<SampleFailedException> { sampler.draws().doOnNext(delivered::add).blockLast() }
        thrown.message!! shouldContain "chain 0"
        delivered.map { it.number() } shouldBe delivered.indices.map { it.toLong() }
        (delivered.size > 1) shouldBe true
        skipped.first() shouldContain "chain 1, step 0"
    }

    "a gradient in single precision is accepted" {
        // A logistic regression whose sums are floats: the rounding is 1e-7 n, and differences are 1e-4.
        val n = 2000
        val random = java.util.Random(1)
        val features = Array(n) {
            FloatArray(3) { i ->
                if (i ==
                    0
                ) {
                    1f
                } else {
                    (50 + 10 * random.nextGaussian()).toFloat()
                }
            }
        }
        val labels = FloatArray(n) { if (random.nextBoolean()) 1f else 0f }
        val target = logConcave(3) { x, out ->
            val sums = FloatArray(3) { x[it].toFloat() * 0.16f }
            for (k in 0 until n) {
                var eta = 0f
                for (i in 0 until 3) eta += features[k][i] * x[i].toFloat()
                val residual = (1 / (1 + kotlin.math.exp(-eta.toDouble()))).toFloat() - labels[k]
                for (i in 0 until 3) sums[i] += residual * features[k][i]
            }
            for (i in 0 until 3) out[i] = sums[i].toDouble()
        }
        failures(build(target) { chains(16).burnIn(20) }.collect(1)).map { it.message() } shouldBe emptyList()
    }

    "a field on a line is accepted as a gradient, for any kinks" {
        val kink = logConcave(1) { x, out -> out[0] = x[0] + 1e5 * maxOf(0.0, x[0] - 2) }
        for (k in 0 until 50) {
            val start = arrayOf(doubleArrayOf(2 + 1e-5 * (k - 25)))
            failures(
                plain(kink) {
                    chains(1).burnIn(10).seed(k.toLong()).initialStates(start)
                }.collect(1),
            ).size shouldBe
                0
        }
    }

    "a gradient without an answer fails after the timeout, and one that fails once is retried" {
        val silent = object : AsyncLogConcave {
            override fun dimension() = 1

            override fun gradient(at: Rows) = Mono.never<DoubleArray>()
        }
        val sampler = ProximalSampler
            .builder(silent)
            .preconditioner(Preconditioner.identity())
            .moves(false)
            .calls { it.timeout(Duration.ofMillis(20)) }
            .build()
        failures(sampler.collect(1)).map { it.kind() }.distinct() shouldBe listOf(Kind.TRANSPORT_ERROR)
        val calls = AtomicInteger()
        val flaky = object : AsyncLogConcave {
            override fun dimension() = 1

            override fun gradient(at: Rows) = Mono.fromCallable {
                if (calls.incrementAndGet() == 7) throw java.io.IOException("reset")
                DoubleArray(at.count()) { at.values()[at.offset(it)] }
            }
        }

        fun draws(of: ProximalSamplerBuilder) = of.preconditioner(Preconditioner.identity()).build().collect(5)
        val again = draws(ProximalSampler.builder(flaky).calls { it.retries(1, Duration.ofMillis(1)) })
        (calls.get() > 7) shouldBe true
        again.map { it.values()[0] } shouldBe draws(ProximalSampler.builder(standardNormal(1))).map { it.values()[0] }
        shouldThrow<IllegalStateException> { ProximalSampler.builder(standardNormal(1)).calls { it } }
            .message!! shouldContain "calls must not be given for gradients that are called directly"
    }
})
