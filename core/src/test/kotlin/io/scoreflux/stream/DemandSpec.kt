package io.scoreflux.stream

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.int
import io.kotest.property.arbitrary.long
import io.kotest.property.checkAll
import io.scoreflux.bimodal
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.Purpose
import io.scoreflux.solve.Problem
import io.scoreflux.solve.Trajectory
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.stage.Plan
import io.scoreflux.stream.TrajectoryFlux.Engine
import org.reactivestreams.Subscription
import reactor.core.publisher.BaseSubscriber
import java.util.concurrent.atomic.AtomicInteger

/** Runs euler's four steps in two stages and counts the trajectories that are started. */
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
                    Lanes.one(Gateway.onCaller(bimodal(), 64, StreamListener.NONE)),
                    Demand(width, readAhead, order),
                ),
                Plan.of(problem, solver.landings(), 2),
                0,
                Long.MAX_VALUE,
            ) {
                count.incrementAndGet()
                Trajectory(it, doubleArrayOf(20.0), 20.0, NoiseSource(0).normals(Purpose.STEP, it), solver)
            }.subscribe(subscriber)
    }
}

class DemandSpec : StringSpec({
    // After the request is served, all that was started: the samples asked for and what was read ahead with them.
    data class Case(val request: Long, val width: Int, val readAhead: Int, val started: Int)
    val table = listOf(
        Case(1, 256, 16, 17),
        Case(1, 256, 0, 1),
        Case(5, 256, 0, 5),
        Case(5, 256, 16, 21),
        Case(1, 4, 16, 4),
        Case(4, 4, 0, 4),
        Case(1, 1, 0, 1),
        Case(3, 1, 0, 3),
    )
    for (case in table) {
        "request(${case.request}) with width ${case.width} and read-ahead ${case.readAhead} starts ${case.started}" {
            for (order in Order.entries) {
                val run = Started(case.width, case.readAhead, order)
                run.count.get() shouldBe 0
                run.subscriber.request(case.request)
                // All take the same steps here, so that they finish in order of index.
                run.received shouldBe (0 until case.request).toList()
                run.count.get() shouldBe case.started
            }
        }
    }

    "what was read ahead serves the next request" {
        val run = Started(256, 16)
        run.subscriber.request(1)
        run.count.get() shouldBe 17
        run.subscriber.request(1)
        run.received shouldBe listOf(0L, 1L)
        run.count.get() shouldBe 17
    }

    "never more under way than the bounds allow, nor less where there is demand" {
        checkAll(
            PropTestConfig(seed = 1, iterations = 2_000),
            Arb.int(1..300),
            Arb.int(0..40),
            Arb.long(0L..700L),
            Arb.int(0..300),
            Arb.int(0..600),
        ) { width, readAhead, wanted, unfinished, unemitted ->
            val more = Demand(width, readAhead).more(wanted, unfinished.toLong(), unemitted.toLong())
            if (more > 0) {
                (unfinished + more) shouldBeLessThanOrEqualTo width.toLong()
                (unfinished + unemitted + more) shouldBeLessThanOrEqualTo minOf(wanted + readAhead, 2L * width)
            } else if (wanted > 0) {
                val full = unfinished >= width || unfinished + unemitted >= minOf(wanted + readAhead, 2L * width)
                full shouldBe true
            }
        }
    }

    "unbounded demand is bounded by the width" {
        Demand(8, Demand.FARTHEST).more(Long.MAX_VALUE, 0, 0) shouldBe 8
        Demand(8, 3).more(Long.MAX_VALUE, 0, 12) shouldBe 4
        Demand(8, 3).more(Long.MAX_VALUE, 0, 16) shouldBe 0
    }

    "refuses a width of 0, a negative read-ahead and one over its maximum by name and value" {
        shouldThrow<IllegalArgumentException> { Demand(0, 1) }.message shouldBe
            "width must be at least 1 and at most 1048576, was 0"
        shouldThrow<IllegalArgumentException> { Demand(1, -1) }.message shouldBe
            "readAhead must be at least 0 and at most 2097152, was -1"
        shouldThrow<IllegalArgumentException> { Demand(1, 1 shl 22) }.message shouldBe
            "readAhead must be at least 0 and at most 2097152, was 4194304"
    }
})
