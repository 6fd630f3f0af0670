package io.scoreflux

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeSorted
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.collections.shouldNotBeSorted
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeInstanceOf
import io.scoreflux.error.Failure
import io.scoreflux.error.SampleFailedException
import io.scoreflux.model.Denoiser
import io.scoreflux.model.at
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.stream.FaultPolicy
import io.scoreflux.stream.Order
import reactor.core.publisher.Flux
import reactor.test.StepVerifier

/** The order of delivery, and the policy for failed samples. */
class DeliverySpec : StringSpec({
    val mixture = threeModes()

    /** A denoiser that returns NaN for trajectories in the plane that end on the left of x = -0.2, which are about half of them. */
    val halfDead = Denoiser.rowwise(2) { z, sigma, out ->
        if (sigma < 0.1 && z[0] < -0.2) out.fill(Double.NaN) else mixture.at(sigma, *z).copyInto(out)
    }

    fun SamplerBuilder.small() = solver(Sliding(1e-5)).concurrency(8).prefetch(5).radius(1.0)

    fun Flux<Sample>.all() = collectList().block()!!

    "AS_READY delivers the same samples in another order" {
        val ordered = sampler(mixture) { small() }.samples(3, 103).all()
        val ready = sampler(mixture) { small().order(Order.AS_READY) }.samples(3, 103).all()
        ordered.map { it.index() }.shouldBeSorted()
        ready.map { it.index() }.shouldNotBeSorted()
        ready.map { it.index() to it.values().toList() } shouldContainExactlyInAnyOrder
            ordered.map { it.index() to it.values().toList() }
    }

    "a sampler states its order" {
        sampler(mixture).order() shouldBe Order.BY_INDEX
        sampler(mixture) { order(Order.AS_READY) }.order() shouldBe Order.AS_READY
    }

    "AS_READY delivers the first finished sample without waiting for slower ones" {
        val ordered = sampler(mixture) { small() }.samples(0, 40).all()
        // The first eight samples start together, with one call for each round, so the one with the fewest calls is the first to finish.
        val quickest = ordered.take(8).minOf { it.certificate().calls() }
        val first = sampler(mixture) { small().order(Order.AS_READY) }.samples(0, 40).blockFirst()!!
        first.certificate().calls() shouldBe quickest
    }

    val samples = sampler(halfDead) { small() }.samples(0, 60).all()
    val dead = samples.filter { it.failed() }.map { it.index() }
    val alive = samples.filterNot { it.failed() }.map { it.index() }

    "failed samples are delivered by default, and reading their values throws" {
        samples.map { it.index() } shouldBe (0L until 60L).toList()
        (dead.size in 15..45) shouldBe true
        val thrown = shouldThrow<SampleFailedException> { samples[dead.first().toInt()].values() }
        thrown.failure().kind() shouldBe Failure.Kind.NON_FINITE_ANSWER
    }

    "failStream ends the stream at the place of the failed sample" {
        StepVerifier
            .create(sampler(halfDead) { small().faults(FaultPolicy.failStream()) }.samples(0, 60).map { it.index() })
            .expectNextSequence(alive.filter { it < dead.first() })
            .consumeErrorWith {
                it.shouldBeInstanceOf<SampleFailedException>().failure().kind() shouldBe Failure.Kind.NON_FINITE_ANSWER
            }.verify()
    }

    "skip leaves failed samples out and calls the listener for each" {
        val told = ArrayList<Long>()
        val skipping = FaultPolicy.skip { index, failure ->
            failure.kind() shouldBe Failure.Kind.NON_FINITE_ANSWER
            told.add(index)
        }
        val delivered = sampler(halfDead) { small().faults(skipping) }.samples(0, 60).all()
        delivered.map { it.index() } shouldBe alive
        told shouldBe dead
    }

    "a skipped sample does not count as delivered" {
        val skipping = FaultPolicy.skip { _, _ -> }
        StepVerifier
            .create(sampler(halfDead) { small().faults(skipping) }.samples(0, 60).map { it.index() }, 0)
            .thenRequest(7)
            .expectNextSequence(alive.take(7))
            .thenRequest(5)
            .expectNextSequence(alive.subList(7, 12))
            .thenCancel()
            .verify()
    }

    "an exception of the listener fails the stream" {
        val skipping = FaultPolicy.skip { index, _ -> error("no more than $index") }
        StepVerifier
            .create(sampler(halfDead) { small().faults(skipping).order(Order.AS_READY) }.samples(0, 60))
            .thenConsumeWhile { !it.failed() }
            .verifyErrorSatisfies { it.shouldBeInstanceOf<IllegalStateException>() }
    }
})
