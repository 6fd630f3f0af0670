package io.scoreflux.stream

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.scoreflux.Watched
import io.scoreflux.bimodal
import io.scoreflux.sampler
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import reactor.test.StepVerifier
import java.time.Duration

/** The exact order of requests, queries, emissions and cancellation. */
class SignalsSpec : StringSpec({
    beforeSpec { StepVerifier.setDefaultTimeout(Duration.ofSeconds(60)) }

    // Euler with two steps: each sample has two queries.
    fun run(width: Int, readAhead: Int, drive: StepVerifier.FirstStep<Long>.() -> StepVerifier): List<String> {
        val log = ArrayList<String>()
        val watched = Watched(bimodal()) { log.add("query ${it.count()}") }
        val samples = sampler(watched) {
            solver(FixedStep(Scheme.EULER, 2)).stages(2).concurrency(width).prefetch(readAhead)
        }.samples(0, 5).map { it.index() }
            .doOnRequest { log.add("request $it") }
            .doOnNext { log.add("emit $it") }
            .doOnCancel { log.add("cancel") }
            .doOnComplete { log.add("complete") }
        StepVerifier.create(samples, 0).drive().verify()
        return log
    }

    "one request at a time, without prefetch" {
        run(4, 0) {
            thenRequest(1).expectNext(0).thenRequest(2).expectNext(1, 2).thenCancel()
        } shouldBe listOf(
            "request 1",
            "query 1",
            "query 1",
            "emit 0",
            "request 2",
            "query 2",
            "query 2",
            "emit 1",
            "emit 2",
            "cancel",
        )
    }

    "the first request prefetches nothing; later requests prefetch, and prefetching pauses without demand" {
        run(4, 2) {
            thenRequest(1).expectNext(0).thenRequest(1).expectNext(1).thenRequest(1).expectNext(2).thenCancel()
        } shouldBe listOf(
            "request 1",
            "query 1",
            "query 1",
            "emit 0",
            // One sample was requested before, so one is prefetched.
            "request 1",
            "query 2",
            "query 2",
            "emit 1",
            // The sample is ready, and no call is made while there is no demand.
            "request 1",
            "emit 2",
            "cancel",
        )
    }

    "a concurrency of one computes the samples in turn" {
        run(1, 0) { thenRequest(Long.MAX_VALUE).expectNext(0, 1, 2, 3, 4).expectComplete() } shouldBe
            listOf("request ${Long.MAX_VALUE}") +
            (0..4).flatMap { listOf("query 1", "query 1", "emit $it") } + "complete"
    }

    "when a trajectory finishes, another takes its place at once" {
        // With concurrency 2, samples 0 and 1 share their calls, then 2 and 3, then 4.
        run(2, 0) { thenRequest(5).expectNext(0, 1, 2, 3, 4).expectComplete() } shouldBe listOf(
            "request 5",
            "query 2",
            "query 2",
            "emit 0",
            "emit 1",
            "query 2",
            "query 2",
            "emit 2",
            "emit 3",
            "query 1",
            "query 1",
            "emit 4",
            "complete",
        )
    }

    "the stream completes with the last sample and needs no further request" {
        run(8, 0) { thenRequest(5).expectNextCount(5).expectComplete() }.last() shouldBe "complete"
    }
})
