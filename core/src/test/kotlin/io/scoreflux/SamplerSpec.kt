package io.scoreflux

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import io.scoreflux.error.Failure
import io.scoreflux.error.SampleFailedException
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.ParallelDenoiser
import io.scoreflux.reject.CorrectedSolver
import io.scoreflux.reject.Fors
import io.scoreflux.reject.ForsCorrector
import io.scoreflux.reject.Metropolis
import io.scoreflux.reject.Slopes
import io.scoreflux.reject.StepRule
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.solve.Machine
import io.scoreflux.solve.PreparedSolver
import io.scoreflux.solve.Problem
import io.scoreflux.solve.Solver
import io.scoreflux.solve.SolverState
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.picard.PicardWindows
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Rows
import org.reactivestreams.Subscription
import reactor.core.CoreSubscriber
import reactor.core.publisher.BaseSubscriber
import reactor.core.scheduler.Schedulers
import reactor.test.StepVerifier
import java.time.Duration
import java.util.Optional
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.math.abs
import kotlin.math.sqrt

class SamplerSpec : StringSpec({
    beforeSpec { StepVerifier.setDefaultTimeout(Duration.ofSeconds(60)) }

    val solvers: List<Solver> =
        listOf(
            Sliding(1e-5),
            Picard(1e-5),
            PicardWindows(8, 4, 3),
            Fors(0.1),
            CorrectedSolver(Sliding(1e-3), ForsCorrector(0.1)),
            CorrectedSolver(FixedStep(Scheme.HEUN, 12), Metropolis(3, 0.5, Metropolis.Form.BARKER, 0.5)),
        ) + Scheme.entries.map { FixedStep(it, 12) }

    "computes nothing before a request" {
        val watched = Watched(threeModes())
        StepVerifier
            .create(sampler(watched).samples(0, 3), 0)
            .then { watched.calls.get() shouldBe 0 }
            .thenRequest(1)
            .expectNextCount(1)
            .thenRequest(2)
            .expectNextCount(2)
            .verifyComplete()
    }

    "the calls of the pilot of rejection sampling are counted in the plan and not in the samples" {
        val solver = Fors(0.3, 0.5, Slopes.secants(2), StepRule.Pilot(64))
        val sampler = sampler(bimodal()) { solver(solver) }
        val samples = sampler.samples(0, 3).collectList().block(Duration.ofSeconds(60))!!
        // A chain takes at least ten steps of one call each.
        (sampler.plan().pilotCalls() > 640) shouldBe true
        samples.forEach { sample ->
            val coin = sample.certificate().rejection()!!
            sample.certificate().calls() shouldBe coin.draws() + coin.weights()
        }
    }

    "is cold: each of two subscribers starts its own computation of the same samples" {
        val flux = sampler(threeModes()).samples(0, 5)
        val first = flux.collectList().block()!!.map { it.bits() }
        val second = flux.collectList().block()!!.map { it.bits() }
        first shouldBe second
    }

    for (solver in solvers) {
        "${solver.name()}: sample k does not depend on batch size, concurrency, demand, threads or start index" {
            val whole = sampler(threeModes()) { solver(solver).seed(7) }.samples(0, 12).collectList().block()!!
            whole.map { it.index() } shouldContainExactly (0L until 12L).toList()
            val expected = whole.map { it.bits() to it.certificate() }
            for (rows in listOf(1, 7, 256)) {
                val other =
                    sampler(threeModes()) { solver(solver).seed(7).maxRows(rows).concurrency(rows).prefetch(rows % 3) }
                other.samples(0, 12).collectList().block()!!.map { it.bits() to it.certificate() } shouldBe expected
                other.samples(5, 12).collectList().block()!!.map { it.bits() to it.certificate() } shouldBe
                    expected.drop(5)
                other.samples().take(3).collectList().block()!!.map { it.bits() to it.certificate() } shouldBe
                    expected.take(3)
            }
            ParallelDenoiser(threeModes(), 2).use { twoThreads ->
                val other = sampler(twoThreads) { solver(solver).seed(7) }
                other.samples(0, 12).collectList().block()!!.map { it.bits() to it.certificate() } shouldBe expected
            }
            val steps = StepVerifier.create(sampler(threeModes()) { solver(solver).seed(7) }.samples(0, 12), 0)
            var expectation: StepVerifier.Step<Sample> = steps
            for (n in listOf(1, 3, 1, 7)) {
                expectation = expectation.thenRequest(n.toLong()).expectNextCount(n.toLong())
            }
            expectation.verifyComplete()
        }
    }

    "adaptive collocation gives the same bits for every number of stages" {
        fun run(stages: Int) =
            sampler(threeModes()) { stages(stages) }.samples(0, 6).collectList().block()!!.map {
                it.bits() to
                    it.certificate()
            }
        val one = run(1)
        for (stages in listOf(2, 4, 9)) {
            run(stages) shouldBe one
        }
    }

    "another seed gives other samples" {
        val a = sampler(bimodal()) { seed(1) }.samples(0, 1).blockLast()!!
        val b = sampler(bimodal()) { seed(2) }.samples(0, 1).blockLast()!!
        (a.bits() == b.bits()) shouldBe false
    }

    "samples have the distribution of the mixture" {
        // Kolmogorov-Smirnov at a fixed seed: for the exact distribution, the statistic is below 1.63 / sqrt(n) with probability 0.99.
        val n = 4_000
        val target = bimodal()
        val values = sampler(target).samples(0, n.toLong()).map { it.values()[0] }.collectList().block()!!.sorted()

        // The distribution at sigma 0.02, whose components are wider by 0.02.
        fun cdf(x: Double): Double {
            val normal = { mean: Double, std: Double ->
                val total = sqrt(std * std + 0.02 * 0.02)
                org.apache.commons.statistics.distribution.NormalDistribution.of(mean, total).cumulativeProbability(x)
            }
            return 0.6 * normal(-1.0, 0.3) + 0.4 * normal(1.2, 0.4)
        }
        val distance = values.withIndex().maxOf { (i, x) ->
            maxOf(abs(cdf(x) - i.toDouble() / n), abs(cdf(x) - (i + 1.0) / n))
        }
        distance shouldBeLessThan 1.63 / sqrt(n.toDouble())
    }

    "decodes given states independently of each other" {
        val states = Array(5) { doubleArrayOf(10.0 - 4 * it, 3.0 * it) }
        val sampler = sampler(threeModes())
        val together = sampler.decode(states).collectList().block()!!
        for (k in 0 until 5) {
            sampler.decode(arrayOf(states[k])).blockLast()!!.bits() shouldBe together[k].bits()
        }
        shouldThrow<IllegalArgumentException> { sampler.decode(arrayOf(doubleArrayOf(1.0))) }.message shouldContain
            "states[0]"
    }

    "the certificate counts every row of the denoiser" {
        var rows = 0L
        val watched = Watched(threeModes()) { rows += it.count() }
        val samples = sampler(watched) { prefetch(0) }.samples(0, 20).collectList().block()!!
        samples.sumOf { it.certificate().calls() } shouldBe rows
    }

    "merges the queries of all trajectories and stages into one call" {
        val watched = Watched(threeModes())
        val samples = sampler(watched) { prefetch(0) }.samples(0, 20).collectList().block()!!
        // Each call serves one round of all trajectories, so there are as many calls as the longest trajectory has rounds.
        watched.calls.get() shouldBe samples.maxOf { it.certificate().rounds() }.toInt()
    }

    "no call has more than maxRows rows" {
        var most = 0
        val watched = Watched(threeModes()) { most = maxOf(most, it.count()) }
        sampler(watched) { maxRows(5) }.samples(0, 10).blockLast()
        most shouldBeLessThanOrEqual 5
    }

    "a row of NaN fails its own sample with its noise level" {
        val target = threeModes()
        val clean = sampler(target).samples(0, 8).collectList().block()!!
        val poisoned = Watched(target, after = { rows, out ->
            for (row in 0 until rows.count()) {
                // The right half plane is NaN below sigma 1.
                if (rows.sigma(row) < 1 && rows.values()[2 * row] > 0) out[2 * row + 1] = Double.NaN
            }
        })
        val samples = sampler(poisoned).samples(0, 8).collectList().block()!!
        samples.map { it.index() } shouldContainExactly (0L until 8L).toList()
        samples.count { it.failed() } shouldBe samples.count { it.certificate().status() == Status.FAILED }
        (samples.count { it.failed() } in 1..7) shouldBe true
        for ((sample, good) in samples.zip(clean)) {
            if (sample.failed()) {
                val failure = sample.certificate().failure()!!
                failure.kind() shouldBe Failure.Kind.NON_FINITE_ANSWER
                failure.place() shouldBe "sigma ${failure.sigma()}"
                shouldThrow<SampleFailedException> { sample.values() }.message shouldContain
                    "sample ${sample.index()} failed"
            } else {
                sample.bits() shouldBe good.bits()
            }
        }
    }

    "rows left unwritten fail their samples" {
        val target = threeModes()
        val lazy = object : Denoiser {
            override fun dimension() = 2

            // The denoiser writes only the first row.
            override fun denoise(rows: Rows, out: DoubleArray) {
                val first = Rows(2, 1)
                first.appendAll(rows, 0, 1)
                target.denoise(first, out)
            }
        }
        val samples = sampler(lazy) { prefetch(0).radius(1.0) }.samples(0, 3).collectList().block()!!
        samples.map { it.certificate().failure()?.kind() }.toSet() shouldBe setOf(Failure.Kind.NON_FINITE_ANSWER)
    }

    "a row that makes the denoiser throw fails its own sample, and bisection finds it" {
        val target = threeModes()
        val clean = sampler(target).samples(0, 16).collectList().block()!!
        val touchy = Watched(target) { rows ->
            for (row in 0 until rows.count()) {
                check(rows.sigma(row) > 0.5 || rows.values()[2 * row] <= 0) { "cannot answer here" }
            }
        }
        val samples = sampler(touchy).samples(0, 16).collectList().block()!!
        (samples.count { it.failed() } in 1..15) shouldBe true
        for ((sample, good) in samples.zip(clean)) {
            if (sample.failed()) {
                val failure = sample.certificate().failure()!!
                failure.kind() shouldBe Failure.Kind.DENOISER_ERROR
                failure.cause().shouldBeInstanceOf<IllegalStateException>()
            } else {
                sample.bits() shouldBe good.bits()
            }
        }
    }

    "a denoiser that always throws fails every sample and ends the stream" {
        val broken = Watched(threeModes()) { error("out of order") }
        val samples = sampler(broken).samples(0, 5).collectList().block()!!
        samples.map { it.certificate().failure()?.kind() }.toSet() shouldBe setOf(Failure.Kind.DENOISER_ERROR)
    }

    "an error of the virtual machine ends the stream" {
        val dying = Watched(threeModes()) { throw OutOfMemoryError("for the test") }
        StepVerifier.create(sampler(dying).samples(0, 5)).verifyError(OutOfMemoryError::class.java)
    }

    "cancelling stops the calls" {
        val watched = Watched(threeModes())
        var atCancel = -1
        val subscriber = object : BaseSubscriber<Sample>() {
            override fun hookOnSubscribe(subscription: Subscription) = requestUnbounded()

            override fun hookOnNext(value: Sample) {
                cancel()
                atCancel = watched.calls.get()
            }
        }
        sampler(watched).samples().subscribe(subscriber)
        watched.calls.get() shouldBe atCancel
    }

    "cancelling from another thread during a call stops after that call" {
        val inCall = CountDownLatch(1)
        val cancelled = CountDownLatch(1)
        val watched = Watched(threeModes()) {
            inCall.countDown()
            cancelled.await(30, TimeUnit.SECONDS) shouldBe true
        }
        val ended = CountDownLatch(1)
        val subscription = sampler(watched)
            .samples()
            .subscribeOn(Schedulers.boundedElastic())
            .doOnNext { error("nothing should arrive") }
            .doFinally { ended.countDown() }
            .subscribe()
        inCall.await(30, TimeUnit.SECONDS) shouldBe true
        subscription.dispose()
        cancelled.countDown()
        ended.await(30, TimeUnit.SECONDS) shouldBe true
        watched.calls.get() shouldBe 1
    }

    "concurrent requests from many threads lose and repeat no sample" {
        val total = 200L
        val received = ArrayList<Long>()
        val done = CountDownLatch(1)
        val subscriber = object : BaseSubscriber<Sample>() {
            override fun hookOnSubscribe(subscription: Subscription) = Unit

            // Signals are serial, so a plain list is sufficient.
            override fun hookOnNext(value: Sample) {
                received.add(value.index())
            }

            override fun hookOnComplete() = done.countDown()
        }
        sampler(bimodal()) { solver(FixedStep(Scheme.EULER, 4)) }.samples(0, total).subscribe(subscriber)
        val threads = List(4) { Thread { repeat((total / 4).toInt()) { subscriber.request(1) } } }
        threads.forEach { it.start() }
        threads.forEach { it.join() }
        done.await(30, TimeUnit.SECONDS) shouldBe true
        received shouldContainExactly (0 until total).toList()
    }

    // A machine that throws in one of its methods, for sample 1 alone.
    class Faulty(val where: String) : Solver {
        override fun name() = "faulty"

        override fun prepare(problem: Problem): PreparedSolver {
            val euler = FixedStep(Scheme.EULER, 4).prepare(problem)
            return object : PreparedSolver {
                override fun stopLevels(): DoubleArray = euler.stopLevels()

                override fun start(state: SolverState): Machine {
                    val inner = euler.start(state)

                    fun check(method: String) = check(method != where || state.index() != 1L) { "faulty $method" }
                    return object : Machine {
                        override fun target(sigma: Double) {
                            check("aim")
                            inner.target(sigma)
                        }

                        override fun done() = inner.done()

                        override fun ask(append: Rows): Int {
                            val rows = inner.ask(append)
                            check("ask")
                            return rows
                        }

                        override fun tell(asked: Rows, answers: DoubleArray, firstRow: Int) {
                            check("tell")
                            inner.tell(asked, answers, firstRow)
                        }
                    }
                }
            }
        }
    }
    for (where in listOf("aim", "ask", "tell")) {
        "a solver that throws in $where fails its own sample" {
            val samples = sampler(bimodal()) { solver(Faulty(where)) }.samples(0, 4).collectList().block()!!
            samples.map { it.failed() } shouldBe listOf(false, true, false, false)
            samples[1].certificate().failure()!!.kind() shouldBe Failure.Kind.SOLVER_ERROR
            val good = sampler(bimodal()) { solver(FixedStep(Scheme.EULER, 4)) }.samples(0, 4).collectList().block()!!
            for (k in listOf(0, 2, 3)) samples[k].bits() shouldBe good[k].bits()
        }
    }

    "a subscriber that throws is cancelled, and the caller of request gets the exception" {
        val watched = Watched(bimodal())
        val subscriber = object : CoreSubscriber<Sample> {
            lateinit var subscription: Subscription

            override fun onSubscribe(s: Subscription) {
                subscription = s
            }

            override fun onNext(sample: Sample): Unit = error("subscriber out of order")

            override fun onError(e: Throwable) = Unit

            override fun onComplete() = Unit
        }
        sampler(watched).samples().subscribe(subscriber)
        shouldThrow<IllegalStateException> { subscriber.subscription.request(1) }.message shouldBe
            "subscriber out of order"
        val calls = watched.calls.get()
        subscriber.subscription.request(5)
        watched.calls.get() shouldBe calls
    }

    "a request of 0 in mid-stream fails the stream" {
        val errors = ArrayList<Throwable>()
        val subscriber = object : CoreSubscriber<Sample> {
            lateinit var subscription: Subscription

            override fun onSubscribe(s: Subscription) {
                subscription = s
            }

            override fun onNext(sample: Sample) = Unit

            override fun onError(e: Throwable) {
                errors.add(e)
            }

            override fun onComplete() = Unit
        }
        sampler(bimodal()).samples(0, 9).subscribe(subscriber)
        subscriber.subscription.request(1)
        subscriber.subscription.request(0)
        errors.single().message shouldContain "n must be greater than 0 in request(n) (rule 3.9), was 0"
    }

    "rejects moments of another dimension and a noise level above the denoiser's limit" {
        val moments = bimodal().moments().get()
        val wrong = object : Denoiser {
            override fun dimension() = 2

            override fun denoise(rows: Rows, out: DoubleArray) = Unit

            override fun moments() = Optional.of(moments)
        }
        shouldThrow<IllegalArgumentException> { sampler(wrong) }.message shouldContain "dimension 2, was 1"
        val limited = object : Denoiser {
            override fun dimension() = 1

            override fun denoise(rows: Rows, out: DoubleArray) = Unit

            override fun maxSigma() = 19.0
        }
        shouldThrow<IllegalStateException> { sampler(limited) { radius(1.0) } }.message shouldContain
            "fromSigma must be at most 19.0"
    }

    "shifting the data shifts the samples and changes neither cost nor accuracy" {
        // The solver must not depend on the origin. 1e4 costs four digits of rounding.
        for (solver in listOf(Picard(1e-4), Picard(1e-7))) {
            fun run(offset: Double): List<Sample> {
                val moved = GaussianMixture.builder(
                    1,
                ).component(
                    0.6,
                    doubleArrayOf(offset - 1.0),
                    0.3,
                ).component(0.4, doubleArrayOf(offset + 1.2), 0.4).build()
                val states = Array(20) { doubleArrayOf(offset + 4.0 * (it - 9.5)) }
                return sampler(moved) { solver(solver) }.decode(states).collectList().block()!!
            }
            val home = run(0.0)
            for (offset in listOf(3.0, 100.0, 1e4)) {
                for ((far, near) in run(offset).zip(home)) {
                    abs(far.values()[0] - offset - near.values()[0]) shouldBeLessThan solver.tolerance() * 1.2
                    abs(far.certificate().calls() - near.certificate().calls()).toDouble() shouldBeLessThanOrEqual
                        0.2 * near.certificate().calls()
                }
            }
        }
    }

    "an empty range completes at once" {
        StepVerifier.create(sampler(bimodal()).samples(3, 3)).verifyComplete()
    }

    "rejects a missing noise range with the method to call" {
        val formula = Denoiser.rowwise(1) { z, s, out -> out[0] = z[0] / (1 + s * s) }
        shouldThrow<IllegalStateException> { Sampler.builder(formula).build() }.message shouldContain "noiseRange"
        val sample = Sampler.builder(formula).noiseRange(10.0, 0.1).radius(1.0).build().samples(0, 1).blockLast()!!
        sample.certificate().status() shouldBe Status.CONVERGED
    }

    "rejects invalid settings with name and value" {
        val builder = Sampler.builder(bimodal())
        shouldThrow<IllegalArgumentException> { builder.noiseRange(0.1, 0.1) }.message shouldContain "0.1 <= 0.1"
        shouldThrow<IllegalArgumentException> { builder.noiseRange(Double.NaN, 0.1) }.message shouldContain "fromSigma"
        shouldThrow<IllegalArgumentException> { builder.noiseRange(1.0, -0.1) }.message shouldContain "toSigma"
        shouldThrow<IllegalArgumentException> { builder.radius(-1.0) }.message shouldContain "radius"
        shouldThrow<IllegalArgumentException> { builder.stages(0) }.message shouldContain
            "stages must be at least 1 and at most 1000, was 0"
        shouldThrow<IllegalArgumentException> { builder.concurrency(0) }.message shouldContain "concurrency"
        shouldThrow<IllegalArgumentException> { builder.prefetch(-1) }.message shouldContain "prefetch"
        shouldThrow<IllegalArgumentException> { builder.maxRows(0) }.message shouldContain "maxRows"
        shouldThrow<IllegalArgumentException> { sampler(bimodal()).samples(-1) }.message shouldContain "from"
        shouldThrow<IllegalArgumentException> { sampler(bimodal()).samples(5, 4) }.message shouldContain "to"
    }
})
