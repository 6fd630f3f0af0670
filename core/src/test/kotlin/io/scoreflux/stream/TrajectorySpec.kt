package io.scoreflux.stream

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Sample
import io.scoreflux.SamplerBuilder
import io.scoreflux.bits
import io.scoreflux.error.Failure
import io.scoreflux.sampler
import io.scoreflux.solve.Certificate
import io.scoreflux.solve.Trajectory
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import io.scoreflux.threeModes
import reactor.core.publisher.Flux
import reactor.core.scheduler.Schedulers
import java.lang.reflect.Modifier
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue

/** The trajectories that custom stages and listeners receive. */
class TrajectorySpec : StringSpec({
    val target = threeModes()

    fun SamplerBuilder.small() = solver(Sliding(1e-5)).stages(3).concurrency(8).prefetch(2)

    fun Flux<Sample>.all() = collectList().block(Duration.ofSeconds(60))!!
    val whole = sampler(target) { small() }.samples(0, 30).all()

    val getters = Trajectory::class.java.methods.toList()

    /** Calls every method that a user can call, and overwrites the arrays that it receives. */
    fun misuse(trajectory: Trajectory) {
        for (method in getters) {
            val result = if (method.parameterCount == 0) method.invoke(trajectory) else method.invoke(trajectory, 0)
            if (result is DoubleArray) result.fill(Double.NaN)
        }
    }

    "a trajectory has no method that could change it: all return values, records of values, or copies" {
        val immutable = setOf(
            Long::class.java,
            Int::class.java,
            Double::class.java,
            Condition::class.java,
            Failure::class.java,
            Certificate::class.java,
        )
        for (method in getters) {
            withClue(method) {
                (method.returnType in immutable || method.returnType == DoubleArray::class.java) shouldBe true
                method.parameterTypes.all { it == Int::class.java } shouldBe true
            }
        }
        immutable.filterNot { it.isPrimitive }.all { it.isRecord } shouldBe true
    }

    "a stage receives objects that have only the methods of a trajectory, and a class that is not public" {
        val received = ConcurrentLinkedQueue<Trajectory>()
        sampler(target) { small().afterStage(0) { flux -> flux.doOnNext { received.add(it) } } }.samples(0, 3).all()
        received.size shouldBe 3
        for (one in received) {
            Modifier.isPublic(one.javaClass.modifiers) shouldBe false
            val own = one.javaClass.methods.filter { it.declaringClass != Any::class.java }
            own.map { it.name } shouldContainExactlyInAnyOrder getters.map { it.name }
            one.javaClass.fields.size shouldBe 0
        }
    }

    "z() returns a copy of the state, with the values of z(i)" {
        var seen = 0
        sampler(target) {
            small().afterStage(0) { flux ->
                flux.doOnNext {
                    val copy = it.z()
                    copy.indices.map { i -> it.z(i) } shouldBe copy.toList()
                    copy.size shouldBe it.dimension()
                    copy.fill(0.0)
                    it.z().all { number -> number == 0.0 } shouldBe false
                    seen++
                }
            }
        }.samples(0, 5).all()
        seen shouldBe 5
    }

    "a listener and stages that overwrite and keep everything that they receive change no bit" {
        val kept = ConcurrentLinkedQueue<Trajectory>()

        fun take(trajectory: Trajectory) {
            misuse(trajectory)
            kept.add(trajectory)
        }
        val listener = object : StreamListener {
            override fun entered(stage: Int, trajectory: Trajectory) = take(trajectory)

            override fun left(passage: StreamListener.StageSummary) = take(passage.trajectory())

            override fun finished(trajectory: Trajectory) = take(trajectory)

            override fun delivered(trajectory: Trajectory) = take(trajectory)
        }
        val delivered = sampler(target) {
            small().listener(listener)
            for (stage in 0..2) afterStage(stage) { flux -> flux.doOnNext(::take) }
        }.samples(0, 30).doOnNext { kept.forEach(::misuse) }.all()
        // Each one enters and leaves three stages, passes three custom stages, finishes and is delivered.
        kept.size shouldBe 30 * 11
        kept.forEach(::misuse)
        delivered.map { it.bits() } shouldBe whole.map { it.bits() }
        delivered.map { it.certificate() } shouldBe whole.map { it.certificate() }
    }

    "a trajectory that the stage has not received fails the stream with one clear error, after every stage" {
        val others = ConcurrentLinkedQueue<Trajectory>()
        sampler(target) { small().afterStage(0) { flux -> flux.doOnNext { others.add(it) } } }.samples(0, 8).all()
        val foreign = mapOf<String, (Trajectory) -> Trajectory>(
            "a user's implementation" to { object : Trajectory by it {} },
            "a trajectory of another stream" to { others.first { other -> other.index() == it.index() } },
        )
        val scheduler = Schedulers.newParallel("lane", 2, true)
        try {
            for ((name, replace) in foreign) {
                for (place in 0..2) {
                    for (lanes in 1..2) {
                        for (order in Order.entries) {
                            val stream = sampler(target) {
                                small().order(order).afterStage(place) { flux ->
                                    flux.map { if (it.index() == 5L) replace(it) else it }
                                }
                                if (lanes > 1) parallelism(lanes, scheduler)
                            }.samples(0, 30)
                            withClue("$name, after $place, in $lanes rails, $order") {
                                shouldThrow<IllegalStateException> { stream.all() }.message shouldBe
                                    "a stage passed on a trajectory of another stream, with index 5;" +
                                    " a stage must pass on only trajectories that it receives"
                            }
                        }
                    }
                }
            }
        } finally {
            scheduler.dispose()
        }
    }

    "a foreign trajectory fails the stream even if a later stage handles errors" {
        val stream = sampler(target) {
            small()
                .afterStage(0) { flux -> flux.map { object : Trajectory by it {} } }
                .afterStage(1) { flux -> flux.onErrorComplete() }
        }.samples(0, 30)
        shouldThrow<IllegalStateException> { stream.all() }.message shouldContain "of another stream"
    }
})
