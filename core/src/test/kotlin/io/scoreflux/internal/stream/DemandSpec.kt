package io.scoreflux.internal.stream

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.int
import io.kotest.property.arbitrary.list
import io.kotest.property.arbitrary.long
import io.kotest.property.checkAll
import io.scoreflux.Plan
import io.scoreflux.bimodal
import io.scoreflux.internal.stream.TrajectoryFlux.Engine
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.Purpose
import io.scoreflux.solve.Problem
import io.scoreflux.solve.SolverRun
import io.scoreflux.solve.Trajectory
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.stream.Gateway
import io.scoreflux.stream.Order
import io.scoreflux.stream.StreamListener
import org.reactivestreams.Subscription
import reactor.core.publisher.BaseSubscriber
import java.util.concurrent.atomic.AtomicInteger

/** Runs the four steps of the Euler solver in two stages and counts the started trajectories. */
private class Started(width: Int, readAhead: Int, order: Order = Order.BY_INDEX) {
    val count = AtomicInteger()
    private val problem = Problem(1, 20.0, 0.02, 1.0)
    private val solver = FixedStep(Scheme.EULER, 4).prepare(problem)
    val received = ArrayList<Long>()
    val subscriber = object : BaseSubscriber<Trajectory>() {
        override fun hookOnSubscribe(subscription: Subscription) = Unit

        override fun hookOnNext(value: Trajectory) {
            received.add(value.index())
        }
    }

    init {
        TrajectoryFlux
            .run(
                Engine(
                    Rails.one(BatchGateway.onCaller({ 1 }, bimodal()::denoise, 64, StreamListener.NONE)),
                    Demand(width, readAhead, order),
                ),
                Plan.of(problem, solver.stopLevels(), 2).boundaries().drop(1),
                0,
                Long.MAX_VALUE,
            ) {
                count.incrementAndGet()
                val noise = NoiseSource(0).normals(Purpose.STEP, it)
                OrderedRun.of(SolverRun(it, doubleArrayOf(20.0), 20.0, noise, solver))
            }.map { it.trajectory() }.subscribe(subscriber)
    }
}

class DemandSpec : StringSpec({
    // The first request prefetches nothing.
    data class Case(val request: Long, val width: Int, val readAhead: Int, val started: Int)
    val table = listOf(
        Case(1, 256, 16, 1),
        Case(1, 256, 0, 1),
        Case(5, 256, 0, 5),
        Case(5, 256, 16, 5),
        Case(300, 256, 16, 300),
        Case(1, 4, 16, 1),
        Case(4, 4, 0, 4),
        Case(1, 1, 0, 1),
        Case(3, 1, 0, 3),
    )
    for (case in table) {
        "request(${case.request}) with concurrency ${case.width}, prefetch ${case.readAhead} starts ${case.started}" {
            for (order in Order.entries) {
                val run = Started(case.width, case.readAhead, order)
                run.count.get() shouldBe 0
                run.subscriber.request(case.request)
                // All trajectories take the same steps, so they finish in order of index.
                run.received shouldBe (0 until case.request).toList()
                run.count.get() shouldBe case.started
            }
        }
    }

    // After each request, at most as many trajectories are prefetched as were requested before it.
    data class Course(val requests: List<Long>, val readAhead: Int, val started: List<Int>)
    for (
    course in listOf(
        Course(listOf(1, 1, 1, 1, 1, 1, 1, 1, 1), 16, listOf(1, 3, 3, 7, 7, 7, 7, 15, 15)),
        Course(listOf(1, 1, 1, 1, 1, 1, 1, 1, 1), 2, listOf(1, 3, 3, 6, 6, 6, 9, 9, 9)),
        Course(listOf(1, 1, 1), 0, listOf(1, 2, 3)),
        Course(listOf(8, 6, 6, 6), 16, listOf(8, 22, 22, 42)),
        Course(listOf(100, 1), 16, listOf(100, 117)),
    )
    ) {
        "requests of ${course.requests} with a prefetch of ${course.readAhead} start ${course.started}" {
            for (order in Order.entries) {
                val run = Started(256, course.readAhead, order)
                course.requests.zip(course.started).fold(0L) { asked, (request, started) ->
                    run.subscriber.request(request)
                    run.received shouldBe (0 until asked + request).toList()
                    run.count.get() shouldBe started
                    asked + request
                }
            }
        }
    }

    "for any requests, fewer than twice as many trajectories are started as were requested" {
        checkAll(
            PropTestConfig(seed = 2, iterations = 300),
            Arb.list(Arb.long(1L..9L), 1..12),
            Arb.int(0..40),
        ) { requests, ahead ->
            val run = Started(256, ahead)
            var asked = 0L
            for (request in requests) {
                run.subscriber.request(request)
                asked += request
                run.received.size.toLong() shouldBe asked
                (run.count.get() < 2 * asked) shouldBe true
            }
        }
    }

    "prefetched trajectories serve the next request" {
        val run = Started(256, 16)
        run.subscriber.request(16)
        run.subscriber.request(1)
        run.count.get() shouldBe 33
        run.subscriber.request(16)
        run.received shouldBe (0L until 33).toList()
        run.count.get() shouldBe 33
    }

    "an eager demand prefetches at the first request" {
        Demand(256, 16, Order.BY_INDEX, true).more(1, 0, 0, 0) shouldBe 17
        Demand(256, 16).more(1, 0, 0, 0) shouldBe 1
        Demand(256, 16).more(1, 5, 0, 0) shouldBe 6
    }

    "demand starts as many trajectories as the bounds allow" {
        checkAll(
            PropTestConfig(seed = 1, iterations = 2_000),
            Arb.int(1..300),
            Arb.int(0..40),
            Arb.long(0L..700L),
            Arb.int(0..300),
            Arb.int(0..600),
            Arb.long(0L..50L),
        ) { width, readAhead, wanted, unfinished, unemitted, earlier ->
            val more = Demand(width, readAhead).more(wanted, earlier, unfinished.toLong(), unemitted.toLong())
            val ahead = minOf(earlier, readAhead.toLong())
            if (more > 0) {
                (unfinished + more) shouldBeLessThanOrEqualTo width.toLong()
                (unfinished + unemitted + more) shouldBeLessThanOrEqualTo minOf(wanted + ahead, 2L * width)
            } else if (wanted > 0) {
                val full = unfinished >= width || unfinished + unemitted >= minOf(wanted + ahead, 2L * width)
                full shouldBe true
            }
        }
    }

    "the concurrency bounds unbounded demand" {
        Demand(8, Demand.MAX_PREFETCH).more(Long.MAX_VALUE, 0, 0, 0) shouldBe 8
        Demand(8, 3).more(Long.MAX_VALUE, 9, 0, 12) shouldBe 4
        Demand(8, 3).more(Long.MAX_VALUE, 9, 0, 16) shouldBe 0
    }

    "rejects a concurrency of 0, a negative prefetch and a prefetch above the maximum, with name and value" {
        shouldThrow<IllegalArgumentException> { Demand(0, 1) }.message shouldBe
            "concurrency must be at least 1 and at most 1048576, was 0"
        shouldThrow<IllegalArgumentException> { Demand(1, -1) }.message shouldBe
            "prefetch must be at least 0 and at most 2097152, was -1"
        shouldThrow<IllegalArgumentException> { Demand(1, 1 shl 22) }.message shouldBe
            "prefetch must be at least 0 and at most 2097152, was 4194304"
    }
})
