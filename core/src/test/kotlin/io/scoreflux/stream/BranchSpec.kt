package io.scoreflux.stream

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import io.scoreflux.Sample
import io.scoreflux.SamplerBuilder
import io.scoreflux.bits
import io.scoreflux.sampler
import io.scoreflux.solve.Trajectory
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.threeModes
import org.reactivestreams.Subscription
import reactor.core.publisher.BaseSubscriber
import reactor.core.publisher.Flux
import reactor.core.publisher.Mono
import reactor.core.publisher.Sinks
import reactor.core.scheduler.Schedulers
import reactor.test.StepVerifier
import reactor.test.scheduler.VirtualTimeScheduler
import reactor.util.Logger
import reactor.util.Loggers
import java.lang.reflect.Proxy
import java.time.Duration
import java.util.Collections

/** Collects what is logged while [action] runs. */
internal fun logged(level: String, action: () -> Unit): List<String> {
    val lines = Collections.synchronizedList(ArrayList<String>())
    Loggers.useCustomLoggers { name ->
        Proxy.newProxyInstance(Logger::class.java.classLoader, arrayOf(Logger::class.java)) { _, method, args ->
            if (method.name == level && name.startsWith("io.scoreflux")) {
                val values = (args.getOrNull(1) as? Array<*>)?.iterator()
                lines.add((args[0] as String).replace(Regex("\\{}")) { values?.next().toString() })
            }
            when (method.returnType) {
                Boolean::class.javaPrimitiveType -> true
                String::class.java -> name
                else -> null
            }
        } as Logger
    }
    try {
        action()
    } finally {
        Loggers.resetLoggerFactory()
    }
    return lines
}

/** Custom stages in which one branch discards what another passes on. */
class BranchSpec : StringSpec({
    beforeSpec { StepVerifier.setDefaultTimeout(Duration.ofSeconds(60)) }

    val target = threeModes()

    fun SamplerBuilder.small() = solver(FixedStep(Scheme.EULER, 6)).stages(3).width(8).readAhead(2)

    fun Flux<Sample>.all() = collectList().block()!!

    val whole = sampler(target) { small() }.samples(0, 60).all()
    val lanes = Schedulers.newParallel("lane", 2, true)
    val other = Schedulers.newSingle("other", true)
    val third = Schedulers.newSingle("third", true)
    afterSpec {
        lanes.dispose()
        other.dispose()
        third.dispose()
    }

    fun even(t: Trajectory) = t.index() % 2 == 0L

    fun odd(t: Trajectory) = !even(t)

    fun branches(vararg branches: (Flux<Trajectory>) -> Flux<Trajectory>): (Flux<Trajectory>) -> Flux<Trajectory> =
        { flux -> flux.publish { common -> Flux.merge(branches.map { it(common) }) } }

    // Each stage passes all trajectories on.
    val shapes = mapOf<String, (Flux<Trajectory>) -> Flux<Trajectory>>(
        "the branch that passes on comes before the one that discards, for half" to
            branches({ it.filter(::even) }, { it.filter(::odd) }),
        "and for the other half" to branches({ it.filter(::odd) }, { it.filter(::even) }),
        "three branches, each discards two thirds" to
            branches(
                { flux -> flux.filter { it.index() % 3 == 0L } },
                { flux -> flux.filter { it.index() % 3 == 1L } },
                { flux -> flux.filter { it.index() % 3 == 2L } },
            ),
        "branches that work on what they take" to
            branches(
                { flux -> flux.filter(::even).doOnNext { check(even(it)) } },
                { flux -> flux.filter(::odd).map { it }.concatMap { Mono.just(it) } },
            ),
        "branches of branches" to
            branches(
                { it.filter(::even) },
                { flux ->
                    branches(
                        { inner -> inner.filter { it.index() % 4 == 1L } },
                        { inner -> inner.filter { it.index() % 4 == 3L } },
                    )(flux.filter(::odd))
                },
            ),
        "groups" to { flux -> flux.groupBy(::even).flatMap { it } },
        "switchOnFirst" to { flux ->
            flux.switchOnFirst { _, all -> branches({ it.filter(::odd) }, { it.filter(::even) })(all) }
        },
        "a shared publisher" to { flux ->
            val shared = flux.publish().refCount(2)
            Flux.merge(shared.filter(::even), shared.filter(::odd))
        },
        "filterWhen, which discards what it passes on" to { flux -> flux.filterWhen { Mono.just(true) } },
        "behind a hand-off" to { flux ->
            branches({ it.filter(::odd) }, { it.filter(::even) })(flux.publishOn(other, 4))
        },
        "before a hand-off" to { flux ->
            branches({ it.filter(::odd) }, { it.filter(::even) })(flux).publishOn(other, 4)
        },
        "a hand-off in one branch" to branches({ it.filter(::odd).publishOn(other) }, { it.filter(::even) }),
        "hand-offs in both" to
            branches({ it.filter(::odd).publishOn(other, 4) }, { it.filter(::even).publishOn(third, 4) }),
    )
    // Each stage leaves out every sixth trajectory.
    val leaky = mapOf<String, (Flux<Trajectory>) -> Flux<Trajectory>>(
        "two branches that both discard" to
            branches({ flux -> flux.filter { even(it) && it.index() % 3 != 0L } }, { it.filter(::odd) }),
        "the same, in the other order" to
            branches({ it.filter(::odd) }, { flux -> flux.filter { even(it) && it.index() % 3 != 0L } }),
        "a branch that discards twice in a row" to
            branches(
                { it.filter(::odd) },
                { flux -> flux.filter(::even).filter { it.index() % 3 != 0L } },
            ),
        "filterWhen" to { flux -> flux.filterWhen { Mono.just(it.index() % 6 != 0L) } },
        "behind a hand-off" to { flux ->
            branches({ it.filter(::odd) }, { all -> all.filter { even(it) && it.index() % 3 != 0L } })(
                flux.publishOn(other, 4),
            )
        },
    )

    fun delivered(stage: (Flux<Trajectory>) -> Flux<Trajectory>, place: Int, order: Order, count: Int) =
        sampler(target) {
            small().order(order).after(place, stage)
            if (count > 1) lanes(count, lanes)
        }.samples(0, 60).collectList().block(Duration.ofSeconds(30))!!
            .let { samples -> if (order == Order.AS_READY) samples.sortedBy { it.index() } else samples }

    for ((name, stage) in shapes) {
        "all trajectories pass: $name" {
            for (place in 0..2) {
                for (order in Order.entries) {
                    for (count in 1..2) {
                        withClue("after $place, $order, $count lanes") {
                            delivered(stage, place, order, count).map { it.bits() } shouldBe whole.map { it.bits() }
                        }
                    }
                }
            }
        }
    }

    for ((name, stage) in leaky) {
        "every sixth trajectory is left out: $name" {
            val kept = whole.filter { it.index() % 6 != 0L }
            for (place in 0..2) {
                for (order in Order.entries) {
                    for (count in 1..2) {
                        withClue("after $place, $order, $count lanes") {
                            delivered(stage, place, order, count).map { it.bits() } shouldBe kept.map { it.bits() }
                        }
                    }
                }
            }
        }
    }

    "two zipped branches, in order and as ready" {
        val zipped = { flux: Flux<Trajectory> ->
            flux.publish { Flux.zip(it.filter(::even), it.filter(::odd)) }.flatMapIterable { listOf(it.t1, it.t2) }
        }
        for (place in 0..2) {
            for (order in Order.entries) {
                delivered(zipped, place, order, 1).map { it.bits() } shouldBe whole.map { it.bits() }
            }
        }
    }

    "branches under small demand start nothing beyond it" {
        for (place in 0..2) {
            var started = 0
            val subscriber = object : BaseSubscriber<Sample>() {
                val received = ArrayList<Long>()

                override fun hookOnSubscribe(subscription: Subscription) = Unit

                override fun hookOnNext(value: Sample) {
                    received.add(value.index())
                }
            }
            sampler(target) {
                small().readAhead(0).after(place, shapes.getValue("groups"))
                    .after(place, shapes.getValue("and for the other half"))
                    .after(0) { flux -> flux.doOnNext { started++ } }
            }.samples().subscribe(subscriber)
            for (k in 1..20) {
                subscriber.request(1)
                subscriber.received shouldBe (0L until k).toList()
            }
            started shouldBe 20
        }
    }

    "a trajectory that is passed on twice is rejected, whether or not another branch discards it" {
        val twice = mapOf<String, (Flux<Trajectory>) -> Flux<Trajectory>>(
            "two branches pass all on" to branches({ it }, { it }),
            "two of three" to branches({ it.filter(::even) }, { it.filter(::even) }, { it.filter(::odd) }),
            "a branch that passes on and one that discards, then again" to
                branches({ it.filter(::even) }, { it.filter(::odd) }, { flux -> flux.filter { it.index() == 7L } }),
        )
        for ((name, stage) in twice) {
            for (place in 0..2) {
                for (order in Order.entries) {
                    for (count in 1..2) {
                        withClue("$name after $place, $order, $count lanes") {
                            val stream = sampler(target) {
                                small().order(order).after(place, stage)
                                if (count > 1) lanes(count, lanes)
                            }.samples(0, 60)
                            StepVerifier.create(stream.then()).verifyErrorSatisfies {
                                it.shouldBeInstanceOf<IllegalStateException>().message shouldContain "twice"
                            }
                        }
                    }
                }
            }
        }
    }

    "a branch that passes on a skipped trajectory fails the stream in order, and delivers all samples as ready" {
        for (place in 0..2) {
            val gate = Sinks.empty<Trajectory>()
            val late = branches(
                { flux -> flux.filter { it.index() != 3L } },
                { flux -> flux.filter { it.index() == 3L }.flatMap { gate.asMono().thenReturn(it) } },
            )
            val received = ArrayList<Long>()
            var error: Throwable? = null
            sampler(target) { small().after(place, late) }.samples(0, 20).subscribe(
                {
                    received.add(it.index())
                    // Later trajectories have been delivered already.
                    if (it.index() == 5L) gate.tryEmitEmpty()
                },
                { error = it },
            )
            received.none { it == 3L } shouldBe true
            received shouldBe received.sorted()
            error.shouldBeInstanceOf<IllegalStateException>().message shouldContain "trajectory 3 too late: another"

            val again = Sinks.empty<Trajectory>()
            val ready = branches(
                { flux -> flux.filter { it.index() != 3L } },
                { flux -> flux.filter { it.index() == 3L }.flatMap { again.asMono().thenReturn(it) } },
            )
            val all = ArrayList<Sample>()
            sampler(target) { small().after(place, ready).order(Order.AS_READY) }.samples(0, 20).subscribe {
                all.add(it)
                if (it.index() == 5L) again.tryEmitEmpty()
            }
            all.sortedBy { it.index() }.map { it.bits() } shouldBe whole.take(20).map { it.bits() }
        }
    }

    // Trajectories that wait on the stage's own thread, for a while or for ever.
    fun held(until: Sinks.Empty<Trajectory>) = Stage { flux ->
        flux.concatMap({ t -> if (t.index() == 0L) until.asMono().thenReturn(t) else Mono.just(t) }, 256)
    }

    "a stage that hands over to a slow thread causes no warning when it is full" {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val lines = logged("warn") {
                val received = ArrayList<Long>()
                // Each takes ten seconds, and 256 are requested at once: the whole width waits before the stage.
                sampler(target) {
                    small().after(1) { flux -> flux.delayElements(Duration.ofSeconds(10)) }
                }.samples(0, 40).subscribe { received.add(it.index()) }
                time.advanceTimeBy(Duration.ofSeconds(1_000))
                received shouldBe (0L until 40).toList()
            }
            lines.shouldBeEmpty()
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    "publishOn with its default prefetch causes no warning, fast or slow, in one lane or two" {
        val lines = logged("warn") {
            for (count in 1..2) {
                for (order in Order.entries) {
                    delivered({ flux -> flux.publishOn(other) }, 1, order, count).size shouldBe 60
                    delivered(
                        { flux ->
                            flux.publishOn(other).doOnNext {
                                var spin = 0
                                while (spin < 100_000) {
                                    spin++
                                    Thread.onSpinWait()
                                }
                            }
                        },
                        1,
                        order,
                        count,
                    ).size shouldBe 60
                }
            }
        }
        lines.shouldBeEmpty()
    }

    "a stage that holds the whole width and passes nothing on causes one warning, after half a minute" {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val gate = Sinks.empty<Trajectory>()
            val received = ArrayList<Long>()
            val lines = logged("warn") {
                sampler(target) { small().after(1, held(gate)) }.samples(0, 40)
                    .subscribe { received.add(it.index()) }
                time.advanceTimeBy(Duration.ofMillis(29_999))
            }
            lines.shouldBeEmpty()
            val later = logged("warn") { time.advanceTimeBy(Duration.ofHours(2)) }
            later.size shouldBe 1
            later.single() shouldContain "for PT30S custom stages have passed nothing on. They hold 8"
            received.shouldBeEmpty()
            gate.tryEmitEmpty()
            received shouldBe (0L until 40).toList()
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    "a stream without demand causes no warning" {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val lines = logged("warn") {
                val gate = Sinks.empty<Trajectory>()
                val stream = object : BaseSubscriber<Sample>() {
                    override fun hookOnSubscribe(subscription: Subscription) = Unit
                }
                sampler(target) { small().after(1, held(gate)) }.samples(0, 40).subscribe(stream)
                stream.request(1)
                gate.tryEmitEmpty()
                time.advanceTimeBy(Duration.ofHours(2))
                stream.cancel()
            }
            lines.shouldBeEmpty()
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    "placeholders behind a slow sample hold no trajectories" {
        // A thousand are left out while the first is held: the stage holds one, and the width is eight.
        val gate = Sinks.empty<Trajectory>()
        var started = 0
        val received = ArrayList<Long>()
        val stage = Stage { flux ->
            flux.doOnNext {
                if (++started == 1_000) gate.tryEmitEmpty()
            }.filter { it.index() == 0L || it.index() > 2_000 }
                .flatMap { t -> if (t.index() == 0L) gate.asMono().thenReturn(t) else Mono.just(t) }
        }
        sampler(target) { small().after(0, stage) }.samples(0, 2_004).subscribe { received.add(it.index()) }
        received shouldBe listOf(0L, 2_001L, 2_002L, 2_003L)
        started shouldBe 2_004
        received.size shouldBeLessThanOrEqual 4
    }
})
