package io.scoreflux

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.scoreflux.error.Failure
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture.Component
import io.scoreflux.model.Guidance
import io.scoreflux.model.GuidanceRule
import io.scoreflux.model.LabelledMixture
import io.scoreflux.model.LabelledMixture.Labelled
import io.scoreflux.noise.SigmaGrid
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.solve.Solver
import io.scoreflux.solve.budget.Budget
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows
import org.reactivestreams.Publisher
import org.reactivestreams.Subscriber
import org.reactivestreams.Subscription
import reactor.core.publisher.Flux
import reactor.core.publisher.Mono
import reactor.core.scheduler.Schedulers
import java.util.concurrent.atomic.AtomicLong
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.pow
import kotlin.math.sqrt

private const val FROM = 20.0
private const val TO = 0.02

/** Two labelled Gaussians of the same width. */
private const val STD = 0.5
private val TWO = LabelledMixture.of(
    listOf(-1.0 to 0.3, 1.5 to 0.7).mapIndexed { k, (mean, weight) ->
        Labelled(k, Component(weight, doubleArrayOf(mean), Covariance.isotropic(STD)))
    },
)

/** D_w of the two Gaussians by a separate formula: the posterior of the class is a logistic function of z. */
private fun guided(z: Double, s: Double, label: Int, w: Double): Double {
    val v = STD * STD + s * s
    val p1 = 1 / (1 + exp(ln(0.3 / 0.7) + ((z - 1.5).pow(2) - (z + 1.0).pow(2)) / (2 * v)))
    val mean = -1.0 * (1 - p1) + 1.5 * p1
    val own = if (label == 0) -1.0 else 1.5
    return (STD * STD * z + s * s * (mean + w * (own - mean))) / v
}

/** The end of the guided flow by the classical Runge-Kutta method, which shares no code with the solvers. */
private fun flow(start: Double, label: Int, w: Double, steps: Int = 4000): Double {
    val h = ln(TO / FROM) / steps
    var z = start

    fun f(tau: Double, x: Double) = x - guided(x, exp(tau), label, w)
    for (k in 0 until steps) {
        val tau = ln(FROM) + k * h
        val a = f(tau, z)
        val b = f(tau + h / 2, z + h / 2 * a)
        val c = f(tau + h / 2, z + h / 2 * b)
        val d = f(tau + h, z + h * c)
        z += h / 6 * (a + 2 * b + 2 * c + d)
    }
    return z
}

/** Both branches as Gaussians of given means and widths, first the conditional one. */
private class TwoGaussians(private val means: DoubleArray, private val stds: DoubleArray) : Denoiser {
    override fun dimension() = 1

    override fun classes() = 1

    override fun denoise(rows: Rows, out: DoubleArray) {
        for (row in 0 until rows.count()) {
            val k = if (rows.condition(row) == null) 1 else 0
            val gain = stds[k].pow(2) / (stds[k].pow(2) + rows.sigma(row).pow(2))
            out[row] = means[k] + gain * (rows.values()[row] - means[k])
        }
    }
}

class GuidanceSpec : StringSpec({
    fun guidedSampler(denoiser: Denoiser, configure: SamplerBuilder.() -> Unit) =
        sampler(Guidance.of(denoiser)) {
            noiseRange(FROM, TO).solver(Sliding(1e-8))
            configure()
        }

    fun Flux<Sample>.all() = collectList().block()!!

    "rows of all weights in one call follow the formula up to rounding" {
        val weights = listOf(0.0, 1.0, 2.5, -0.5, 1.0)
        val rows = Rows(1, 6)
        val expected = mutableListOf<Double>()
        for ((k, w) in weights.withIndex()) {
            for ((j, s) in listOf(0.1, 1.0, 9.0).withIndex()) {
                rows.append(doubleArrayOf(0.3 * k - j), 0, s)
                rows.condition(rows.count() - 1, Condition(k % 2, w))
                expected += guided(0.3 * k - j, s, k % 2, w)
            }
        }
        rows.append(doubleArrayOf(0.4), 0, 1.0)
        expected += guided(0.4, 1.0, 0, 0.0)
        val out = DoubleArray(rows.count())
        Guidance.of(TWO).denoise(rows, out)
        for (k in expected.indices) out[k] shouldBe (expected[k] plusOrMinus 1e-14)
    }

    "samples with weight w follow the flow of D_w, quantile by quantile" {
        for (w in listOf(0.0, 1.0, 2.0, 4.0)) {
            val guided = guidedSampler(TWO) { condition(Condition(0, w)) }
            // A flow on a line keeps the order of states, so it maps quantiles to quantiles.
            val starts = guided.traces(0, 40).collectList().block()!!
            for (trace in starts) {
                val end = flow(trace.points()[0].z()[0], 0, w)
                // 30 tolerances times the radius, which is about 1.3.
                abs(trace.sample().values()[0] - end) shouldBeLessThan 4e-7
            }
        }
    }

    "if both branches are Gaussian of one width, samples are Gaussian around m_u + w (m_c - m_u)" {
        val w = 3.0
        val samples = guidedSampler(TwoGaussians(doubleArrayOf(2.0, 0.5), doubleArrayOf(0.4, 0.4))) {
            radius(0.5).condition(Condition(0, w)).noiseRange(2000.0, 1e-3)
        }.samples(0, 4000).all().map { it.values()[0] }
        val mean = samples.average()
        val std = sqrt(samples.sumOf { (it - mean).pow(2) } / (samples.size - 1))
        // Four standard errors: a correct sampler fails for one of 16,000 seeds. The start at sigma 2000 shifts the mean by 1e-3 widths.
        mean shouldBe (0.5 + w * 1.5 plusOrMinus 4 * 0.4 / sqrt(4000.0) + 1e-3)
        std shouldBe (0.4 plusOrMinus 4 * 0.4 / sqrt(8000.0))
    }

    "if the widths of the branches differ, each state is scaled as in the closed form" {
        val (c, u) = 0.3 to 0.8
        for (w in listOf(-1.0, 0.5, 2.0)) {
            val traces = guidedSampler(TwoGaussians(doubleArrayOf(0.0, 0.0), doubleArrayOf(c, u))) {
                radius(0.8).condition(Condition(0, w))
            }.traces(0, 10).collectList().block()!!

            fun size(s: Double) = (c * c + s * s).pow(w / 2) * (u * u + s * s).pow((1 - w) / 2)
            for (trace in traces) {
                val expected = trace.points()[0].z()[0] * size(TO) / size(FROM)
                trace.sample().values()[0] shouldBe (expected plusOrMinus 30 * 1e-8 * 0.8)
            }
        }
    }

    "the other branch of guidance is the negative condition" {
        val rows = Rows(1, 4)
        val weights = listOf(0.0, 1.0, 2.5, -0.5)
        for ((row, w) in weights.withIndex()) {
            rows.append(doubleArrayOf(0.3), 0, 0.7)
            rows.condition(row, Condition(0, w).withNegative(Condition(1)))
        }
        val out = DoubleArray(4)
        Guidance.of(TWO).denoise(rows, out)
        val (c, n) = guided(0.3, 0.7, 0, 1.0) to guided(0.3, 0.7, 1, 1.0)
        for ((row, w) in weights.withIndex()) out[row] shouldBe (n + w * (c - n) plusOrMinus 1e-14)
        shouldThrow<IllegalArgumentException> {
            sampler(Guidance.of(TWO)) { condition(Condition(0, 2.0).withNegative(Condition(5))) }
        }.message shouldBe "label must be below 2, the number of classes of the denoiser, was 5; give one of 0 to 1"
        // Both conditions are the same at any weight.
        val same = guidedSampler(TWO) { condition(Condition(0, 7.0).withNegative(Condition(0))) }
        val plain = guidedSampler(TWO) { condition(Condition(0)) }
        same.samples(0, 5).all().zip(plain.samples(0, 5).all()).forEach { (a, b) ->
            a.values()[0] shouldBe (b.values()[0] plusOrMinus 1e-12)
        }
    }

    "outside an interval of noise levels only the condition applies, and costs one evaluation" {
        val (low, high) = 0.3 to 4.0
        val rule = GuidanceRule.PLAIN.withInterval(low, high)
        val means = doubleArrayOf(2.0, 0.5)
        val (std, w) = 0.4 to 3.0
        val evaluated = AtomicLong()
        val exact = TwoGaussians(means, doubleArrayOf(std, std))
        val branches = object : Denoiser {
            override fun dimension() = 1

            override fun classes() = 1

            override fun denoise(rows: Rows, out: DoubleArray) {
                evaluated.addAndGet(rows.count().toLong())
                exact.denoise(rows, out)
            }
        }
        val traces = Sampler.builder(Guidance.of(branches, rule)).radius(0.5).noiseRange(FROM, TO)
            .solver(Sliding(1e-7)).condition(Condition(0, w)).build().traces(0, 10).collectList().block()!!

        fun step(z: Double, mean: Double, from: Double, to: Double) =
            mean + (z - mean) * sqrt((std * std + to * to) / (std * std + from * from))
        for (trace in traces) {
            val guidedMean = 0.5 + w * 1.5
            val end = listOf(FROM to high, high to low, low to TO).zip(listOf(2.0, guidedMean, 2.0))
                .fold(trace.points()[0].z()[0]) { z, (range, mean) -> step(z, mean, range.first, range.second) }
            // Three tolerances times the radius, one for each part between the jumps of D.
            trace.sample().values()[0] shouldBe (end plusOrMinus 3 * 1e-7 * 0.5)
            trace.sample().certificate().status() shouldBe Status.CONVERGED
            trace.points().size shouldBe 5
        }
        traces.sumOf { it.sample().certificate().calls() } shouldBe evaluated.get()
        val guided = Guidance.of(TWO, rule)
        listOf(4.1, 4.0, 0.31, 0.3).map { guided.evaluations(Condition(0, w), it) } shouldBe listOf(1, 2, 2, 1)
        guided.evaluations(Condition(0, w)) shouldBe 2
        guided.evaluations(Condition(0, 0.0), 10.0) shouldBe 1
        val rows = Rows(1, 3)
        for ((row, s) in listOf(5.0, 1.0, 0.1).withIndex()) {
            rows.append(doubleArrayOf(0.3), 0, s)
            rows.condition(row, Condition(0, if (row == 1) w else 0.0))
        }
        val out = DoubleArray(3).also { guided.denoise(rows, it) }
        out[0] shouldBe (guided(0.3, 5.0, 0, 1.0) plusOrMinus 1e-14)
        out[1] shouldBe (guided(0.3, 1.0, 0, w) plusOrMinus 1e-14)
        out[2] shouldBe (guided(0.3, 0.1, 0, 1.0) plusOrMinus 1e-14)
        for ((from, to) in listOf(2.0 to 1.0, -1.0 to 1.0, Double.NaN to 1.0)) {
            shouldThrow<IllegalArgumentException> { rule.withInterval(from, to) }.message shouldBe
                "interval must have ends 0 <= low < high, was $from, $to; give the smaller level first"
        }
    }

    "every adaptive solver starts again at the ends of an interval, wherever the stages end" {
        val rule = GuidanceRule.PLAIN.withInterval(0.3, 4.0)

        fun ends(solver: Solver, configure: SamplerBuilder.() -> Unit = {}) =
            Sampler.builder(Guidance.of(TWO, rule)).noiseRange(FROM, TO).solver(solver)
                .condition(Condition(0, 2.0)).apply(configure).build().samples(0, 6).all()
        val exact = ends(Sliding(1e-11))
        for (solver in listOf(Sliding(1e-6), Picard(1e-6), Parallel(1e-6))) {
            for ((sample, end) in ends(solver).zip(exact)) {
                sample.certificate().status() shouldBe Status.CONVERGED
                // 30 tolerances times the radius, which is about 1.3.
                abs(sample.values()[0] - end.values()[0]) shouldBeLessThan 4e-5
            }
        }
        // Boundaries of stages at, next to and between the jumps change no bits.
        val bits = ends(Sliding(1e-6)).map { it.bits() }
        val next = Math.nextUp(4.0)
        for (cuts in listOf(doubleArrayOf(4.0, 0.3), doubleArrayOf(next, 4.0, 1.0), doubleArrayOf(5.0, 0.1))) {
            ends(Sliding(1e-6)) { boundaries(*cuts) }.map { it.bits() } shouldBe bits
        }
        Guidance.of(TWO, rule).jumps().toList() shouldBe listOf(0.3, 4.0)
        Guidance.of(TWO).jumps().toList() shouldBe emptyList()
    }

    "certificates of fixed steps count the rows inside an interval twice" {
        val rule = GuidanceRule.PLAIN.withInterval(0.3, 4.0)
        val grid = SigmaGrid.KARRAS
        val solver = FixedStep(Scheme.EULER, 20, grid)
        val levels = grid.levels(FROM, TO, 20)
        val inside = levels.toList().dropLast(1).count { it > 0.3 && it <= 4.0 }
        val sample = Sampler.builder(Guidance.of(TWO, rule)).noiseRange(FROM, TO).solver(solver)
            .condition(Condition(0, 2.0)).build().samples(0, 1).blockLast()!!
        sample.certificate().calls() shouldBe 20L + inside
        sample.certificate().rounds() shouldBe 20L
    }

    "rescaling gives D_w the mixed standard deviation of a row, and the flow in closed form" {
        // Zero-mean Gaussians: D_c = g_c z and D_u = g_u z, so the rescaled D is (phi g_c + (1 - phi) g_w) z.
        val (c, u) = 0.8 to 0.3
        val w = 2.0
        val scaled = object : Denoiser {
            override fun dimension() = 3

            override fun classes() = 1

            override fun denoise(rows: Rows, out: DoubleArray) {
                for (row in 0 until rows.count()) {
                    val std = if (rows.condition(row) == null) u else c
                    val gain = std.pow(2) / (std.pow(2) + rows.sigma(row).pow(2))
                    for (i in 3 * row until 3 * row + 3) out[i] = gain * rows.values()[i]
                }
            }
        }
        for (phi in listOf(0.0, 0.4, 1.0)) {
            val rule = GuidanceRule.PLAIN.withRescale(phi)
            val traces = Sampler.builder(Guidance.of(scaled, rule)).radius(1.0).noiseRange(FROM, TO)
                .solver(Sliding(1e-8)).condition(Condition(0, w)).build().traces(0, 5).collectList().block()!!
            val power = phi + (1 - phi) * w

            fun size(s: Double) = (c * c + s * s).pow(power / 2) * (u * u + s * s).pow((1 - power) / 2)
            for (trace in traces) {
                for (i in 0 until 3) {
                    val expected = trace.points()[0].z()[i] * size(TO) / size(FROM)
                    trace.sample().values()[i] shouldBe (expected plusOrMinus 30 * 1e-8)
                }
            }
        }
        shouldThrow<IllegalArgumentException> { GuidanceRule.PLAIN.withRescale(1.1) }.message shouldBe
            "rescale must be at least 0 and at most 1, was 1.1"
        // In one dimension a row has no standard deviation, and D_w is not rescaled.
        val rows = Rows(1, 1)
        rows.append(doubleArrayOf(0.3), 0, 0.7)
        rows.condition(0, Condition(0, w))
        val out = DoubleArray(1).also { Guidance.of(TWO, GuidanceRule.PLAIN.withRescale(1.0)).denoise(rows, it) }
        out[0] shouldBe (guided(0.3, 0.7, 0, w) plusOrMinus 1e-14)
    }

    "rescaling is continuous in the weight, also at 0 and 1, where it counts the branches that it needs" {
        // D_c has the standard deviation 2, and D_u the deviation 1 and another mean.
        val fixed = object : Denoiser {
            override fun dimension() = 2

            override fun classes() = 1

            override fun denoise(rows: Rows, out: DoubleArray) {
                for (row in 0 until rows.count()) {
                    val (mean, std) = if (rows.condition(row) == null) 3.0 to 1.0 else 0.5 to 2.0
                    out[2 * row] = mean - std
                    out[2 * row + 1] = mean + std
                }
            }
        }
        for (phi in listOf(0.5, 1.0)) {
            val guided = Guidance.of(fixed, GuidanceRule.PLAIN.withRescale(phi))
            val weights = listOf(-1e-9, 0.0, 1e-9, 1 - 1e-9, 1.0, 1 + 1e-9)
            val rows = Rows(2, weights.size)
            for ((row, w) in weights.withIndex()) {
                rows.append(doubleArrayOf(0.3, 0.4), 0, 0.7)
                rows.condition(row, Condition(0, w))
            }
            val out = DoubleArray(2 * weights.size).also { guided.denoise(rows, it) }
            for ((row, w) in weights.withIndex()) {
                val (mean, std) = 3 + w * (0.5 - 3) to 1 + w
                val factor = 1 - phi + phi * 2 / std
                out[2 * row] shouldBe (factor * (mean - std) plusOrMinus 1e-14)
                out[2 * row + 1] shouldBe (factor * (mean + std) plusOrMinus 1e-14)
                val evaluations = if (w == 1.0) 1 else 2
                guided.evaluations(rows.condition(row)) shouldBe evaluations
                guided.evaluations(rows.condition(row), 0.7) shouldBe evaluations
            }
        }
        Guidance.of(fixed).evaluations(Condition(0, 0.0)) shouldBe 1
    }

    "certificates count both branches, and only one if one is sufficient" {
        val solver = FixedStep(Scheme.HEUN, 9)
        val plain = sampler(TWO) { solver(solver) }.samples(0, 1).blockLast()!!.certificate().calls()
        val requests = listOf(0.0, 1.0, 2.0).map { Request.of(0, 0).withCondition(Condition(1, it)) }
        val samples = guidedSampler(TWO) { solver(solver) }.samples(Flux.fromIterable(requests)).all()
        samples.map { it.certificate().calls() } shouldBe listOf(plain, plain, 2 * plain)
        samples.map { it.certificate().rounds() }.distinct().size shouldBe 1
        val watched = Watched(TWO)
        val rows = mutableListOf<Int>()
        val counting = object : Denoiser by watched {
            override fun classes() = 2

            override fun denoise(batch: Rows, out: DoubleArray) {
                rows += batch.count()
                watched.denoise(batch, out)
            }
        }
        val one = guidedSampler(counting) { radius(1.0).condition(Condition(1, 2.0)) }.samples(0, 1).blockLast()!!
        one.certificate().calls() shouldBe rows.sum().toLong()
        rows.distinct() shouldBe listOf(2)
    }

    "samples of an unguided denoiser equal those of guidance 1 and of guidance 0, bit for bit" {
        val condition = Condition(1)
        sampler(TWO) { condition(condition) }.samples(0, 5).all().map { it.bits() } shouldBe
            sampler(Guidance.of(TWO)) { condition(condition) }.samples(0, 5).all().map { it.bits() }
        sampler(TWO).samples(0, 5).all().map { it.bits() } shouldBe
            sampler(Guidance.of(TWO)) { condition(condition.withGuidance(0.0)) }.samples(0, 5).all().map { it.bits() }
    }

    "guidance of an asynchronous denoiser gives the same bits and passes its errors on" {
        fun async(answer: (Rows) -> Publisher<DoubleArray>) = object : AsyncDenoiser {
            override fun dimension() = 1

            override fun classes() = 2

            override fun moments() = TWO.moments()

            override fun denoise(rows: Rows) = answer(rows)
        }

        fun samples(denoiser: AsyncDenoiser) = Sampler.builder(Guidance.of(denoiser)).noiseRange(FROM, TO)
            .solver(Sliding(1e-8)).condition(Condition(0, 2.0)).build().samples(0, 8).all()

        val good = async { rows ->
            Mono.fromCallable { DoubleArray(rows.count()).also { TWO.denoise(rows, it) } }
                .subscribeOn(Schedulers.parallel())
        }
        samples(good).map { it.bits() } shouldBe
            guidedSampler(TWO) { condition(Condition(0, 2.0)) }.samples(0, 8).all().map { it.bits() }
        val short = samples(async { rows -> Mono.just(DoubleArray(rows.count() - 1)) })
        short.map { it.certificate().failure()!!.kind() }.distinct() shouldBe listOf(Failure.Kind.DENOISER_ERROR)
        val mute = samples(async { Mono.empty() })
        mute.all { it.failed() } shouldBe true
    }

    "an asynchronous denoiser sees the context of its subscribers, and plain subscribers work as well" {
        val asking = object : AsyncDenoiser {
            override fun dimension() = 1

            override fun classes() = 1

            override fun denoise(rows: Rows): Publisher<DoubleArray> = Mono.deferContextual { context ->
                Mono.just(DoubleArray(rows.count()) { context.getOrDefault("key", 0.0)!! })
            }
        }
        val rows = Rows(1, 1)
        rows.append(doubleArrayOf(0.3), 0, 1.0)
        rows.condition(0, Condition(0, 2.0))
        val guided = Guidance.of(asking).denoise(rows)
        Mono.from(guided).contextWrite { it.put("key", 5.0) }.block()!!.toList() shouldBe listOf(5.0)
        val answers = mutableListOf<Double>()
        guided.subscribe(object : Subscriber<DoubleArray> {
            override fun onSubscribe(subscription: Subscription) = subscription.request(1)

            override fun onNext(answer: DoubleArray) {
                answers += answer.toList()
            }

            override fun onError(error: Throwable) = throw error

            override fun onComplete() = Unit
        })
        answers shouldBe listOf(0.0)
    }

    "an unknown condition is rejected when the sampler is built, and one of a request fails its sample" {
        val none =
            "label must be absent, as the denoiser has no classes, was 3; leave out label, or use a " +
                "denoiser whose classes() is greater than 0"
        val large = "label must be below 2, the number of classes of the denoiser, was 2; give one of 0 to 1"
        val unguided = "guidance must be 1, as the denoiser does not support guidance, was 2.0; wrap the denoiser: " +
            "Guidance.of(denoiser)"
        shouldThrow<IllegalArgumentException> { sampler(bimodal()) { condition(Condition(3)) } }.message shouldBe none
        shouldThrow<IllegalArgumentException> { sampler(TWO) { condition(Condition(2)) } }.message shouldBe large
        shouldThrow<IllegalArgumentException> { sampler(TWO) { condition(Condition(0, 2.0)) } }.message shouldBe
            unguided
        shouldThrow<IllegalArgumentException> { Guidance.of(bimodal()) }

        fun answer(denoiser: Denoiser, condition: Condition) = sampler(denoiser)
            .samples(Flux.just(Request.of(0, 0), Request.of(0, 1).withCondition(condition))).all()
        for ((denoiser, condition, message) in listOf(
            Triple(bimodal(), Condition(3), none),
            Triple(TWO, Condition(2), large),
            Triple(TWO, Condition(1, 2.0), unguided),
        )) {
            val (free, bound) = answer(denoiser, condition)
            free.failed() shouldBe false
            bound.certificate().failure()!!.kind() shouldBe Failure.Kind.BAD_REQUEST
            bound.certificate().failure()!!.message() shouldBe "request: $message"
            bound.certificate().calls() shouldBe 0
        }
    }

    "samples, traces, decoding, requests without a condition, and the pilot use the sampler's condition" {
        val sampler = guidedSampler(TWO) { condition(Condition(1, 2.0)).solver(Budget(12)) }
        // A row of the pilot takes two evaluations.
        val plain = sampler(TWO) { noiseRange(FROM, TO).solver(Budget(12)).condition(Condition(1)) }.plan().pilotCalls()
        (sampler.plan().pilotCalls() > plain) shouldBe true
        val samples = sampler.samples(0, 4).all()
        val own = Flux.range(0, 4).map { Request.of(0, it.toLong()) }
        sampler.samples(own).all().map { it.bits() } shouldBe samples.map { it.bits() }
        val traces = sampler.traces(0, 4).collectList().block()!!
        traces.map { it.sample().bits() } shouldBe samples.map { it.bits() }
        sampler.decode(traces.map { it.points()[0].z() }.toTypedArray()).all().map { it.bits() } shouldBe
            samples.map { it.bits() }
    }
})
