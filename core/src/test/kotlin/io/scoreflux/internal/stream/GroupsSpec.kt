package io.scoreflux.internal.stream

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.element
import io.kotest.property.arbitrary.enum
import io.kotest.property.arbitrary.int
import io.kotest.property.arbitrary.list
import io.kotest.property.checkAll
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.SamplerBuilder
import io.scoreflux.bits
import io.scoreflux.error.Failure
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.LabelledMixture
import io.scoreflux.solve.Machine
import io.scoreflux.solve.MachineGroup
import io.scoreflux.solve.PreparedSolver
import io.scoreflux.solve.Problem
import io.scoreflux.solve.Solver
import io.scoreflux.solve.SolverState
import io.scoreflux.solve.Trajectory
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows
import io.scoreflux.stream.Order
import io.scoreflux.stream.Stage
import io.scoreflux.stream.StreamListener
import io.scoreflux.threeModes
import org.reactivestreams.Subscription
import reactor.core.publisher.BaseSubscriber
import reactor.core.scheduler.Schedulers
import java.time.Duration
import java.util.concurrent.CopyOnWriteArrayList

private const val STEPS = 12
private const val WIDTH = 8

/** A solver that records the numbers of trajectories that its groups ask for, and may throw from them. */
private class Recorded(private val solver: Solver, private val throws: () -> Boolean = { false }) : Solver by solver {
    val sizes: MutableList<Int> = CopyOnWriteArrayList()

    private inner class One(val machine: Machine) : Machine by machine {
        override fun newGroup(): MachineGroup? = machine.newGroup()?.let { Several(it) }
    }

    private inner class Several(val group: MachineGroup) : MachineGroup by group {
        override fun add(machine: Machine) = group.add((machine as One).machine)

        override fun ask(append: Rows) {
            val before = append.count()
            check(!throws()) { "broken group" }
            group.ask(append)
            sizes += append.count() - before
        }
    }

    override fun prepare(problem: Problem): PreparedSolver {
        val prepared = solver.prepare(problem)
        return object : PreparedSolver by prepared {
            override fun start(state: SolverState): Machine = One(prepared.start(state))
        }
    }
}

/** A denoiser of which [change] may throw or change the values. */
private class Meddling(private val change: (rows: Rows, out: DoubleArray) -> Unit) : Denoiser {
    private val target = threeModes()

    override fun dimension() = 2

    override fun moments() = target.moments()

    override fun denoise(rows: Rows, out: DoubleArray) {
        target.denoise(rows, out)
        change(rows, out)
    }
}

/** Trajectories that take the same steps form groups, which changes nothing but the time. */
class GroupsSpec : FreeSpec({
    fun SamplerBuilder.small(solver: Solver, configure: SamplerBuilder.() -> Unit = {}) =
        noiseRange(20.0, 0.02).solver(solver).concurrency(WIDTH).apply(configure).build()

    fun Sampler.all(count: Long = 24) = samples(0, count).collectList().block()!!

    fun List<Sample>.facts() = map { it.bits() to it.certificate() }

    val euler = FixedStep(Scheme.EULER, STEPS)

    "trajectories that start together step together, in every stage" {
        for (stages in listOf(1, 4)) {
            val recorded = Recorded(euler)
            val samples = Sampler.builder(threeModes()).small(recorded) { stages(stages) }.all()
            recorded.sizes shouldBe List(3 * STEPS) { WIDTH }
            samples.facts() shouldBe Sampler.builder(threeModes()).small(euler) { concurrency(1) }.all().facts()
        }
    }

    "a trajectory that starts alone steps alone" {
        val recorded = Recorded(euler)
        Sampler.builder(threeModes()).small(recorded) { concurrency(1) }.all(4)
        recorded.sizes.shouldBeEmpty()
    }

    "trajectories that start later join others, or step alone beside them" {
        for (scheme in listOf(Scheme.UNIPC, Scheme.HEUN, Scheme.EULER)) {
            val solver = FixedStep(scheme, STEPS)
            val alone = Sampler.builder(threeModes()).small(solver) { concurrency(1) }.all().facts()
            // Each call requests the next samples, so that one trajectory starts first, then two, then three.
            val recorded = Recorded(solver)
            val received = mutableListOf<Sample>()
            lateinit var subscriber: BaseSubscriber<Sample>
            val requests = ArrayDeque(listOf(1L, 2L, 3L, 1L, 4L, 2L, 5L, 6L))
            val denoiser = Meddling { _, _ -> requests.removeFirstOrNull()?.let { subscriber.request(it) } }
            subscriber = object : BaseSubscriber<Sample>() {
                override fun hookOnSubscribe(subscription: Subscription) = request(1)

                override fun hookOnNext(sample: Sample) {
                    received += sample
                }
            }
            Sampler.builder(denoiser).small(recorded) {
                concurrency(24).prefetch(0)
            }.samples(0, 24).subscribe(subscriber)
            withClue(scheme.label()) {
                received.facts() shouldBe alone.take(received.size)
                received.size shouldBe 24
                recorded.sizes.distinct().sorted() shouldBe listOf(2, 3, 4, 5)
            }
        }
    }

    "samples that fail at any call change no other sample, for any scheme, width, number of stages and order" {
        checkAll(
            PropTestConfig(seed = 20_261_202, iterations = 150),
            Arb.enum<Scheme>(),
            Arb.int(1, 14),
            Arb.list(Arb.int(0, 5), 1..3),
            Arb.element(2, 3, 5, 100),
            Arb.element(1, 2, 4),
            Arb.enum<Order>(),
        ) { scheme, call, rows, maxRows, stages, order ->
            val solver = FixedStep(scheme, STEPS)
            val alone = Sampler.builder(threeModes()).small(solver) { concurrency(1).stages(stages) }.all(17)
            var calls = 0
            val samples = Sampler.builder(
                Meddling { batch, out ->
                    if (++calls == call) {
                        for (row in rows) if (row < batch.count()) out[batch.offset(row)] = Double.NaN
                    }
                },
            ).small(solver) { concurrency(6).maxRows(maxRows).stages(stages).order(order) }.all(17)
                .sortedBy { it.index() }
            samples.map { it.index() } shouldBe (0L until 17L).toList()
            samples.zip(alone).filter { (sample, _) -> sample.certificate().failure() == null }
                .forEach { (sample, exact) -> listOf(sample).facts() shouldBe listOf(exact).facts() }
            samples.count { it.certificate().failure() != null } shouldBeLessThanOrEqual rows.toSet().size
        }
    }

    "a group that throws for its values fails its samples, and no others" {
        for (place in listOf("tell", "release")) {
            var armed = true

            class One(val machine: Machine) : Machine by machine {
                override fun newGroup(): MachineGroup {
                    val group = machine.newGroup()!!
                    return object : MachineGroup by group {
                        override fun add(other: Machine) = group.add((other as One).machine)

                        override fun tell(asked: Rows, answers: DoubleArray, firstRow: Int) {
                            if (place == "tell" && armed) {
                                armed = false
                                error("broken tell")
                            }
                            group.tell(asked, answers, firstRow)
                        }

                        override fun release() {
                            // The machines stay in the group, which must not be used again.
                            if (place == "release" && armed) {
                                armed = false
                                error("broken release")
                            }
                            group.release()
                        }
                    }
                }
            }
            val broken = WithMachine(euler, ::One)
            val samples = Sampler.builder(threeModes()).small(broken) { stages(1) }.all(2L * WIDTH)
            withClue(place) {
                samples.map { it.certificate().failure()?.kind() } shouldBe
                    List(2 * WIDTH) { if (it < WIDTH) Failure.Kind.SOLVER_ERROR else null }
                samples.drop(WIDTH).facts() shouldBe
                    Sampler.builder(threeModes()).small(euler) { concurrency(1) }.all(2L * WIDTH).drop(WIDTH).facts()
            }
        }
    }

    "a listener that throws loses no trajectory of a group that has ended" {
        val left = mutableListOf<Long>()
        val abandoned = mutableListOf<Long>()
        val listener = object : StreamListener {
            override fun left(summary: StreamListener.StageSummary) {
                left += summary.trajectory().index()
                error("broken listener")
            }

            override fun abandoned(stage: Int, trajectory: Trajectory) {
                abandoned += trajectory.index()
            }
        }
        var calls = 0
        // The first row of the first group fails, and the others leave the group.
        val denoiser = Meddling { _, out -> if (++calls == 3) out[0] = Double.NaN }
        val sampler = Sampler.builder(denoiser).small(euler) { stages(1).maxRows(4).listener(listener) }
        shouldThrow<IllegalStateException> { sampler.all(WIDTH.toLong()) }.message shouldBe "broken listener"
        left shouldBe listOf(0L)
        abandoned.sorted() shouldBe (1L until WIDTH).toList()
    }

    "a machine that throws when it should join a group steps alone" {
        for (place in listOf("newGroup", "add")) {
            val broken = WithMachine(euler) { machine ->
                object : Machine by machine {
                    override fun newGroup(): MachineGroup {
                        check(place == "add") { "broken newGroup" }
                        return object : MachineGroup by machine.newGroup()!! {
                            override fun add(other: Machine) = error("broken add")
                        }
                    }
                }
            }
            withClue(place) {
                Sampler.builder(threeModes()).small(broken).all().facts() shouldBe
                    Sampler.builder(threeModes()).small(euler) { concurrency(1) }.all().facts()
            }
        }
    }

    "samples with equal conditions form groups" {
        val target = LabelledMixture.of(
            listOf(-1.0, 1.5).mapIndexed { k, mean ->
                LabelledMixture.Labelled(
                    k,
                    GaussianMixture.Component(0.5, doubleArrayOf(mean), Covariance.isotropic(0.5)),
                )
            },
        )

        fun run(width: Int, solver: Solver, label: (Long) -> Int) =
            Sampler.builder(target).small(solver) { concurrency(width).conditions { Condition.label(label(it)) } }.all()
        for ((label, grouped) in listOf<Pair<(Long) -> Int, Boolean>>(
            { _: Long -> 1 } to true,
            { index: Long -> (index / 4 % 2).toInt() } to true,
            { index: Long -> (index % 2).toInt() } to false,
        )) {
            val recorded = Recorded(euler)
            run(WIDTH, recorded, label).facts() shouldBe run(1, euler, label).facts()
            recorded.sizes.isNotEmpty() shouldBe grouped
        }
    }

    "a group has at most the rows of a call" {
        val recorded = Recorded(euler)
        val samples = Sampler.builder(threeModes()).small(recorded) { maxRows(3) }.all(WIDTH.toLong())
        recorded.sizes shouldBe List(STEPS) { listOf(3, 3, 2) }.flatten()
        samples.facts() shouldBe Sampler.builder(threeModes()).small(euler) { concurrency(1) }.all(8).facts()
    }

    "every scheme has the same samples in groups, in any order of delivery" {
        for (scheme in Scheme.entries) {
            val solver = FixedStep(scheme, 13)
            val alone = Sampler.builder(threeModes()).small(solver) { concurrency(1) }.all().facts()
            withClue(scheme.label()) {
                Sampler.builder(threeModes()).small(solver).all().facts() shouldBe alone
                Sampler.builder(threeModes()).small(solver) { order(Order.AS_READY) }.all()
                    .sortedBy { it.index() }.facts() shouldBe alone
            }
        }
    }

    "a sample that fails leaves its group, and the others step together" {
        val broken = mutableListOf<Int>()
        val recorded = Recorded(euler)
        // The third row of the fourth call has no finite value.
        var calls = 0
        val denoiser = Meddling { rows, out ->
            if (++calls == 4) out[rows.offset(2)] = Double.NaN
            broken += rows.count()
        }
        val samples = Sampler.builder(denoiser).small(recorded).all(WIDTH.toLong())
        samples.map { it.certificate().failure()?.kind() } shouldBe
            List(WIDTH) { if (it == 2) Failure.Kind.NON_FINITE_ANSWER else null }
        samples[2].certificate().calls() shouldBe 4L
        recorded.sizes shouldBe List(4) { WIDTH } + List(STEPS - 4) { WIDTH - 1 }
        broken shouldBe List(4) { WIDTH } + List(STEPS - 4) { WIDTH - 1 }
        val alone = Sampler.builder(threeModes()).small(euler) { concurrency(1) }.all(WIDTH.toLong())
        (samples - samples[2]).facts() shouldBe (alone - alone[2]).facts()
    }

    "rows that throw fail their own samples, whichever calls the group is divided into" {
        for (bad in listOf(setOf(0), setOf(5), setOf(1, 2, 7), (0 until WIDTH).toSet())) {
            val exact = Sampler.builder(threeModes()).small(euler) { concurrency(1) }.all(WIDTH.toLong())
            // Below sigma 5, states of the bad samples throw.
            val states = mutableMapOf<List<Double>, Int>()
            Sampler.builder(
                Meddling { rows, _ ->
                    for (row in 0 until rows.count()) {
                        if (rows.sigma(row) < 5) {
                            states.putIfAbsent(rows.values().slice(2 * row..2 * row + 1), row)
                        }
                    }
                },
            ).small(euler).all(WIDTH.toLong())
            val recorded = Recorded(euler)
            val samples = Sampler.builder(
                Meddling { rows, _ ->
                    for (row in 0 until rows.count()) {
                        check(states[rows.values().slice(2 * row..2 * row + 1)] !in bad) { "bad state" }
                    }
                },
            ).small(recorded).all(WIDTH.toLong())
            withClue(bad) {
                samples.indices.filter { samples[it].certificate().failure() != null }.toSet() shouldBe bad
                samples.filterIndexed { i, _ -> i !in bad }.facts() shouldBe
                    exact.filterIndexed { i, _ -> i !in bad }.facts()
            }
        }
    }

    "a call without values fails every sample of the group" {
        val samples = Sampler.builder(
            Meddling {
                _,
                _,
                ->
                throw java.io.UncheckedIOException(java.io.IOException("down"))
            },
        )
            .small(euler).all(WIDTH.toLong())
        samples.map { it.certificate().failure()?.kind() } shouldBe List(WIDTH) { Failure.Kind.TRANSPORT_ERROR }
    }

    "a group that throws lets its trajectories step alone" {
        val recorded = Recorded(euler) { true }
        val samples = Sampler.builder(threeModes()).small(recorded).all()
        recorded.sizes.shouldBeEmpty()
        samples.facts() shouldBe Sampler.builder(threeModes()).small(euler) { concurrency(1) }.all().facts()
    }

    "a group whose values do not fit into memory together is divided among calls" {
        val recorded = Recorded(euler)
        val transport = SyncTransport(threeModes()::denoise, null, null)
        val shy = object : Transport by transport {
            override fun buffer(current: DoubleArray, rows: Rows): DoubleArray {
                if (rows.count() > 3) throw OutOfMemoryError("three rows fit")
                return DoubleArray(2 * 3)
            }
        }
        val target = threeModes()
        val gateway = BatchGateway({ 2 }, target, shy, 100, 1, StreamListener.NONE)
        val samples = Sampler.builder(gateway).small(recorded).all(WIDTH.toLong())
        recorded.sizes shouldBe List(STEPS) { WIDTH }
        samples.facts() shouldBe Sampler.builder(target).small(euler) { concurrency(1) }.all(WIDTH.toLong()).facts()
    }

    "with a deadline there are no groups, because each sample has its own" {
        val recorded = Recorded(euler)
        Sampler.builder(threeModes()).small(recorded) { deadline(Duration.ofHours(1)) }.all()
        recorded.sizes.shouldBeEmpty()
    }

    "adaptive trajectories do not form groups" {
        val recorded = Recorded(Sliding(1e-3))
        Sampler.builder(threeModes()).small(recorded).all()
        recorded.sizes.shouldBeEmpty()
    }

    "a custom stage sees the state at the end of its group, and may drop trajectories" {
        val seen = mutableMapOf<Long, List<Any>>()

        fun stage(record: MutableMap<Long, List<Any>>) =
            Stage.filter {
                record[it.index()] = listOf(it.z().toList(), it.sigma(), it.calls(), it.steps())
                it.index() % 3 != 0L
            }
        val alone = mutableMapOf<Long, List<Any>>()

        fun run(width: Int, record: MutableMap<Long, List<Any>>) =
            Sampler.builder(threeModes()).small(euler) {
                concurrency(width).stages(4).afterStage(1, stage(record))
            }.all()
        val samples = run(WIDTH, seen)
        samples.facts() shouldBe run(1, alone).facts()
        seen shouldBe alone
    }

    "the listener receives the steps and calls of each stage" {
        fun summaries(width: Int): List<List<Any>> {
            val received = mutableListOf<List<Any>>()
            val listener = object : StreamListener {
                override fun left(summary: StreamListener.StageSummary) {
                    received += listOf(
                        summary.trajectory().index(),
                        summary.stage(),
                        summary.steps(),
                        summary.calls(),
                        summary.trajectory().sigma(),
                    )
                }
            }
            Sampler.builder(threeModes()).small(euler) { concurrency(width).stages(3).listener(listener) }.all(8)
            return received.sortedWith(compareBy({ it[0] as Long }, { it[1] as Int }))
        }
        summaries(WIDTH) shouldContainExactly summaries(1)
    }

    "the trajectories of a cancelled group show the calls that were made" {
        val abandoned = mutableListOf<Long>()
        val listener = object : StreamListener {
            override fun abandoned(stage: Int, trajectory: Trajectory) {
                abandoned += trajectory.calls()
            }
        }
        lateinit var subscriber: BaseSubscriber<Sample>
        var calls = 0
        val denoiser = Meddling { _, _ -> if (++calls == 5) subscriber.cancel() }
        val sampler = Sampler.builder(denoiser).small(euler) { stages(1).listener(listener) }
        subscriber = object : BaseSubscriber<Sample>() {
            override fun hookOnSubscribe(subscription: Subscription) = requestUnbounded()
        }
        sampler.samples(0, WIDTH.toLong()).subscribe(subscriber)
        abandoned shouldBe List(WIDTH) { 5L }
    }

    "groups on several rails have the same samples" {
        val scheduler = Schedulers.newParallel("groups", 2)
        try {
            val alone = Sampler.builder(threeModes()).small(euler) { concurrency(1) }.all(64).facts()
            repeat(10) {
                val recorded = Recorded(euler)
                Sampler.builder(threeModes()).small(recorded) { parallelism(2, scheduler) }.all(64).facts() shouldBe
                    alone
                recorded.sizes.isNotEmpty() shouldBe true
            }
        } finally {
            scheduler.dispose()
        }
    }
})
