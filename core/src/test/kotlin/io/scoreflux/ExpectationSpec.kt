package io.scoreflux

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.booleans.shouldBeFalse
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.comparables.shouldBeGreaterThan
import io.kotest.matchers.comparables.shouldBeLessThan
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.longs.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import io.scoreflux.Estimate.Status
import io.scoreflux.error.FunctionFailedException
import io.scoreflux.error.HasViolation
import io.scoreflux.error.SampleFailedException
import io.scoreflux.internal.expectation.Levels
import io.scoreflux.internal.expectation.MeanSettings
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.Moments
import io.scoreflux.solve.Certificate
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Rows
import io.scoreflux.stream.Desk
import io.scoreflux.stream.FaultPolicy
import io.scoreflux.stream.Order
import io.scoreflux.stream.Stage
import org.apache.commons.statistics.distribution.NormalDistribution
import org.reactivestreams.Subscription
import reactor.core.publisher.BaseSubscriber
import reactor.core.publisher.Flux
import reactor.core.scheduler.Schedulers
import reactor.test.StepVerifier
import java.util.Optional
import java.util.OptionalDouble
import java.util.Random
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicLong
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.sin
import kotlin.math.sqrt

private const val TO = 0.02
private val NORMAL = NormalDistribution.of(0.0, 1.0)

/** A function with its exact expectation and standard deviation. */
private class Known(val name: String, val statistic: Statistic, val expectation: Double, val deviation: Double)

/** The functions of a mixture of components (weight, mean of the first coordinate, standard deviation), of the first coordinate. */
private fun known(parts: List<Triple<Double, Double, Double>>): List<Known> {
    val components = parts.map { (w, m, s) -> Triple(w, m, s * s + TO * TO) }

    fun sum(of: (Double, Double) -> Double) = components.sumOf { (w, m, v) -> w * of(m, v) }
    val mean = sum { m, _ -> m }
    val square = sum { m, v -> m * m + v }
    val fourth = sum { m, v -> m * m * m * m + 6 * m * m * v + 3 * v * v }
    val sine = sum { m, v -> exp(-2 * v) * sin(2 * m) }
    val sineSquare = sum { m, v -> (1 - exp(-8 * v) * kotlin.math.cos(4 * m)) / 2 }
    val share = sum { m, v -> NORMAL.cumulativeProbability((m - 0.3) / sqrt(v)) }
    return listOf(
        Known("linear", Statistic.coordinate(0), mean, sqrt(square - mean * mean)),
        Known("square", Statistic.of { it[0] * it[0] }, square, sqrt(fourth - square * square)),
        Known("sin", Statistic.of { sin(2 * it[0]) }.bounds(-1.0, 1.0), sine, sqrt(sineSquare - sine * sine)),
        Known("indicator", Statistic.indicator { it[0] - 0.3 }, share, sqrt(share * (1 - share))),
    )
}

private val LINE = listOf(Triple(0.6, -1.0, 0.3), Triple(0.4, 1.2, 0.4))
private val PLANE = listOf(Triple(0.5, 1.0, 0.1), Triple(0.3, -0.5, 0.2), Triple(0.2, -0.5, 0.05))

class ExpectationSpec : StringSpec({
    fun quick(denoiser: Denoiser = bimodal(), configure: SamplerBuilder.() -> Unit = {}) =
        sampler(denoiser) { solver(FixedStep(Scheme.UNIPC, 16)).configure() }

    fun Sampler.expect(vararg statistics: Statistic, configure: ExpectationBuilder.() -> Unit): Expectation =
        Expectation.builder(this).statistics(statistics.toList()).apply(configure).build()

    fun Expectation.answer() = estimate().block()!!

    // With a coverage of 95 per cent, 150 repetitions have at least 15 misses with probability .0085. The seeds are fixed.
    val ways = mapOf<String, ExpectationBuilder.() -> Unit>(
        "plain" to { controlVariates(false) },
        "with control variates" to {},
        "quasi-random" to { quasiRandom() },
    )
    val levels: ExpectationBuilder.() -> Unit = { levels(1e-2, 1e-4) }

    for ((problem, parts) in listOf(bimodal() to LINE, threeModes() to PLANE)) {
        for ((way, settings) in ways) {
            "answers are within the half-width: ${problem.dimension()} dimensions, $way" {
                for (each in known(parts)) {
                    val within = 0.15 * each.deviation
                    val hits = (0 until 150).count {
                        val answer = sampler(problem) { solver(FixedStep(Scheme.UNIPC, 24)).seed(it + 50L) }
                            .expect(each.statistic) {
                                within(within)
                                settings()
                            }.answer()
                        answer.status() shouldBe Status.WITHIN
                        answer.values()[0].total() shouldBeLessThanOrEqualTo within
                        abs(answer.value() - each.expectation) <= within
                    }
                    withClue(each.name) { hits shouldBeGreaterThan 135 }
                }
            }
        }
    }

    "levels have the expectation of the finest, at fewer calls" {
        for (each in known(LINE)) {
            val within = 0.15 * each.deviation
            var levelled = 0L
            var fine = 0L
            val hits = (0 until 20).count {
                val sampler = sampler(bimodal()) { solver(Sliding(1e-8)).seed(it.toLong()) }
                val answer = sampler.expect(each.statistic) {
                    within(within)
                    levels(1e-2, 1e-4, 1e-8)
                    controlVariates(false)
                }.answer()
                answer.pilotCalls() shouldBeGreaterThan 256L * 3
                if (it < 3) {
                    levelled += answer.calls()
                    fine += sampler.expect(each.statistic) {
                        within(within)
                        controlVariates(false)
                    }.answer().calls()
                }
                abs(answer.value() - each.expectation) <= within
            }
            withClue(each.name) {
                hits shouldBeGreaterThan 17
                levelled shouldBeLessThan fine
            }
        }
    }

    "effective samples are those that the variance is worth" {
        val line = GaussianMixture.builder(1).component(1.0, doubleArrayOf(0.0), 1.0).build()

        fun effective(settings: ExpectationBuilder.() -> Unit) = quick(line).expect(
            Statistic.of {
                it[0] + it[0] * it[0]
            },
        ) {
            within(0.05)
            settings()
        }.answer().let { it.values()[0].effectiveSamples() / it.samples() }
        effective { controlVariates(false) } shouldBe 1.0
        // The variates explain the function, but not for the first 256 of about 1,160 samples.
        effective {} shouldBeGreaterThan 3.0
        effective { quasiRandom() } shouldBeGreaterThan 4.0
        // The estimate of a bounded function that is not final has no control variates.
        quick(line).expect(Statistic.of { sin(it[0]) }.bounds(-1.0, 1.0)) { within(1e-3).maxSamples(1000) }.answer()
            .values()[0].effectiveSamples() shouldBe 1000.0
    }

    "several statistics hold together, each with its half-width" {
        val cases = known(LINE)
        val within = cases.map { 0.2 * it.deviation }.toDoubleArray()
        val hits = (0 until 100).count { seed ->
            val answer = quick { seed(seed.toLong()) }.expect(*cases.map { it.statistic }.toTypedArray()) {
                within(*within)
            }.answer()
            answer.values().size shouldBe 4
            cases.indices.all { abs(answer.values()[it].value() - cases[it].expectation) <= within[it] }
        }
        hits shouldBeGreaterThan 90
    }

    "an estimate depends on the seed, and not on threads, demand or batches" {
        fun answer(settings: SamplerBuilder.() -> Unit, way: ExpectationBuilder.() -> Unit) =
            sampler(threeModes()) { solver(Sliding(1e-3)).seed(4).settings() }
                .expect(Statistic.coordinate(0), Statistic.indicator { it[1] }) {
                    within(0.1)
                    way()
                }.answer()
        val all = ways + ("levels" to levels)
        for ((name, way) in all) {
            withClue(name) {
                val one = answer({}, way)
                answer({ concurrency(3).prefetch(0).maxRows(2).stages(7) }, way) shouldBe one
                answer({ parallelism(2, Schedulers.parallel()) }, way) shouldBe one
                (answer({ seed(5) }, way) == one).shouldBeFalse()
            }
        }
    }

    "demand ends when the answer stands: no denoiser call begins afterwards" {
        for ((name, way) in ways + ("levels" to levels)) {
            val done = AtomicBoolean()
            val late = AtomicInteger()
            val watched = Watched(bimodal(), before = { if (done.get()) late.incrementAndGet() })
            var last: Estimate? = null
            sampler(watched) { solver(Sliding(1e-3)) }.expect(Statistic.coordinate(0)) {
                within(0.1)
                way()
            }.estimates().doOnNext {
                done.set(it.isFinal)
                last = it
            }.blockLast()
            withClue(name) {
                last!!.status() shouldBe Status.WITHIN
                late.get() shouldBe 0
            }
        }
    }

    "no call of an asynchronous denoiser begins after the answer, whatever is answered then" {
        for ((name, way) in ways + ("levels" to levels)) {
            val desk = Desk(bimodal())
            var callsAtEnd = -1
            var pendingAtEnd = -1
            Sampler.builder(desk).noiseRange(20.0, TO).solver(Sliding(1e-3)).build().expect(Statistic.coordinate(0)) {
                within(0.15)
                way()
            }.estimates().subscribe {
                if (it.isFinal) {
                    callsAtEnd = desk.calls
                    pendingAtEnd = desk.pending.size
                }
            }
            withClue(name) {
                while (callsAtEnd < 0) desk.pending.removeAt(0).answer()
                pendingAtEnd shouldBe 0
                desk.clear()
                desk.calls shouldBe callsAtEnd
            }
        }
    }

    "the calls of the model are those of the samples, the pilot, and the samples in flight at the end" {
        val rows = longArrayOf(0)
        val counted = Watched(bimodal(), before = { rows[0] += it.count().toLong() })
        val answer = sampler(counted) { solver(FixedStep(Scheme.UNIPC, 16)).prefetch(0) }
            .expect(Statistic.coordinate(0)) { within(0.05).controlVariates(false) }.answer()
        answer.calls() shouldBe 16 * answer.samples()
        // Demand follows the prediction, whose error is a few per cent.
        rows[0] - answer.calls() shouldBeLessThanOrEqualTo answer.calls() / 16
    }

    "demand follows the exact rule, and a bound on the bias that falls" {
        val h = Statistic.indicator { it[0] }
        val cases = mapOf<String, Pair<Statistic, ExpectationBuilder.() -> Unit>>(
            "exact" to (h to { within(0.05).exact() }),
            "bias" to (h.lipschitz(1.0) to { within(0.05).controlVariates(false) }),
            "exact with bias" to (h.lipschitz(1.0) to { within(0.05).exact() }),
        )
        for ((name, case) in cases) {
            val rows = AtomicLong()
            val counted = Watched(bimodal(), before = { rows.addAndGet(it.count().toLong()) })
            val answer = sampler(counted) { solver(Sliding(1e-4)).prefetch(0) }
                .expect(case.first) { case.second(this) }.answer()
            withClue("$name: ${rows.get()} calls for $answer") {
                rows.get() - answer.calls() shouldBeLessThanOrEqualTo answer.calls() / 16
            }
        }
    }

    "cancelling ends the samples" {
        val counted = Watched(bimodal())
        var at = -1
        StepVerifier.create(
            sampler(counted) { solver(FixedStep(Scheme.UNIPC, 16)) }
                .expect(Statistic.coordinate(0)) { within(1e-4) }.estimates().take(3).doOnNext {
                    at =
                        counted.calls.get()
                },
        ).expectNextCount(3).verifyComplete()
        counted.calls.get() shouldBe at
    }

    "running estimates come before the final one, and their intervals contain the truth" {
        val each = known(LINE)[3]
        var missed = 0
        repeat(40) { seed ->
            val estimates = quick { seed(seed.toLong()) }.expect(each.statistic) { within(0.05) }
                .estimates().collectList().block()!!
            estimates.size shouldBeGreaterThan 5
            estimates.dropLast(1).forEach { it.status() shouldBe Status.RUNNING }
            estimates.last().isFinal.shouldBeTrue()
            estimates.map { it.samples() } shouldBe estimates.map { it.samples() }.sorted()
            if (estimates.dropLast(1).any { abs(it.value() - each.expectation) > it.values()[0].halfWidth() }) missed++
        }
        missed shouldBeLessThanOrEqualTo 5
    }

    "nothing is computed before the first request" {
        val unknown = Denoiser.rowwise(1) { z, sigma, out -> out[0] = z[0] / (1 + sigma * sigma) }
        for (denoiser in listOf(bimodal(), unknown)) {
            for ((name, way) in ways + ("levels" to levels)) {
                val counted = Watched(denoiser)
                val expectation = sampler(counted) { solver(Sliding(1e-3)) }.expect(Statistic.coordinate(0)) {
                    within(0.2)
                    way()
                }
                withClue("$name, $denoiser") {
                    StepVerifier.create(expectation.estimates(), 0).expectSubscription()
                        .then {
                            counted.calls.get() shouldBe 0
                        }.thenRequest(Long.MAX_VALUE).thenConsumeWhile { true }.verifyComplete()
                    counted.calls.get() shouldBeGreaterThan 0
                }
            }
        }
    }

    "a slow subscriber receives the newest estimate and then the final one" {
        val received = mutableListOf<Estimate>()
        val subscriber = object : BaseSubscriber<Estimate>() {
            override fun hookOnSubscribe(subscription: Subscription) = request(1)

            override fun hookOnNext(value: Estimate) {
                received += value
            }
        }
        // All samples are computed during this call.
        quick().expect(Statistic.coordinate(0)) { within(0.05) }.estimates().subscribe(subscriber)
        received.map { it.samples() } shouldBe listOf(64L)
        subscriber.request(1)
        received.map { it.isFinal } shouldBe listOf(false, true)
        subscriber.isDisposed.shouldBeTrue()
    }

    "the maximum number of samples ends the estimate with an interval that holds at all times" {
        val answer = quick().expect(Statistic.indicator { it[0] }) {
            within(1e-3)
            maxSamples(333)
        }.answer()
        answer.status() shouldBe Status.MAX_SAMPLES
        answer.samples() shouldBe 333
        answer.values()[0].halfWidth() shouldBeGreaterThan 0.05
        abs(answer.value() - known(LINE)[3].expectation) shouldBeLessThan 0.2
        val quasi = quick().expect(Statistic.indicator { it[0] }) {
            within(1e-9)
            quasiRandom()
            maxSamples(1100)
        }.answer()
        quasi.samples() shouldBe 1024
        quasi.status() shouldBe Status.MAX_SAMPLES
    }

    "the exact rule certifies a rare event" {
        val border = 2.5758293035489004 * sqrt(1 + TO * TO)
        val line = GaussianMixture.builder(1).component(1.0, doubleArrayOf(0.0), 1.0).build()
        // The half-width is below the probability, so an estimate of 0 misses it.
        for (way in listOf<ExpectationBuilder.() -> Unit>({ exact() }, {}, { quasiRandom() })) {
            val hits = (0 until 30).count {
                val answer = quick(line) { seed(it.toLong()) }.expect(Statistic.indicator { x -> x[0] - border }) {
                    within(0.0025)
                    way()
                }.answer()
                abs(answer.value() - 0.005) <= 0.0025
            }
            hits shouldBeGreaterThan 26
        }
    }

    "the bound on the bias holds, is part of the half-width, and falls with the tolerance" {
        val cases = known(LINE)
        var last = Double.POSITIVE_INFINITY
        for (tolerance in listOf(1e-3, 1e-5)) {
            val answer = sampler(bimodal()) { solver(Sliding(tolerance)) }.expect(
                cases[0].statistic.lipschitz(1.0),
                cases[2].statistic.lipschitz(2.0),
                cases[3].statistic.lipschitz(1.0),
                cases[1].statistic,
            ) { within(0.1) }.answer()
            answer.values()[3].bias().isPresent.shouldBeFalse()
            for (value in answer.values()) value.total() shouldBeLessThanOrEqualTo 0.1
            val bound = answer.values()[0].bias().asDouble
            bound shouldBeGreaterThan 0.0
            bound shouldBeLessThan last
            last = bound
            // Twice the Lipschitz constant.
            answer.values()[1].bias().asDouble shouldBe 2 * bound
            // No sample is near the border: the bound is that of Bernstein.
            answer.values()[2].bias().asDouble shouldBeLessThan 30.0 / answer.samples()
        }
    }

    "the bias of the solver is below its bound: the same samples at a fine tolerance" {
        val statistics = mapOf<Statistic, (Double) -> Double>(
            Statistic.coordinate(0).lipschitz(1.0) to { it },
            Statistic.indicator { it[0] }.lipschitz(1.0) to { if (it > 0) 1.0 else 0.0 },
        )
        for (seed in 0L until 4) {
            fun sampler(tolerance: Double) = sampler(bimodal()) { solver(Sliding(tolerance)).seed(seed) }
            for ((statistic, f) in statistics) {
                val answer = sampler(1e-2).expect(statistic) { within(0.2) }.answer()
                val (coarse, fine) = listOf(1e-2, 1e-9).map { tolerance ->
                    sampler(tolerance).samples(0, answer.samples()).map { f(it.values()[0]) }.collectList().block()!!
                }
                val bound = answer.values()[0].bias().asDouble
                val bias = abs(coarse.average() - fine.average())
                withClue("seed $seed: $bias of $bound") { bias shouldBeLessThanOrEqualTo bound }
            }
        }
    }

    "a sum with corrections has the mean of the finest level" {
        val random = Random(6)
        val count = 20_000
        val free = MeanSettings(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, 1e-6, 0.05, false)
        val statistics = listOf(Statistic.coordinate(0))
        val cost = Certificate(Certificate.Status.UNESTIMATED, OptionalDouble.empty(), 1, 1, 1, 0, 0, null, null)
        for ((base, probabilities, variance) in listOf(
            // Each correction is -.5/.2 with probability .2: variance 1, and covariance -.25 with the other.
            Triple(0, doubleArrayOf(0.0, 0.2, 0.2), 2.5),
            Triple(1, doubleArrayOf(0.0, 0.0, 0.2), 2.0),
        )) {
            val chosen = Levels(base, probabilities, doubleArrayOf(1.0))
            val level = IntArray(count + 1) { chosen.of(random.nextDouble()) }
            val course = IndependentCourse(
                SampleValues(statistics, 1.0),
                Means(statistics, arrayOf(free), false, chosen.guards(), null, 1),
                Flux.empty(),
                count.toLong(),
                { level[it.toInt()] },
                IndependentCourse.Scheme(probabilities, base, 2, 7),
            )
            var elements = 0L
            for (k in 0 until count) {
                val x = random.nextGaussian()
                for (l in IndependentCourse.parts(base, level[k])) {
                    elements++
                    course.add(Sample.of(k.toLong(), doubleArrayOf(x + 0.5 * (2 - l)), cost, null))
                }
            }
            course.status() shouldBe Status.MAX_SAMPLES
            val estimate = course.now(Status.MAX_SAMPLES)
            estimate.samples() shouldBe count.toLong()
            estimate.calls() shouldBe elements
            estimate.pilotCalls() shouldBe 7
            abs(estimate.value()) shouldBeLessThan 4 * sqrt(variance / count)
        }
    }

    "a bias that leaves no room fails, and names the remedy" {
        val failure = shouldThrow<IllegalStateException> {
            sampler(bimodal()) {
                solver(Sliding(1e-2))
            }.expect(Statistic.coordinate(0).lipschitz(1e4)) { within(0.1) }.answer()
        }
        failure.message!! shouldStartWith "within[0] must be greater than the bound on the bias"
        failure.message!! shouldContain "lower the tolerance"
    }

    "a function that never varies fails unless it has bounds" {
        // The last is a constant unless the rare event occurs.
        val constants = listOf<(DoubleArray) -> Double>({ 2.0 }, { 0.1 }, { 3.7 }, { if (it[0] > 6) 1000.0 else 0.1 })
        for (constant in constants) {
            for (way in listOf<ExpectationBuilder.() -> Unit>({}, { quasiRandom() })) {
                shouldThrow<IllegalStateException> {
                    quick().expect(Statistic.of(constant)) {
                        within(0.1)
                        way()
                    }.answer()
                }.message!! shouldContain "must have bounds if all of its values are equal"
            }
        }
        for (way in listOf<ExpectationBuilder.() -> Unit>({}, { quasiRandom() })) {
            val answer = quick().expect(Statistic.of { 2.0 }.bounds(0.0, 3.0)) {
                within(0.1)
                way()
            }.answer()
            answer.value() shouldBe 2.0
        }
    }

    "a function that throws, or has no value or one out of its bounds, fails with the sample and a remedy" {
        fun failure(statistic: Statistic) = shouldThrow<FunctionFailedException> {
            quick().expect(Statistic.coordinate(0), statistic) { within(0.1) }.answer()
        }
        val first = quick().samples().take(50).collectList().block()!!.first { it.values()[0] > 1 }.index()
        val nan = failure(Statistic.of { if (it[0] > 1) Double.NaN else it[0] })
        nan.index() shouldBe first
        nan.message!! shouldStartWith "sample $first: statistics[1] must be finite for every sample"
        nan.violation().remedies().joinToString() shouldContain "samples($first, ${first + 1})"
        val cause = IllegalArgumentException("no logarithm")
        val thrown = failure(Statistic.indicator { if (it[0] > 1) throw cause else it[0] })
        thrown.index() shouldBe first
        thrown.cause shouldBe cause
        failure(Statistic.of { it[0] }.bounds(-9.0, 1.0)).message!! shouldContain "must be in its bounds, -9.0 to 1.0"
    }

    "a failed sample fails the estimate, also if the sampler skips failed samples" {
        val broken = object : Denoiser {
            override fun dimension() = 1

            override fun moments(): Optional<Moments> = bimodal().moments()

            override fun denoise(rows: Rows, out: DoubleArray) {
                bimodal().denoise(rows, out)
                for (i in 0 until rows.count()) {
                    if (rows.sigma(i) < 0.1 &&
                        rows.values()[rows.offset(i)] > 1.9
                    ) {
                        out[i] = Double.NaN
                    }
                }
            }
        }
        val index = quick(broken).samples().filter { it.failed() }.blockFirst()!!.index()
        for (way in listOf<ExpectationBuilder.() -> Unit>({}, { quasiRandom() })) {
            val failure = shouldThrow<SampleFailedException> {
                quick(broken) { faults(FaultPolicy.skip { _, _ -> }) }.expect(Statistic.coordinate(0)) {
                    within(0.01)
                    way()
                }.answer()
            }
            failure.message!! shouldContain "sample "
        }
        shouldThrow<SampleFailedException> {
            quick(broken).expect(Statistic.coordinate(0)) { within(0.01) }.answer()
        }.message!! shouldStartWith "sample $index failed"
    }

    "an unknown radius costs the pilot of the sampler first" {
        val unknown = Denoiser.rowwise(1) { z, sigma, out -> out[0] = z[0] / (1 + sigma * sigma) }
        for (way in ways.values) {
            val answer = sampler(unknown) { solver(Sliding(1e-4)) }.expect(Statistic.coordinate(0)) {
                within(0.1)
                way()
            }.answer()
            abs(answer.value()) shouldBeLessThan 0.15
        }
    }

    "bad settings give one clear error before any work" {
        val counted = Watched(bimodal())
        val adaptive = sampler(counted) { solver(Sliding(1e-4)) }
        val fixed = sampler(counted) { solver(FixedStep(Scheme.UNIPC, 16)) }
        val staged = sampler(counted) { solver(Sliding(1e-4)).afterStage(0, Stage.filter { true }) }
        val x = Statistic.coordinate(0)
        val wrong = mapOf<String, () -> Any>(
            "statistic must be given" to { adaptive.expect { within(0.1) } },
            "within must be given" to { adaptive.expect(x) {} },
            "within must have one number, or one for each of the 1 statistics" to
                { adaptive.expect(x) { within(0.1, 0.2) } },
            "within must be finite and greater than 0, was 0.0" to { adaptive.expect(x) { within(0.0) } },
            "within must be finite and greater than 0, was NaN" to { adaptive.expect(x) { within(Double.NaN) } },
            "within must have at least 1 entry" to { adaptive.expect(x) { within() } },
            "confidence must be at least 0.5 and below 1, was 1.0" to { adaptive.expect(x) { confidence(1.0) } },
            "confidence must be at least 0.5 and below 1, was 0.49" to { adaptive.expect(x) { confidence(0.49) } },
            "confidence must be at least 0.5 and below 1, was NaN" to
                { adaptive.expect(x) { confidence(Double.NaN) } },
            "conditions must not be set for the sampler" to {
                sampler(counted) { conditions { null } }.expect(x) { within(0.1) }
            },
            "upper must be greater than lower, was 1.0 <= 2.0" to { x.bounds(2.0, 1.0) },
            "lower must be finite" to { x.bounds(Double.NEGATIVE_INFINITY, 1.0) },
            "bounds must not be given for an indicator" to { Statistic.indicator { 1.0 }.bounds(0.0, 1.0) },
            "lipschitz must be finite and greater than 0" to { x.lipschitz(-1.0) },
            "coordinate must be at least 0" to { Statistic.coordinate(-1) },
            "maxSamples must be at least 1" to { adaptive.expect(x) { maxSamples(0) } },
            "levels must be at least 2 and at most 4" to { adaptive.expect(x) { levels(1e-4) } },
            "levels[1] must be greater than 0 and less than the previous level, was 0.01" to {
                adaptive.expect(x) { levels(1e-2, 1e-2) }
            },
            "levels must not be given for the solver unipc, which has no tolerance" to {
                fixed.expect(x) { within(0.1).levels(1e-2, 1e-4) }
            },
            "lipschitz must not be given for the solver unipc" to { fixed.expect(x.lipschitz(1.0)) { within(0.1) } },
            "exact must not be set unless all statistics have bounds" to { adaptive.expect(x) { within(0.1).exact() } },
            "levels must not be set together with quasiRandom" to {
                adaptive.expect(x) { within(0.1).levels(1e-2, 1e-4).quasiRandom() }
            },
            "levels must not be given for an indicator with a Lipschitz constant" to {
                adaptive.expect(Statistic.indicator { it[0] }.lipschitz(1.0)) { within(0.1).levels(1e-2, 1e-4) }
            },
            "controlVariates must not be set together with quasiRandom" to {
                adaptive.expect(x) { within(0.1).quasiRandom().controlVariates(true) }
            },
            "controlVariates must not be set for a sampler with custom stages" to {
                staged.expect(x) { within(0.1).controlVariates(true) }
            },
            "quasiRandom must not be set for a sampler with custom stages" to
                { staged.expect(x) { within(0.1).quasiRandom() } },
            "levels must not be set for a sampler with custom stages" to
                { staged.expect(x) { within(0.1).levels(0.1, 0.01) } },
            "maxSamples must be at least 512 with quasi-random points" to {
                adaptive.expect(x) { within(0.1).quasiRandom().maxSamples(511) }
            },
            "order must be BY_INDEX" to {
                sampler(counted) { order(Order.AS_READY) }.expect(x) { within(0.1) }
            },
        )
        for ((message, make) in wrong) {
            val failure = runCatching { make() }.exceptionOrNull()
            withClue("$message: $failure") {
                (failure is HasViolation).shouldBeTrue()
                failure!!.message!! shouldStartWith message
            }
        }
        counted.calls.get() shouldBe 0
    }

    "a sampler with custom stages has no control variates by default" {
        val kept = quick { afterStage(3, Stage.filter { it.z(0) > 0 }) }
        val answer = kept.expect(Statistic.coordinate(0)) { within(0.05) }.answer()
        abs(answer.value() - 1.2) shouldBeLessThan 0.1
    }

    "an estimate prints its intervals" {
        val text = quick().expect(Statistic.coordinate(0)) { within(0.2) }.answer().toString()
        text shouldContain " +- "
        text shouldContain " samples, "
        Status.MAX_SAMPLES.toString() shouldBe "max samples"
    }
})
