package io.scoreflux

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import io.kotest.matchers.shouldBe
import io.scoreflux.error.Failure
import io.scoreflux.model.Denoiser
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.solve.Solver
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows
import io.scoreflux.stream.Order
import org.reactivestreams.Subscription
import reactor.core.publisher.BaseSubscriber
import reactor.core.publisher.Flux
import reactor.test.StepVerifier
import reactor.test.publisher.TestPublisher
import java.util.Optional
import java.util.concurrent.atomic.AtomicLong
import kotlin.random.Random

/** Samples from a stream of requests. */
class RequestsSpec : StringSpec({
    val target = threeModes()

    fun SamplerBuilder.small() = solver(Sliding(1e-5)).concurrency(6).prefetch(2)

    fun Flux<Sample>.all() = collectList().block()!!

    "each sample has the seed and index of its request, and samples keep the order of the requests" {
        val random = Random(1)
        val requests = List(50) { Request.of(random.nextLong(4), random.nextLong(20)) }
        val bySeed = (0L until 4L).associateWith { sampler(target) { small().seed(it) }.samples(0, 20).all() }
        val answers = sampler(target) { small().seed(99) }.samples(Flux.fromIterable(requests)).all()
        answers.map { it.index() } shouldBe requests.map { it.index() }
        answers.map { it.bits() } shouldBe requests.map { bySeed.getValue(it.seed())[it.index().toInt()].bits() }
    }

    "AS_READY delivers a sample for each request, also if seeds share an index" {
        val requests = List(50) { Request.of(it.toLong(), 7) }
        val answers =
            sampler(target) { small().order(Order.AS_READY) }.samples(Flux.fromIterable(requests)).all()
        answers.map { it.request().get() } shouldContainExactlyInAnyOrder requests
        for (answer in answers) {
            val alone = sampler(target) { small().seed(answer.request().get().seed()) }.samples(7, 8).blockLast()!!
            answer.bits() shouldBe alone.bits()
            alone.request().isPresent shouldBe false
        }
    }

    "a request with a tolerance gives the sample of a sampler with that tolerance" {
        val tolerances = listOf(1e-3, 1e-6, 1e-9)
        for (solver in listOf<Solver>(Sliding(1e-4), Picard(1e-4), Parallel(1e-4))) {
            val requests = List(12) { Request.of(0, it.toLong()).withTolerance(tolerances[it % 3]) }
            val answers = sampler(target) { solver(solver) }.samples(Flux.fromIterable(requests)).all()
            for ((k, answer) in answers.withIndex()) {
                val alone = sampler(target) { solver(solver.withTolerance(tolerances[k % 3])) }
                    .samples(k.toLong(), k + 1L).blockLast()!!
                answer.bits() shouldBe alone.bits()
                answer.certificate() shouldBe alone.certificate()
            }
        }
    }

    "a request that the sampler cannot serve fails its own sample" {
        val requests = listOf(Request.of(0, 0), Request.of(0, 1).withTolerance(1e-3), Request.of(0, 2))
        val answers = sampler(target) { solver(FixedStep(Scheme.HEUN, 8)) }.samples(Flux.fromIterable(requests)).all()
        answers.map { it.failed() } shouldBe listOf(false, true, false)
        val failure = answers[1].certificate().failure()!!
        failure.kind() shouldBe Failure.Kind.BAD_REQUEST
        failure.message() shouldBe
            "request: tolerance must not be given for the solver heun, which has no tolerance, was 0.001; omit it"
        val tooFine = sampler(target).samples(Flux.just(Request.of(0, 0).withTolerance(1e-300))).blockLast()!!
        tooFine.certificate().failure()!!.message() shouldBe "request: tolerance must be in [1e-14, 1.0), was 1e-300"
        tooFine.certificate().calls() shouldBe 0
    }

    "the denoiser sees the condition of each row, regardless of the other rows" {
        // Class c is a Gaussian around 10 c, and rows without a class are one around 0, so that D is linear in z and known.
        val conditional = object : Denoiser {
            override fun dimension() = 1

            override fun classes() = 4

            override fun moments() = Optional.empty<io.scoreflux.model.Moments>()

            override fun denoise(rows: Rows, out: DoubleArray) {
                for (row in 0 until rows.count()) {
                    val mean = 10.0 * (rows.condition(row)?.label() ?: 0)
                    val s2 = rows.sigma(row) * rows.sigma(row)
                    out[row] = mean + 0.25 / (0.25 + s2) * (rows.values()[row] - mean)
                }
            }
        }
        val sampler = sampler(conditional) { radius(0.5).solver(Sliding(1e-8)).concurrency(10) }
        val requests = List(40) {
            val plain = Request.of(7, it.toLong())
            if (it % 4 == 0) plain else plain.withCondition(Condition(it % 4))
        }
        val answers = sampler.samples(Flux.fromIterable(requests)).all()
        val starts = sampler.traces(0, 1)
        for ((k, answer) in answers.withIndex()) {
            val mean = 10.0 * (k % 4)
            // Six standard deviations: the probability that any of 40 rows exceeds them is 1e-7.
            (answer.values()[0] - mean) * (answer.values()[0] - mean) shouldBeLessThanOrEqualTo 36 * 0.25
            answer.certificate().status() shouldBe Status.CONVERGED
        }
        starts.blockLast()!!.sample().failed() shouldBe false
    }

    "no more requests are requested from the publisher than may be in progress" {
        val asked = AtomicLong()
        val endless = Flux.generate<Request, Long>({ 0L }) { k, sink ->
            sink.next(Request.of(0, k))
            k + 1
        }.doOnRequest { asked.addAndGet(it) }
        val subscriber = object : BaseSubscriber<Sample>() {
            override fun hookOnSubscribe(subscription: Subscription) = Unit
        }
        sampler(target) { small() }.samples(endless).subscribe(subscriber)
        asked.get() shouldBe 0
        subscriber.request(1)
        asked.get() shouldBe 1
        // The prefetch is 2, but at most the number requested before.
        subscriber.request(3)
        asked.get() shouldBe 5
        subscriber.request(3)
        asked.get() shouldBe 9
    }

    "requests that arrive one by one are served at once, and completion waits for them" {
        val requests = TestPublisher.create<Request>()
        StepVerifier
            .create(sampler(target) { small() }.samples(requests.flux()).map { it.index() })
            .then { requests.next(Request.of(0, 5)) }
            .expectNext(5)
            .then { requests.next(Request.of(0, 2), Request.of(0, 9)) }
            .expectNext(2, 9)
            .then { requests.complete() }
            .verifyComplete()
    }

    "an error of the publisher fails the stream, and cancelling the stream cancels the publisher" {
        StepVerifier
            .create(
                sampler(target).samples(Flux.concat(Flux.just(Request.of(0, 0)), Flux.error(Exception("gone")))).then(),
            )
            .verifyErrorMessage("gone")
        val requests = TestPublisher.create<Request>()
        val subscription = sampler(target).samples(requests.flux()).subscribe()
        requests.assertSubscribers(1)
        subscription.dispose()
        requests.assertCancelled()
    }

    "a pilot runs before the first request is requested" {
        val anonymous = Denoiser.rowwise(2) { z, sigma, out ->
            val row = Rows(2, 1)
            row.append(z, 0, sigma)
            target.denoise(row, out)
        }
        val samples = sampler(anonymous) { small() }.samples(0, 3).all()
        val asked = sampler(anonymous) { small() }.samples(Flux.range(0, 3).map { Request.of(0, it.toLong()) }).all()
        asked.map { it.bits() } shouldBe samples.map { it.bits() }
    }

    "invalid requests are rejected with name and value" {
        shouldThrow<IllegalArgumentException> { Request.of(0, -1) }.message shouldBe "index must be at least 0, was -1"
        shouldThrow<IllegalArgumentException> { Request.of(0, 0).withTolerance(-1.0) }.message shouldBe
            "tolerance must be greater than 0 and below 1, relative to the radius of the data, was -1.0"
        shouldThrow<IllegalArgumentException> { Condition(1, Double.NaN) }.message shouldBe
            "guidance must be finite, was NaN"
        shouldThrow<IllegalArgumentException> { Condition(-1) }.message shouldBe "label must be at least 0, was -1"
    }
})
