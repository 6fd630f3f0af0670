package io.scoreflux.internal.stream

import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import io.micrometer.context.ContextRegistry
import io.micrometer.context.ThreadLocalAccessor
import io.scoreflux.Request
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.SamplerBuilder
import io.scoreflux.bits
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Denoiser
import io.scoreflux.solve.Machine
import io.scoreflux.solve.PreparedSolver
import io.scoreflux.solve.Problem
import io.scoreflux.solve.Solver
import io.scoreflux.solve.SolverState
import io.scoreflux.solve.Trajectory
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.state.Rows
import io.scoreflux.stream.Gateway
import io.scoreflux.stream.GatewayBuilder
import io.scoreflux.stream.Stage
import io.scoreflux.stream.StreamListener
import io.scoreflux.threeModes
import org.reactivestreams.Publisher
import org.reactivestreams.Subscriber
import org.reactivestreams.Subscription
import reactor.core.CoreSubscriber
import reactor.core.Disposable
import reactor.core.publisher.Flux
import reactor.core.publisher.Hooks
import reactor.core.scheduler.Scheduler
import reactor.core.scheduler.Schedulers
import reactor.util.context.Context
import java.io.IOException
import java.io.UncheckedIOException
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger
import java.util.function.Consumer

/** Only for hangs: a stream takes milliseconds. */
private const val LONG = 60L

private const val SAMPLES = 12L

/** A place where the engine calls user code or allocates, and the throwable that is thrown there at the [at]-th pass. */
private class Fault(val place: String, val at: Int, val make: () -> Throwable) {
    private val passed = AtomicInteger()

    @Volatile
    var armed = false

    fun has() = passed.get() >= at

    fun takes(here: String) = armed && here == place && passed.incrementAndGet() == at

    fun pass(here: String) {
        if (takes(here)) throw make()
    }

    override fun toString() = "${make()} at pass $at of $place"
}

private val KINDS: List<() -> Throwable> = listOf(
    { IllegalStateException("storm") },
    { OutOfMemoryError("storm") },
    { StackOverflowError("storm") },
    { NoClassDefFoundError("storm") },
)

private val target = threeModes()
private val solver = FixedStep(Scheme.EULER, 4)

/** A solver whose machines trigger the fault. */
private class Machines(val fault: Fault) : Solver {
    override fun name() = "euler"

    override fun prepare(problem: Problem): PreparedSolver {
        val euler = solver.prepare(problem)
        return object : PreparedSolver {
            override fun stopLevels(): DoubleArray = euler.stopLevels()

            override fun start(state: SolverState): Machine {
                fault.pass("start of a trajectory")
                val inner = euler.start(state)
                return object : Machine {
                    override fun target(sigma: Double) {
                        fault.pass("aim")
                        inner.target(sigma)
                    }

                    override fun done(): Boolean {
                        fault.pass("done")
                        return inner.done()
                    }

                    override fun ask(append: Rows): Int {
                        fault.pass("ask")
                        return inner.ask(append)
                    }

                    override fun tell(asked: Rows, answers: DoubleArray, firstRow: Int) {
                        fault.pass("tell")
                        inner.tell(asked, answers, firstRow)
                    }
                }
            }
        }
    }
}

private class Model(val fault: Fault, val retried: Boolean) : Denoiser {
    private val first = AtomicBoolean(true)

    override fun dimension(): Int {
        // Called when rounds and calls are created, so it stands for the allocation of their memory.
        fault.pass("dimension")
        return 2
    }

    override fun moments() = target.moments()

    override fun denoise(rows: Rows, out: DoubleArray) {
        if (retried && first.getAndSet(false)) throw UncheckedIOException(IOException("first attempt"))
        fault.pass("denoise")
        target.denoise(rows, out)
    }
}

/** A client that returns values on a separate thread. */
private class Client(val fault: Fault, val retried: Boolean, val answers: ExecutorService) : AsyncDenoiser {
    private val first = AtomicBoolean(true)

    override fun dimension(): Int {
        fault.pass("dimension")
        return 2
    }

    override fun moments() = target.moments()

    override fun denoise(rows: Rows): Publisher<DoubleArray> {
        fault.pass("denoise")
        return Publisher { subscriber ->
            fault.pass("subscribe to a client")
            subscriber.onSubscribe(object : Subscription {
                override fun request(n: Long) {
                    fault.pass("request of a client")
                    answers.execute { answer(rows, subscriber) }
                }

                override fun cancel() {
                    fault.pass("cancel of a client")
                }
            })
        }
    }

    private fun answer(rows: Rows, subscriber: Subscriber<in DoubleArray>) {
        when {
            retried && first.getAndSet(false) -> {
                subscriber.onError(IOException("first attempt"))
            }

            fault.takes("error of a client") -> {
                subscriber.onError(fault.make())
            }

            else -> {
                subscriber.onNext(DoubleArray(2 * rows.count()).also { target.denoise(rows, it) })
                subscriber.onComplete()
            }
        }
    }
}

private class Listening(val fault: Fault, val who: String) : StreamListener {
    override fun entered(stage: Int, trajectory: Trajectory) = fault.pass("$who: entered")

    override fun left(passage: StreamListener.StageSummary) = fault.pass("$who: left")

    override fun abandoned(stage: Int, trajectory: Trajectory) = fault.pass("$who: abandoned")

    override fun finished(trajectory: Trajectory) = fault.pass("$who: finished")

    override fun delivered(trajectory: Trajectory) = fault.pass("$who: delivered")

    override fun called(rows: Int, waited: Long) = fault.pass("$who: called")

    override fun ended(rows: Int, took: Long, error: Throwable?) = fault.pass("$who: ended")

    override fun retried(error: Throwable) = fault.pass("$who: retried")
}

private class Threads(val fault: Fault, val inner: Scheduler) : Scheduler {
    override fun schedule(task: Runnable): Disposable {
        fault.pass("schedule")
        return inner.schedule(task)
    }

    override fun createWorker(): Scheduler.Worker {
        fault.pass("worker")
        val worker = inner.createWorker()
        return object : Scheduler.Worker {
            override fun schedule(task: Runnable): Disposable {
                fault.pass("schedule on a worker")
                return worker.schedule(task)
            }

            override fun dispose() {
                worker.dispose()
                fault.pass("dispose of a worker")
            }
        }
    }
}

/** A transport whose buffer for values may fail to allocate. */
private class Tight(val fault: Fault, val inner: Transport) : Transport {
    override fun buffer(current: DoubleArray, rows: Rows): DoubleArray {
        fault.pass("buffer for answers")
        return inner.buffer(current, rows)
    }

    override fun send(
        rows: Rows,
        buffer: DoubleArray,
        context: Context,
        answered: Consumer<DoubleArray>,
        failed: Consumer<Throwable>,
    ): Disposable {
        fault.pass("send")
        return inner.send(rows, buffer, context, answered, failed)
    }

    override fun callsHere() = inner.callsHere()

    override fun canGiveUp() = inner.canGiveUp()

    override fun returnsRows() = inner.returnsRows()
}

/** Collects the samples, and whether the stream has terminated. */
private class Taker(val fault: Fault, val leavesAfter: Int = Int.MAX_VALUE) : CoreSubscriber<Sample> {
    val over = CountDownLatch(1)
    val samples = ArrayList<Sample>()

    @Volatile
    var error: Throwable? = null

    @Volatile
    var complete = false

    private lateinit var subscription: Subscription

    override fun currentContext(): Context {
        fault.pass("context")
        return Context.of("scoreflux.storm", "ada")
    }

    override fun onSubscribe(s: Subscription) {
        subscription = s
        fault.pass("onSubscribe")
        s.request(5)
    }

    override fun onNext(sample: Sample) {
        samples.add(sample)
        if (samples.size == leavesAfter) {
            over.countDown()
            subscription.cancel()
            return
        }
        fault.pass("onNext")
        subscription.request(1)
    }

    override fun onError(e: Throwable) {
        error = e
        over.countDown()
        fault.pass("onError")
    }

    override fun onComplete() {
        complete = true
        over.countDown()
        fault.pass("onComplete")
    }

    fun takes(flux: Flux<Sample>) {
        try {
            flux.subscribe(this)
        } catch (e: Throwable) {
            // The error was thrown to the caller.
            over.countDown()
        }
    }
}

/** The engine of the streams: a sampler builder, and the gateway if it is shared. */
private class Rig(val shared: Gateway?, val builder: () -> SamplerBuilder)

/** The receiver of a throwable, by the table of docs/engine.md. */
private enum class Receiver {
    /** Reactor's hook for dropped errors: no stream is affected. */
    HOOK,

    /** An exception fails one sample of the victim; an error of the virtual machine or the linker fails its stream. */
    SAMPLE,

    /** The victim's stream. */
    STREAM,

    /**
     * The rows of a call: an exception fails at most the one sample whose rows throw alone; an error of the virtual machine or the linker
     * fails the streams with rows in the call.
     */
    CALL,

    /** The stream for which there is no memory, if it cannot do with less. */
    MEMORY,

    /** As [CALL], or the stream that reads its context outside of a call. */
    CONTEXT,

    /** The caller of `subscribe`, or the subscriber's `onError` if Reactor catches it, before any sample. */
    CALLER,
}

private val PLACES = mapOf(
    "start of a trajectory" to Receiver.STREAM,
    "aim" to Receiver.SAMPLE,
    "done" to Receiver.STREAM,
    "ask" to Receiver.SAMPLE,
    "tell" to Receiver.SAMPLE,
    "dimension" to Receiver.MEMORY,
    "denoise" to Receiver.CALL,
    "subscribe to a client" to Receiver.CALL,
    "request of a client" to Receiver.CALL,
    "cancel of a client" to Receiver.HOOK,
    "error of a client" to Receiver.CALL,
    "gateway: called" to Receiver.HOOK,
    "gateway: ended" to Receiver.HOOK,
    "gateway: retried" to Receiver.HOOK,
    "sampler: entered" to Receiver.STREAM,
    "sampler: left" to Receiver.STREAM,
    "sampler: abandoned" to Receiver.HOOK,
    "sampler: finished" to Receiver.STREAM,
    "sampler: delivered" to Receiver.STREAM,
    "schedule" to Receiver.CALL,
    "worker" to Receiver.STREAM,
    "schedule on a worker" to Receiver.STREAM,
    "dispose of a worker" to Receiver.HOOK,
    "buffer for answers" to Receiver.MEMORY,
    "send" to Receiver.CALL,
    "stage applied" to Receiver.STREAM,
    "stage subscribed to" to Receiver.STREAM,
    "stage" to Receiver.STREAM,
    "operator" to Receiver.STREAM,
    "onSubscribe" to Receiver.CALLER,
    "onNext" to Receiver.STREAM,
    "onError" to Receiver.STREAM,
    "onComplete" to Receiver.HOOK,
    "context" to Receiver.CONTEXT,
    "thread-local read" to Receiver.CONTEXT,
    "thread-local set" to Receiver.CONTEXT,
    "thread-local restored" to Receiver.CONTEXT,
    "subscribe to requests" to Receiver.STREAM,
    "request of requests" to Receiver.STREAM,
    "cancel of requests" to Receiver.HOOK,
    "error of requests" to Receiver.STREAM,
)

/**
 * The rule of docs/engine.md at every place where the engine calls user code or allocates: every stream terminates, the throwable affects
 * only its receiver, and a shared gateway serves the next stream.
 */
class FaultsSpec : FreeSpec({
    val exact = Sampler.builder(target).noiseRange(20.0, 0.02).solver(solver).stages(2).build()
        .samples(0, SAMPLES).collectList().block()!!.map { it.bits() }
    val threads = Schedulers.newParallel("storm", 3, true)
    val answers = Executors.newSingleThreadExecutor { Thread(it, "storm-client").also { t -> t.isDaemon = true } }
    afterSpec {
        threads.dispose()
        answers.shutdownNow()
    }

    fun GatewayBuilder.small(fault: Fault) = maxRows(5).listener(Listening(fault, "gateway"))

    fun onThreads(fault: Fault, model: Denoiser) = BatchGateway(
        model::dimension,
        model,
        Tight(fault, SyncTransport(model::denoise, Threads(fault, threads), null)),
        5,
        2,
        Listening(fault, "gateway"),
    )

    fun shared(gateway: Gateway) = Rig(gateway) { Sampler.builder(gateway) }
    val engines: Map<String, (Fault) -> Rig> = mapOf(
        "one rail" to { fault -> Rig(null) { Sampler.builder(Model(fault, false)).maxRows(5) } },
        "three rails" to { fault ->
            Rig(null) { Sampler.builder(Model(fault, false)).parallelism(3, Threads(fault, threads)) }
        },
        "a gateway on a scheduler" to { fault -> shared(onThreads(fault, Model(fault, false))) },
        "a gateway on a scheduler, with retries" to { fault ->
            shared(
                Gateway.builder(Model(fault, true), Threads(fault, threads)).small(fault)
                    .retries(2, Duration.ofNanos(1)).build(),
            )
        },
        "an asynchronous gateway" to { fault ->
            shared(Gateway.builder(Client(fault, false, answers)).small(fault).maxInFlight(2).build())
        },
        "an asynchronous gateway, with retries and a time limit" to { fault ->
            shared(
                Gateway.builder(Client(fault, true, answers)).small(fault)
                    .timeout(Duration.ofSeconds(LONG)).retries(2, Duration.ofNanos(1)).build(),
            )
        },
    )

    fun SamplerBuilder.plain() = noiseRange(20.0, 0.02).solver(solver).stages(2).concurrency(4).prefetch(2)

    fun stage(fault: Fault) = Stage { flux ->
        fault.pass("stage applied")
        flux.doOnNext {
            fault.pass("stage")
            // A stream that fails in any case, so that it has an error.
            if (fault.armed && fault.place == "onError") error("a stage out of order")
        }.doOnSubscribe { fault.pass("stage subscribed to") }
    }

    /** Requests from a separate thread. */
    fun requests(fault: Fault) = Publisher<Request> { subscriber ->
        fault.pass("subscribe to requests")
        val next = AtomicInteger()
        subscriber.onSubscribe(object : Subscription {
            override fun request(n: Long) {
                fault.pass("request of requests")
                answers.execute {
                    repeat(n.coerceAtMost(SAMPLES).toInt()) {
                        val index = next.getAndIncrement().toLong()
                        when {
                            index >= SAMPLES -> {
                                return@execute
                            }

                            fault.takes("error of requests") -> {
                                next.set(SAMPLES.toInt())
                                subscriber.onError(fault.make())
                                return@execute
                            }

                            else -> {
                                subscriber.onNext(Request.of(0, index))
                            }
                        }
                        if (index + 1 == SAMPLES) subscriber.onComplete()
                    }
                }
            }

            override fun cancel() {
                next.set(SAMPLES.toInt())
                fault.pass("cancel of requests")
            }
        })
    }

    fun stream(sampler: Sampler, fault: Fault, byRequests: Boolean): Flux<Sample> {
        val samples = if (byRequests) {
            sampler.samples(
                requests(fault).let { all ->
                    Publisher<Request> { all.subscribe(it) }
                },
            )
        } else {
            sampler.samples(0, SAMPLES)
        }
        return samples.map {
            fault.pass("operator")
            it
        }
    }

    /** Returns what the victim and the bystander received if that is not right, or null. */
    fun misdirected(fault: Fault, victim: Taker, bystander: Taker?): String? {
        val thrown = fault.make()
        val fatal = thrown is Error
        val left = !victim.complete && victim.error == null

        // An error at the start of a trajectory is the cause of another one.
        fun Taker.hasThrown() = generateSequence(error) { it.cause }.take(5)
            .any { it.javaClass == thrown.javaClass && it.message == "storm" }

        fun Taker.failed() = samples.filter { it.failed() }

        fun Taker.isIntact() = failed().isEmpty() && error == null

        fun Taker.shows() = "${if (complete) "complete" else "$error"}, failed ${failed().map { it.index() }}"
        val both = listOfNotNull(victim, bystander)
        val seen = "victim: ${victim.shows()}; bystander: ${bystander?.shows()}"
        val receiver = PLACES.getValue(fault.place)
        val shared = receiver in setOf(Receiver.CALL, Receiver.CONTEXT, Receiver.MEMORY)
        if (bystander != null && !shared && !(bystander.complete && bystander.isIntact())) return seen
        if (!fault.has() && fault.place != "onError") {
            return if (both.all { it.isIntact() } && bystander?.complete != false) null else seen
        }
        val right = when (receiver) {
            Receiver.HOOK -> {
                victim.isIntact()
            }

            Receiver.CALLER -> {
                (left || victim.hasThrown()) && victim.samples.isEmpty()
            }

            Receiver.STREAM -> {
                if (fault.place == "onError") {
                    victim.error?.message == "a stage out of order" || left
                } else {
                    // Later passes at these places may come after the end of the work.
                    val mayBeLate = fault.place == "request of requests" || fault.place == "schedule on a worker"
                    (victim.hasThrown() || left || (mayBeLate && fault.at > 1)) && victim.failed().isEmpty()
                }
            }

            Receiver.SAMPLE -> {
                when {
                    fatal -> {
                        (victim.hasThrown() || left) && victim.failed().isEmpty()
                    }

                    else -> {
                        val failed = victim.failed()
                        victim.error == null && (failed.size == 1 || (left && failed.isEmpty())) &&
                            failed.all { it.certificate().failure()!!.cause()?.message == "storm" }
                    }
                }
            }

            Receiver.CALL -> {
                if (fatal) {
                    both.all { it.isIntact() || (it.hasThrown() && it.failed().isEmpty()) } &&
                        (left || both.any { it.hasThrown() })
                } else {
                    val failed = both.flatMap { it.failed() }
                    both.all { it.error == null } && failed.size <= 1 &&
                        failed.all { it.certificate().failure()!!.cause()?.message == "storm" }
                }
            }

            Receiver.CONTEXT -> {
                val streams = both.count { !it.isIntact() && it.failed().isEmpty() }
                both.all { it.error == null || it.hasThrown() } &&
                    both.all { it.error == null || it.failed().isEmpty() } &&
                    (fatal || streams + both.sumOf { it.failed().size } <= 1)
            }

            Receiver.MEMORY -> {
                both.all { it.isIntact() || (it.hasThrown() && it.failed().isEmpty()) } &&
                    both.count { it.hasThrown() } <= 1
            }
        }
        return if (right) null else seen
    }

    /** Runs a stream and an unrelated one through a fault, then another stream; returns the problem, or null. */
    fun storm(engine: (Fault) -> Rig, fault: Fault, byRequests: Boolean, leavesAfter: Int): String? {
        val rig = engine(fault)
        val sampler = rig.builder().plain().solver(Machines(fault)).afterStage(0, stage(fault))
            .listener(Listening(fault, "sampler")).build()
        val calm = Fault("", 0) { error("never") }
        val bystander = rig.shared?.let { Sampler.builder(it).plain().build() }
        val victim = Taker(fault, leavesAfter)
        val other = Taker(calm)
        fault.armed = true
        victim.takes(stream(sampler, fault, byRequests))
        bystander?.let { other.takes(it.samples(0, SAMPLES)) }
        if (!victim.over.await(LONG, TimeUnit.SECONDS)) return "no end of the stream"
        if (bystander != null && !other.over.await(LONG, TimeUnit.SECONDS)) return "no end of the bystander"
        fault.armed = false
        val takers = if (bystander == null) listOf(victim) else listOf(victim, other)
        for (taker in takers) {
            for (sample in taker.samples) {
                if (!sample.failed() && sample.bits() != exact[sample.index().toInt()]) return "a wrong sample"
            }
            if (taker.complete && taker.samples.size != SAMPLES.toInt()) return "complete with ${taker.samples.size}"
        }
        misdirected(fault, victim, if (bystander == null) null else other)?.let { return it }
        val next = Taker(calm)
        next.takes((bystander ?: rig.builder().plain().build()).samples(0, SAMPLES))
        if (!next.over.await(LONG, TimeUnit.SECONDS)) return "no end of the next stream"
        if (next.samples.map { if (it.failed()) null else it.bits() } != exact) return "the next stream: ${next.error}"
        return null
    }

    "a throwable at every place, on every engine: every stream terminates, and the gateway serves the next" {
        val reached = HashSet<String>()
        val wrong = ArrayList<String>()
        var runs = 0
        val local = ThreadLocal<String>()
        var present: Fault? = null
        val accessor = object : ThreadLocalAccessor<String> {
            override fun key() = "scoreflux.storm"

            override fun getValue(): String? {
                present?.pass("thread-local read")
                return local.get()
            }

            override fun setValue(value: String) {
                present?.pass("thread-local set")
                local.set(value)
            }

            override fun setValue() = local.remove()

            override fun restore() {
                local.remove()
                present?.pass("thread-local restored")
            }
        }
        ContextRegistry.getInstance().registerThreadLocalAccessor(accessor)
        // A hook that throws must be harmless as well.
        Hooks.onErrorDropped { error("hook") }
        try {
            for ((name, engine) in engines) {
                for (place in PLACES.keys) {
                    for (kind in KINDS) {
                        for ((at, leavesAfter) in listOf(
                            1 to Int.MAX_VALUE,
                            3 to Int.MAX_VALUE,
                            10 to Int.MAX_VALUE,
                            1 to 5,
                        )) {
                            val fault = Fault(place, at, kind)
                            present = fault
                            val result =
                                storm(engine, fault, place.contains("request") && "client" !in place, leavesAfter)
                            runs++
                            if (result != null) wrong.add("$name, $fault, leaving after $leavesAfter: $result")
                            if (fault.has()) reached.add(place)
                            if (wrong.size == 10) wrong.shouldBeEmpty()
                        }
                    }
                }
            }
        } finally {
            Hooks.resetOnErrorDropped()
            ContextRegistry.getInstance().removeThreadLocalAccessor("scoreflux.storm")
        }
        wrong.shouldBeEmpty()
        PLACES.keys.filter { it !in reached }.shouldBeEmpty()
        println("faults: $runs runs, ${PLACES.size} places")
    }

    "a call has as many rows as fit into memory, and all rows are served" {
        for (scheduler in listOf(threads, null)) {
            val shy = object : Transport by SyncTransport(target::denoise, scheduler, null).let({ it as Transport }) {
                override fun buffer(current: DoubleArray, rows: Rows): DoubleArray {
                    if (rows.count() > 3) throw OutOfMemoryError("three rows fit")
                    return DoubleArray(2 * 3)
                }
            }
            var most = 0
            val counting = object : StreamListener {
                override fun called(rows: Int, waited: Long) {
                    most = maxOf(most, rows)
                }
            }
            val gateway = BatchGateway(target::dimension, target, shy, 100, 1, counting)
            val samples = Sampler.builder(gateway).plain().concurrency(12).build().samples(0, SAMPLES)
                .collectList().block(Duration.ofSeconds(LONG))!!
            samples.map { it.bits() } shouldBe exact
            most shouldBe 3
        }
    }

    "a lack of memory for a call of one stream alone ends that stream" {
        for (scheduler in listOf(threads, null)) {
            val lacks = AtomicBoolean(true)
            val shy = object : Transport by SyncTransport(target::denoise, scheduler, null).let({ it as Transport }) {
                override fun buffer(current: DoubleArray, rows: Rows): DoubleArray {
                    if (lacks.get()) throw OutOfMemoryError("none fits")
                    return DoubleArray(2 * rows.count())
                }
            }
            val gateway = BatchGateway(target::dimension, target, shy, 100, 1, StreamListener.NONE)
            val sampler = Sampler.builder(gateway).plain().build()
            val first = Taker(Fault("", 0) { error("never") }).also { it.takes(sampler.samples(0, SAMPLES)) }
            first.over.await(LONG, TimeUnit.SECONDS) shouldBe true
            lacks.set(false)
            first.error.shouldBeInstanceOf<OutOfMemoryError>().message shouldBe "none fits"
            sampler.samples(0, SAMPLES).collectList().block(Duration.ofSeconds(LONG))!!
                .map { it.bits() } shouldBe exact
        }
    }

    "a cyclic cause does not stop a gateway" {
        val error = IllegalStateException("outer")
        error.initCause(IllegalArgumentException("inner", error))
        BatchGateway.concernsTheCall(error) shouldBe false
    }

    "a batch beyond the longest array is rejected before allocation, with a remedy" {
        val one = Rows(1000, 1)
        val e = runCatching { one.appendAll(Rows(1000, 1), 0, 3_000_000) }.exceptionOrNull().shouldNotBeNull()
        e.shouldBeInstanceOf<IllegalStateException>().message!! shouldContain
            "at most 2147483 rows of 1000 numbers, the size limit of an array, was 3000000; use a solver with " +
            "fewer rows per round"
        one.count() shouldBe 0
    }
})
