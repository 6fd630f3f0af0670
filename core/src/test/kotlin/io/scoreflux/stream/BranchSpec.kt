package io.scoreflux.stream

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.SamplerBuilder
import io.scoreflux.bits
import io.scoreflux.sampler
import io.scoreflux.solve.Trajectory
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.threeModes
import org.reactivestreams.Subscription
import reactor.core.CoreSubscriber
import reactor.core.publisher.BaseSubscriber
import reactor.core.publisher.Flux
import reactor.core.publisher.Mono
import reactor.core.publisher.Operators
import reactor.core.publisher.Sinks
import reactor.core.scheduler.Schedulers
import reactor.test.StepVerifier
import reactor.test.scheduler.VirtualTimeScheduler
import reactor.util.Logger
import reactor.util.Loggers
import java.lang.reflect.Proxy
import java.time.Duration
import java.util.Collections
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

/**
 * Collects what is logged while [action] runs; with [here] only on this thread. Virtual time runs timers on the thread that advances it,
 * while a stream that an earlier test has left stalled logs on a thread of Reactor, half a minute later.
 */
internal fun logged(level: String, here: Boolean = false, action: () -> Unit): List<String> {
    val lines = Collections.synchronizedList(ArrayList<String>())
    val caller = Thread.currentThread()
    Loggers.useCustomLoggers { name ->
        Proxy.newProxyInstance(Logger::class.java.classLoader, arrayOf(Logger::class.java)) { _, method, args ->
            if (method.name == level && name.startsWith("io.scoreflux") &&
                !(here && Thread.currentThread() !== caller)
            ) {
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

/** Custom stages in which one branch discards trajectories that another one passes on. */
class BranchSpec : StringSpec({
    beforeSpec { StepVerifier.setDefaultTimeout(Duration.ofSeconds(60)) }

    val target = threeModes()

    fun SamplerBuilder.small() = solver(FixedStep(Scheme.EULER, 6)).stages(3).concurrency(8).prefetch(2)

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
        "filterWhen, which also discards what it passes on" to { flux -> flux.filterWhen { Mono.just(true) } },
        "after publishOn" to { flux ->
            branches({ it.filter(::odd) }, { it.filter(::even) })(flux.publishOn(other, 4))
        },
        "before publishOn" to { flux ->
            branches({ it.filter(::odd) }, { it.filter(::even) })(flux).publishOn(other, 4)
        },
        "publishOn in one branch" to branches({ it.filter(::odd).publishOn(other) }, { it.filter(::even) }),
        "publishOn in both branches" to
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
        "after publishOn" to { flux ->
            branches({ it.filter(::odd) }, { all -> all.filter { even(it) && it.index() % 3 != 0L } })(
                flux.publishOn(other, 4),
            )
        },
    )

    fun delivered(stage: (Flux<Trajectory>) -> Flux<Trajectory>, place: Int, order: Order, count: Int) =
        sampler(target) {
            small().order(order).afterStage(place, stage)
            if (count > 1) parallelism(count, lanes)
        }.samples(0, 60).collectList().block(Duration.ofSeconds(30))!!
            .let { samples -> if (order == Order.AS_READY) samples.sortedBy { it.index() } else samples }

    for ((name, stage) in shapes) {
        "all trajectories pass: $name" {
            for (place in 0..2) {
                for (order in Order.entries) {
                    for (count in 1..2) {
                        withClue("after $place, $order, $count rails") {
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
                        withClue("after $place, $order, $count rails") {
                            delivered(stage, place, order, count).map { it.bits() } shouldBe kept.map { it.bits() }
                        }
                    }
                }
            }
        }
    }

    "two zipped branches, in both orders" {
        val zipped = { flux: Flux<Trajectory> ->
            flux.publish { Flux.zip(it.filter(::even), it.filter(::odd)) }.flatMapIterable { listOf(it.t1, it.t2) }
        }
        for (place in 0..2) {
            for (order in Order.entries) {
                delivered(zipped, place, order, 1).map { it.bits() } shouldBe whole.map { it.bits() }
            }
        }
    }

    "branches start no more trajectories than a small demand" {
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
                small().prefetch(0).afterStage(place, shapes.getValue("groups"))
                    .afterStage(place, shapes.getValue("and for the other half"))
                    .afterStage(0) { flux -> flux.doOnNext { started++ } }
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
                        withClue("$name after $place, $order, $count rails") {
                            val stream = sampler(target) {
                                small().order(order).afterStage(place, stage)
                                if (count > 1) parallelism(count, lanes)
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

    // A branch may work on other threads or collect trajectories.
    val works = mapOf<String, (Flux<Trajectory>) -> Flux<Trajectory>>(
        "delayElements" to { it.delayElements(Duration.ofMillis(20)) },
        "flatMap to a delay" to { flux -> flux.flatMap { Mono.just(it).delayElement(Duration.ofMillis(20)) } },
        "flatMap with subscribeOn" to { flux ->
            flux.flatMap { t -> Mono.fromCallable { t }.subscribeOn(Schedulers.boundedElastic()) }
        },
        "concatMap with subscribeOn" to { flux ->
            flux.concatMap { t -> Mono.fromCallable { t }.subscribeOn(Schedulers.boundedElastic()) }
        },
        "flatMapSequential to delays of different lengths" to { flux ->
            flux.flatMapSequential { t -> Mono.just(t).delayElement(Duration.ofMillis(5 * (t.index() % 4))) }
        },
        "flatMap to a future" to { flux ->
            flux.flatMap { t ->
                Mono.fromFuture {
                    CompletableFuture<Trajectory>().also { future ->
                        Schedulers.parallel().schedule({ future.complete(t) }, 20, TimeUnit.MILLISECONDS)
                    }
                }
            }
        },
        "publishOn" to { it.publishOn(Schedulers.boundedElastic(), 4) },
        "bufferTimeout" to { flux -> flux.bufferTimeout(3, Duration.ofMillis(20)).flatMapIterable { it } },
        "buffer(2)" to { flux -> flux.buffer(2).flatMapIterable { it } },
        "buffer(3)" to { flux -> flux.buffer(3).flatMapIterable { it } },
        "window(2)" to { flux -> flux.window(2).flatMap { all -> all.sort(compareBy { it.index() }) } },
    )

    /** Runs a stream on virtual time until it has terminated. */
    fun inVirtualTime(
        configure: SamplerBuilder.() -> Unit,
        count: Int,
        samples: (Sampler) -> Flux<Sample>,
    ): List<Sample> {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val received = ArrayList<Sample>()
            var end: Any? = null
            val stream = sampler(target) {
                small().configure()
                if (count > 1) parallelism(count, Schedulers.parallel())
            }
            samples(stream).subscribe({ received.add(it) }, { end = it }, { end = "complete" })
            var steps = 0
            while (end == null && steps++ < 2_000) time.advanceTimeBy(Duration.ofMillis(5))
            end shouldBe "complete"
            return received
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    fun SamplerBuilder.own(order: Order, place: Int, stage: (Flux<Trajectory>) -> Flux<Trajectory>) {
        order(order).afterStage(place, stage)
    }

    for ((name, work) in works) {
        val slow = { flux: Flux<Trajectory> -> work(flux.filter(::odd)) }
        val variants = mapOf(
            "$name in the first branch" to branches(slow, { it.filter(::even) }),
            "$name in the second branch" to branches({ it.filter(::even) }, slow),
            "$name in a branch of few" to
                branches(
                    { flux -> flux.filter { it.index() % 5 != 0L } },
                    { flux -> work(flux.filter { it.index() % 5 == 0L }) },
                ),
        )
        for ((variant, stage) in variants) {
            "all trajectories pass: $variant" {
                for (place in 0..2) {
                    for (order in Order.entries) {
                        for (count in 1..2) {
                            withClue("after $place, $order, $count rails") {
                                inVirtualTime({ own(order, place, stage) }, count) { it.samples(0, 60) }
                                    .let { all -> if (order == Order.AS_READY) all.sortedBy { it.index() } else all }
                                    .map { it.bits() } shouldBe whole.map { it.bits() }
                            }
                        }
                    }
                }
            }
        }

        "every sixth trajectory is left out of an endless stream: $name in one branch" {
            fun kept(t: Trajectory) = even(t) && t.index() % 3 != 0L
            val leaky = listOf(branches(slow, { it.filter(::kept) }), branches({ it.filter(::kept) }, slow))
            for (stage in leaky) {
                for (place in 0..2) {
                    // Each rail collects separately. One may receive too few before twice the concurrency wait.
                    for (count in 1..if ("buffer(" in name) 1 else 2) {
                        withClue("after $place, $count rails") {
                            inVirtualTime({ own(Order.BY_INDEX, place, stage) }, count) { it.samples().take(40) }
                                .map { it.index() } shouldBe (0L..60L).filter { it % 6 != 0L }.take(40)
                        }
                    }
                }
            }
        }
    }

    "delivery waits for a branch that is created for a single trajectory" {
        // switchIfEmpty later passes on a trajectory that the filter before it has discarded.
        val perItem = { flux: Flux<Trajectory> ->
            flux.flatMap { t ->
                Mono.just(t).filter(::even).switchIfEmpty(Mono.just(t).delayElement(Duration.ofMillis(20)))
            }
        }
        for (place in 0..2) {
            for (count in 1..2) {
                withClue("after $place, $count rails") {
                    inVirtualTime({ own(Order.BY_INDEX, place, perItem) }, count) { it.samples(0, 60) }
                        .map { it.bits() } shouldBe whole.map { it.bits() }
                }
            }
        }
    }

    "operators that leave out single trajectories, in an endless stream" {
        val filters = mapOf<String, (Flux<Trajectory>) -> Flux<Trajectory>>(
            "filter before concatMap" to { flux ->
                flux.filter(::odd).concatMap { Mono.just(it).delayElement(Duration.ofMillis(5)) }
            },
            "flatMap to a filter" to { flux -> flux.flatMap { Mono.just(it).filter(::odd) } },
            "flatMap to a delay and a filter" to { flux ->
                flux.flatMap { Mono.just(it).delayElement(Duration.ofMillis(5)).filter(::odd) }
            },
            "flatMapSequential to a delay and a filter" to { flux ->
                flux.flatMapSequential({ Mono.just(it).delayElement(Duration.ofMillis(5)).filter(::odd) }, 4)
            },
            "filterWhen with a delay" to { flux ->
                flux.filterWhen { t -> Mono.just(odd(t)).delayElement(Duration.ofMillis(5)) }
            },
            "filterWhen before publishOn" to { flux ->
                flux.filterWhen { Mono.just(odd(it)) }.publishOn(Schedulers.boundedElastic(), 4)
            },
            "groups, of which one is left out" to { flux -> flux.groupBy(::odd).flatMap { g -> g.filter(::odd) } },
            "branches of branches" to
                branches(
                    { flux -> flux.filter { it.index() % 4 == 1L } },
                    branches(
                        { it.filter(::even).filter(::odd) },
                        { flux -> flux.filter { it.index() % 4 == 3L } },
                    ),
                ),
        )
        for ((name, stage) in filters) {
            for (place in 0..2) {
                for (count in 1..2) {
                    withClue("$name after $place, $count rails") {
                        inVirtualTime({ own(Order.BY_INDEX, place, stage) }, count) { it.samples().take(25) }
                            .map { it.index() } shouldBe (1L..49L step 2).toList()
                    }
                }
            }
        }
    }

    "the discard of a filter is final at once: no other trajectory starts before the next one is delivered" {
        for (stage in listOf<(Flux<Trajectory>) -> Flux<Trajectory>>(
            { it.filter(::odd) },
            { flux -> flux.filter(::odd).map { it }.doOnNext { } },
            { flux -> flux.filterWhen { Mono.just(odd(it)) } },
            { it.publishOn(Schedulers.immediate(), 1).filter(::odd) },
        )) {
            for (place in 0..2) {
                var started = 0
                val received = ArrayList<Long>()
                val subscriber = object : BaseSubscriber<Sample>() {
                    override fun hookOnSubscribe(subscription: Subscription) = Unit

                    override fun hookOnNext(value: Sample) {
                        received.add(value.index())
                    }
                }
                sampler(target) {
                    small().prefetch(0).afterStage(0) { flux -> flux.doOnNext { started++ } }.afterStage(place, stage)
                }.samples().subscribe(subscriber)
                for (k in 1..10) {
                    subscriber.request(1)
                    received.last() shouldBe 2L * k - 1
                    started shouldBe 2 * k
                }
            }
        }
    }

    fun slowThree(gate: Sinks.Empty<Trajectory>) = branches(
        { flux -> flux.filter { it.index() != 3L } },
        { flux -> flux.filter { it.index() == 3L }.flatMap { gate.asMono().thenReturn(it) } },
    )

    "delivery waits for a discarded trajectory in another branch, with twice the concurrency behind it" {
        for (place in 0..2) {
            val gate = Sinks.empty<Trajectory>()
            var started = 0
            val received = ArrayList<Sample>()
            sampler(target) {
                small().afterStage(0) { flux -> flux.doOnNext { started++ } }.afterStage(place, slowThree(gate))
            }.samples(0, 60).subscribe { received.add(it) }
            received.map { it.index() } shouldBe listOf(0L, 1L, 2L)
            // Three trajectories were delivered, and one is held.
            started shouldBe 3 + 16 + 1
            gate.tryEmitEmpty()
            received.map { it.bits() } shouldBe whole.map { it.bits() }

            val again = Sinks.empty<Trajectory>()
            val ready = ArrayList<Sample>()
            sampler(target) { small().afterStage(place, slowThree(again)).order(Order.AS_READY) }.samples(0, 20)
                .subscribe {
                    ready.add(it)
                    if (it.index() == 5L) again.tryEmitEmpty()
                }
            ready.sortedBy { it.index() }.map { it.bits() } shouldBe whole.take(20).map { it.bits() }
        }
    }

    "an operator that discards a trajectory and passes it on later fails only a stream in order" {
        // The operator holds trajectory 3 until trajectory 40 has arrived.
        val late = Stage { flux ->
            flux.transform(
                Operators.lift<Trajectory, Trajectory> { _, actual ->
                    object : CoreSubscriber<Trajectory> {
                        var kept: Trajectory? = null

                        override fun currentContext() = actual.currentContext()

                        override fun onSubscribe(s: Subscription) = actual.onSubscribe(s)

                        override fun onNext(t: Trajectory) {
                            if (t.index() == 3L) {
                                kept = t
                                Operators.onDiscard(t, currentContext())
                            } else {
                                actual.onNext(t)
                                if (t.index() == 40L) actual.onNext(kept!!)
                            }
                        }

                        override fun onError(e: Throwable) = actual.onError(e)

                        override fun onComplete() = actual.onComplete()
                    }
                },
            )
        }
        for (place in 0..2) {
            val received = ArrayList<Long>()
            var error: Throwable? = null
            sampler(target) { small().afterStage(place, late) }.samples(0, 60).subscribe(
                { received.add(it.index()) },
                { error = it },
            )
            received.none { it == 3L } shouldBe true
            received shouldBe received.sorted()
            error.shouldBeInstanceOf<IllegalStateException>().message shouldContain "trajectory 3 too late: another"
            sampler(target) { small().afterStage(place, late).order(Order.AS_READY) }.samples(0, 60).all()
                .sortedBy { it.index() }.map { it.bits() } shouldBe whole.map { it.bits() }
        }
    }

    "a trajectory that arrives after its discard and is then lost causes an error, or a warning if it may be held" {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val gate = Sinks.empty<Trajectory>()
            var error: Throwable? = null
            sampler(target) {
                small().afterStage(0, slowThree(gate))
                    .afterStage(1) { flux -> flux.mapNotNull { t -> t.takeIf { it.index() != 3L } } }
            }.samples().subscribe({ }, { error = it })
            gate.tryEmitEmpty()
            error.shouldBeInstanceOf<IllegalStateException>().message shouldContain "pass on each trajectory once"

            val again = Sinks.empty<Trajectory>()
            val received = ArrayList<Long>()
            val lines = logged("warn", here = true) {
                sampler(target) {
                    small().afterStage(0, slowThree(again)).afterStage(1) { flux ->
                        flux.flatMap { if (it.index() == 3L) Mono.never() else Mono.just(it) }
                    }
                }.samples().subscribe { received.add(it.index()) }
                again.tryEmitEmpty()
                time.advanceTimeBy(Duration.ofHours(1))
            }
            received shouldBe listOf(0L, 1L, 2L)
            lines.single() shouldContain "They hold 1"
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    "a branch that holds a discarded trajectory forever causes one warning" {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val received = ArrayList<Long>()
            val lines = logged("warn", here = true) {
                sampler(target) { small().afterStage(1, slowThree(Sinks.empty())) }.samples()
                    .subscribe { received.add(it.index()) }
                time.advanceTimeBy(Duration.ofHours(1))
            }
            received shouldBe listOf(0L, 1L, 2L)
            lines.single() shouldContain "use Order.AS_READY"
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    // A stage that holds trajectory 0 and those after it until a signal.
    fun held(until: Sinks.Empty<Trajectory>) = Stage { flux ->
        flux.concatMap({ t -> if (t.index() == 0L) until.asMono().thenReturn(t) else Mono.just(t) }, 256)
    }

    "a stage that passes trajectories to a slow thread causes no warning when it is full" {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val lines = logged("warn", here = true) {
                val received = ArrayList<Long>()
                // Each takes ten seconds, and 256 are requested at once: the whole concurrency waits before the stage.
                sampler(target) {
                    small().afterStage(1) { flux -> flux.delayElements(Duration.ofSeconds(10)) }
                }.samples(0, 40).subscribe { received.add(it.index()) }
                time.advanceTimeBy(Duration.ofSeconds(1_000))
                received shouldBe (0L until 40).toList()
            }
            lines.shouldBeEmpty()
        } finally {
            VirtualTimeScheduler.reset()
        }
    }

    "publishOn with its default prefetch causes no warning, fast or slow, in one rail or two" {
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

    "a stage that holds the whole concurrency and passes nothing on causes one warning, after half a minute" {
        val time = VirtualTimeScheduler.getOrSet()
        try {
            val gate = Sinks.empty<Trajectory>()
            val received = ArrayList<Long>()
            val lines = logged("warn", here = true) {
                sampler(target) { small().afterStage(1, held(gate)) }.samples(0, 40)
                    .subscribe { received.add(it.index()) }
                time.advanceTimeBy(Duration.ofMillis(29_999))
            }
            lines.shouldBeEmpty()
            val later = logged("warn", here = true) { time.advanceTimeBy(Duration.ofHours(2)) }
            later.size shouldBe 1
            later.single() shouldContain "custom stages have passed nothing on for PT30S. They hold 8"
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
            val lines = logged("warn", here = true) {
                val gate = Sinks.empty<Trajectory>()
                val stream = object : BaseSubscriber<Sample>() {
                    override fun hookOnSubscribe(subscription: Subscription) = Unit
                }
                sampler(target) { small().afterStage(1, held(gate)) }.samples(0, 40).subscribe(stream)
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
        // A thousand trajectories are left out while the stage holds the first one. The concurrency is eight.
        val gate = Sinks.empty<Trajectory>()
        var started = 0
        val received = ArrayList<Long>()
        val stage = Stage { flux ->
            flux.doOnNext {
                if (++started == 1_000) gate.tryEmitEmpty()
            }.filter { it.index() == 0L || it.index() > 2_000 }
                .flatMap { t -> if (t.index() == 0L) gate.asMono().thenReturn(t) else Mono.just(t) }
        }
        sampler(target) { small().afterStage(0, stage) }.samples(0, 2_004).subscribe { received.add(it.index()) }
        received shouldBe listOf(0L, 2_001L, 2_002L, 2_003L)
        started shouldBe 2_004
        received.size shouldBeLessThanOrEqual 4
    }
})
