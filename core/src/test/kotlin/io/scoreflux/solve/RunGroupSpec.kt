package io.scoreflux.solve

import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.element
import io.kotest.property.arbitrary.enum
import io.kotest.property.arbitrary.int
import io.kotest.property.checkAll
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.Purpose
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows

private const val FROM = 20.0
private const val TO = 0.05

/** Two modes in any dimension. */
private fun modes(dimension: Int): GaussianMixture {
    val spread = DoubleArray(dimension) { 0.3 + 0.1 * (it % 3) }
    return GaussianMixture.builder(dimension)
        .component(0.6, DoubleArray(dimension) { 1.0 }, Covariance.diagonal(*spread))
        .component(0.4, DoubleArray(dimension) { -0.5 }, 0.2)
        .build()
}

private fun SolverRun.facts() = listOf(z().toList(), sigma(), certificate(), calls(), steps(), degree())

class RunGroupSpec : FreeSpec({
    val config = PropTestConfig(seed = 20_261_201, iterations = 60)

    class Trajectories(private val denoiser: Denoiser, solver: Solver) {
        val problem = Problem(denoiser.dimension(), FROM, TO, 1.0)
        private val prepared = solver.prepare(problem)
        private val rows = Rows(denoiser.dimension(), 1)

        fun run(index: Long, condition: Condition? = null, evaluations: Int = 1): SolverRun {
            val start = DoubleArray(denoiser.dimension())
            NoiseSource(3).normals(Purpose.START, index).fill(start, 0, start.size)
            for (i in start.indices) start[i] *= FROM
            val noise = NoiseSource(3).normals(Purpose.STEP, index)
            // More evaluations above sigma 1, as guidance on an interval of levels.
            val cost = { sigma: Double -> if (sigma > 1) evaluations else 1 }
            return SolverRun(index, condition, cost, start, FROM, noise, prepared)
        }

        fun values() = DoubleArray(rows.count() * denoiser.dimension()).also { denoiser.denoise(rows, it) }

        fun finish(run: SolverRun, target: Double = TO): SolverRun {
            run.target(target)
            while (!run.done()) round(run)
            return run
        }

        /** Drives a run alone for some rounds. */
        fun alone(run: SolverRun, rounds: Int) {
            run.target(TO)
            repeat(rounds) { round(run) }
        }

        private fun round(run: SolverRun) {
            rows.clear()
            run.ask(rows)
            run.tell(rows, values(), 0)
        }

        /** Drives a group for some rounds, and releases it between ask and tell if [waiting]. */
        fun drive(runs: List<SolverRun>, rounds: Int, waiting: Boolean) {
            runs.forEach { it.target(TO) }
            val group = RunGroup.of(runs[0]).shouldNotBeNull()
            runs.forEach { group.add(it) shouldBe true }
            var left = rounds
            while (left-- > 0 && !group.done()) {
                rows.clear()
                // Another trajectory's row comes first.
                rows.append(DoubleArray(denoiser.dimension()), 0, 1.0)
                group.ask(rows)
                rows.count() shouldBe runs.size + 1
                if (left == 0 && waiting) {
                    val values = values()
                    group.release()
                    runs.forEachIndexed { i, run -> run.tell(rows, values, i + 1) }
                    return
                }
                group.tell(rows, values(), 1)
            }
            group.release()
        }
    }

    "samples of a group have the bits and the certificates of samples alone, wherever the group begins and ends" {
        checkAll(
            config,
            Arb.enum<Scheme>(),
            Arb.element(1, 2, 3, 16, 64),
            Arb.int(1, 9),
            Arb.int(0, 5),
            Arb.int(0, 30),
            Arb.element(true, false),
        ) { scheme, dimension, size, before, rounds, waiting ->
            with(Trajectories(modes(dimension), FixedStep(scheme, 24))) {
                val runs = List(size) { run(it.toLong(), evaluations = 2) }
                runs.forEach { alone(it, before) }
                drive(runs, rounds, waiting)
                runs.forEachIndexed { i, run ->
                    finish(run).facts() shouldBe finish(run(i.toLong(), evaluations = 2)).facts()
                }
            }
        }
    }

    "a group can be used again, with more trajectories than before" {
        with(Trajectories(modes(2), FixedStep(Scheme.UNIPC, 24))) {
            val group = RunGroup.of(run(0)).shouldNotBeNull()
            for (size in listOf(2, 7, 3)) {
                val runs = List(size) { run(it.toLong()).also { run -> run.target(TO) } }
                runs.forEach { group.add(it) shouldBe true }
                val rows = Rows(2, 1)
                while (!group.done()) {
                    rows.clear()
                    group.ask(rows)
                    group.tell(rows, DoubleArray(2 * size).also { modes(2).denoise(rows, it) }, 0)
                }
                group.release()
                runs.forEachIndexed { i, run -> run.facts() shouldBe finish(run(i.toLong())).facts() }
            }
        }
    }

    "until the release, a run shows what it showed before" {
        with(Trajectories(modes(2), FixedStep(Scheme.EULER, 24))) {
            val run = run(0).also { it.target(TO) }
            val before = run.facts()
            val group = RunGroup.of(run).shouldNotBeNull()
            group.add(run) shouldBe true
            val rows = Rows(2, 1)
            group.ask(rows)
            group.tell(rows, DoubleArray(2), 0)
            run.facts() shouldBe before
            group.release()
            run.calls() shouldBe 1L
        }
    }

    "a group refuses a run at another step, with another target, condition or solver" {
        with(Trajectories(modes(2), FixedStep(Scheme.UNIPC, 24))) {
            val levels = FixedStep(Scheme.UNIPC, 24).prepare(problem).stopLevels()
            val first = run(0).also { it.target(TO) }
            val group = RunGroup.of(first).shouldNotBeNull()
            group.add(first) shouldBe true
            group.add(finish(run(1), levels[3]).also { it.target(TO) }) shouldBe false
            group.add(run(2).also { it.target(levels[3]) }) shouldBe false
            group.add(run(3, Condition.label(5)).also { it.target(TO) }) shouldBe false
            val others = listOf(FixedStep(Scheme.UNIPC, 24), FixedStep(Scheme.EULER, 24), Sliding(1e-3))
            for (other in others) {
                group.add(Trajectories(modes(2), other).run(4).also { it.target(TO) }) shouldBe false
            }
            group.add(run(5).also { it.target(TO) }) shouldBe true
        }
    }

    "a group that has asked takes no more runs, until it is released" {
        with(Trajectories(modes(2), FixedStep(Scheme.EULER, 24))) {
            val first = run(0).also { it.target(TO) }
            val other = run(1).also { it.target(TO) }
            val group = RunGroup.of(first).shouldNotBeNull()
            group.add(first) shouldBe true
            val rows = Rows(2, 1)
            group.ask(rows)
            group.tell(rows, DoubleArray(2), 0)
            alone(other, 1)
            group.add(other) shouldBe false
            group.release()
            group.add(other) shouldBe true
        }
    }

    "the rows of a group have the condition of its runs" {
        with(Trajectories(modes(2), FixedStep(Scheme.EULER, 24))) {
            val runs = List(3) { run(it.toLong(), Condition.label(5)).also { run -> run.target(TO) } }
            val group = RunGroup.of(runs[0]).shouldNotBeNull()
            runs.forEach { group.add(it) shouldBe true }
            val rows = Rows(2, 1)
            group.ask(rows)
            List(3) { rows.condition(it) } shouldBe List(3) { Condition.label(5) }
        }
    }

    "there is no group for steps that depend on the state, or in many dimensions" {
        RunGroup.of(Trajectories(modes(2), Sliding(1e-3)).run(0)).shouldBeNull()
        RunGroup.of(Trajectories(modes(65), FixedStep(Scheme.EULER, 24)).run(0)).shouldBeNull()
    }
})
