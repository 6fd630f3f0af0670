package io.scoreflux.internal.stream

import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.SamplerBuilder
import io.scoreflux.bits
import io.scoreflux.error.Failure
import io.scoreflux.internal.Kernels
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Denoiser
import io.scoreflux.solve.Machine
import io.scoreflux.solve.PreparedSolver
import io.scoreflux.solve.Problem
import io.scoreflux.solve.Solver
import io.scoreflux.solve.SolverState
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.picard.Picard
import io.scoreflux.state.Rows
import io.scoreflux.stream.Gateway
import io.scoreflux.threeModes
import reactor.core.publisher.Mono
import reactor.core.scheduler.Schedulers

private const val SAMPLES = 40L

private val target = threeModes()

/** A denoiser with the moments of the target, so that no pilot runs. */
private abstract class Like : Denoiser {
    override fun dimension() = 2

    override fun moments() = target.moments()
}

/** Evaluates the target, and then [change]s the values. */
private class Changed(private val change: (call: Int, rows: Rows, out: DoubleArray) -> Unit) : Like() {
    var calls = 0

    override fun denoise(rows: Rows, out: DoubleArray) {
        target.denoise(rows, out)
        change(++calls, rows, out)
    }
}

/** A solver whose machines are changed by [change]. */
internal class WithMachine(private val solver: Solver, private val change: (Machine) -> Machine) : Solver by solver {
    override fun prepare(problem: Problem): PreparedSolver {
        val prepared = solver.prepare(problem)
        return object : PreparedSolver by prepared {
            override fun start(state: SolverState) = change(prepared.start(state))
        }
    }
}

/** Calls that a rail fills: rows of several trajectories in the same arrays, and none is affected by another. */
class RailCallsSpec : FreeSpec({
    val euler = FixedStep(Scheme.EULER, 12)
    val picard = Picard(1e-5)

    fun SamplerBuilder.samples(solver: Solver = euler, configure: SamplerBuilder.() -> Unit = {}): List<Sample> =
        noiseRange(20.0, 0.02).solver(solver).concurrency(8).apply(configure).build()
            .samples(0, SAMPLES).collectList().block()!!

    fun Sample.failure() = certificate().failure()

    /** The samples that did not fail have the bits of the samples alone; returns those that failed. */
    fun List<Sample>.failed(solver: Solver = euler): List<Sample> {
        val exact = Sampler.builder(target).samples(solver) { concurrency(1) }
        size shouldBe exact.size
        zip(exact).filter { (sample, _) -> sample.failure() == null }
            .forEach { (sample, alone) -> sample.bits() shouldBe alone.bits() }
        return filter { it.failure() != null }
    }

    "a value that is not finite fails its own sample, wherever calls run" {
        for (bad in listOf(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY)) {
            for (component in 0..1) {
                // Row 2 of the third call.
                fun denoiser() = Changed { call, _, out -> if (call == 3) out[2 * 2 + component] = bad }
                val onCaller = Sampler.builder(denoiser()).samples()
                val inRail = Sampler.builder(denoiser()).samples { parallelism(1, Schedulers.parallel()) }
                val onScheduler =
                    Sampler.builder(Gateway.builder(denoiser(), Schedulers.parallel()).build()).samples()
                val changed = denoiser()
                val client = object : AsyncDenoiser {
                    override fun dimension() = 2

                    override fun moments() = target.moments()

                    override fun denoise(rows: Rows) = Mono.fromSupplier {
                        DoubleArray(2 * rows.count()).also { changed.denoise(rows, it) }
                    }
                }
                for (samples in listOf(onCaller, inRail, onScheduler, Sampler.builder(client).samples())) {
                    samples.failed().map { it.failure().shouldNotBeNull().kind() } shouldBe
                        listOf(Failure.Kind.NON_FINITE_ANSWER)
                }
            }
        }
    }

    "infinities of both signs in one call fail both samples" {
        val denoiser = Changed { call, _, out ->
            if (call == 2) {
                out[0] = Double.POSITIVE_INFINITY
                out[2 * 5] = Double.NEGATIVE_INFINITY
            }
        }
        Sampler.builder(denoiser).samples().failed().map { it.index() } shouldBe listOf(0L, 5L)
    }

    "finite values whose sum overflows fail no sample" {
        val huge = Double.MAX_VALUE / 4
        Kernels.isSumFinite(DoubleArray(16) { huge }, 16) shouldBe false
        val denoiser = object : Like() {
            override fun denoise(rows: Rows, out: DoubleArray) = out.fill(huge, 0, 2 * rows.count())
        }
        Sampler.builder(denoiser).samples().filter { it.failure() != null }.shouldBeEmpty()
    }

    "a row that is not written fails its own sample, although the arrays of earlier calls are reused" {
        var written = false
        val denoiser = object : Like() {
            var calls = 0

            override fun denoise(rows: Rows, out: DoubleArray) {
                val all = DoubleArray(out.size)
                target.denoise(rows, all)
                calls++
                for (row in 0 until rows.count()) {
                    if (calls != 4 || row != 3) all.copyInto(out, 2 * row, 2 * row, 2 * row + 2) else written = true
                }
            }
        }
        Sampler.builder(denoiser).samples().failed().map { it.index() } shouldBe listOf(3L)
        written shouldBe true
    }

    "a row that throws fails its own sample, and its call is divided" {
        for (solver in listOf(euler, picard)) {
            var victim: Double? = null
            val denoiser = object : Like() {
                override fun denoise(rows: Rows, out: DoubleArray) {
                    val firsts = (0 until rows.count()).map { rows.values()[rows.offset(it)] }
                    if (victim == null && rows.count() == 8) victim = firsts[6]
                    check(victim == null || victim !in firsts) { "a bad row" }
                    target.denoise(rows, out)
                }
            }
            val failed = Sampler.builder(denoiser).samples(solver) { maxRows(8) }.failed(solver)
            failed.map { it.failure().shouldNotBeNull().kind() } shouldBe listOf(Failure.Kind.DENOISER_ERROR)
        }
    }

    "rounds of several rows are divided among full calls" {
        val counts = ArrayList<Int>()
        val denoiser = Changed { _, rows, _ -> counts.add(rows.count()) }
        Sampler.builder(denoiser).samples(picard) { maxRows(5) }.failed(picard).shouldBeEmpty()
        counts.max() shouldBe 5
        // Only the last call of each pass over at least eight trajectories is not full.
        (2 * counts.count { it < 5 }) shouldBeLessThanOrEqualTo counts.size
    }

    "a value that is not finite in a part of a divided round fails its own sample" {
        val denoiser = Changed { call, _, out -> if (call == 4) out[2 * 4] = Double.NaN }
        Sampler.builder(denoiser).samples(picard) { maxRows(5) }.failed(picard)
            .map { it.failure().shouldNotBeNull().kind() } shouldBe listOf(Failure.Kind.NON_FINITE_ANSWER)
    }

    "values written behind the rows of a call change no sample" {
        val denoiser = Changed { _, rows, out -> out.fill(Double.NaN, 2 * rows.count(), out.size) }
        // The concurrency shrinks towards the end, so that arrays are longer than calls.
        Sampler.builder(denoiser).samples().failed().shouldBeEmpty()
    }

    "an exception of a machine in the middle of a round leaves the rows of the others" {
        var asks = 0
        val solver = WithMachine(picard) { machine ->
            object : Machine by machine {
                override fun ask(append: Rows): Int {
                    val rows = machine.ask(append)
                    check(++asks != 11) { "out of order" }
                    return rows
                }
            }
        }
        Sampler.builder(target).samples(solver).failed(picard)
            .map { it.failure().shouldNotBeNull().kind() } shouldBe listOf(Failure.Kind.SOLVER_ERROR)
    }

    "a machine that removes the rows of others fails the stream" {
        for (appends in listOf(false, true)) {
            val solver = WithMachine(euler) { machine ->
                object : Machine by machine {
                    override fun ask(append: Rows): Int {
                        if (append.count() < 3) return machine.ask(append)
                        append.clear()
                        return if (appends) machine.ask(append) else 1
                    }
                }
            }
            val error = runCatching { Sampler.builder(target).samples(solver) }.exceptionOrNull()
            error.shouldBeInstanceOf<IllegalStateException>().message!! shouldContain "must only append rows"
        }
    }
})
