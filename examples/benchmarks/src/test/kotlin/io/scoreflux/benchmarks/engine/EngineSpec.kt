package io.scoreflux.benchmarks.engine

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.scoreflux.benchmarks.KnownProblem
import io.scoreflux.benchmarks.engine.CancelToQuiet.Calls
import io.scoreflux.benchmarks.engine.Cores.Mode
import io.scoreflux.solve.Solver
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding
import java.nio.file.Path
import java.time.Duration

/** What the engine's benchmarks rely on, at tiny sizes; nothing here is timed. */
class EngineSpec :
    StringSpec({
        fun ring(solver: Solver) = Workload.of(KnownProblem.RING8, Path.of("../problems"), solver)
        val solvers = listOf(Sliding(1e-4), Picard(1e-4), FixedStep(Scheme.ANCESTRAL, 6))

        "the hand-written loop and the stream give the same bits, with the same rows" {
            for (solver in solvers) {
                val loop = Pass.loop(ring(solver), 5, 23)
                val stream = Pass.flux(ring(solver), 5, 23)
                stream.values().contentDeepEquals(loop.values()) shouldBe true
                stream.rows() shouldBe loop.rows()
            }
        }

        "every mode of using two cores gives the same bits" {
            val workload = ring(Sliding(1e-4))
            val reference = Pass.loop(workload, 4, 17).values()
            for (mode in Mode.values()) {
                val values = Array(17) { doubleArrayOf() }
                mode.run(workload, 4, values)
                values.contentDeepEquals(reference) shouldBe true
            }
        }

        "calls of an endless stream are full" {
            // Every place is refilled before the next call: only a trajectory that needs no call at all could leave one empty.
            Occupancy.steady(ring(Sliding(1e-4)), 16, 16, 50, 150) shouldBeGreaterThan 0.99
        }

        "subscribers of a gateway share its calls" {
            val served = Occupancy.shared(ring(Sliding(1e-4)), 8, 4, 1, Duration.ofMillis(1))
            served.mostRounds() shouldBeLessThanOrEqualTo served.calls()
            // With one call each, eight subscribers would need about eight times the rounds.
            served.callsOverRounds() shouldBeLessThanOrEqual 2.0
        }

        "the first sample arrives after its own rounds" {
            for (prefetch in listOf(0, 16)) {
                for (index in 0L until 5) {
                    val first = FirstSample.at(ring(Sliding(1e-4)), 32, prefetch, index)
                    first.calls() shouldBe first.rounds()
                }
            }
        }

        "no call begins after a stream was cancelled while one was in flight" {
            for (calls in Calls.values()) {
                for (cancelAt in listOf(1L, 2L, 7L)) {
                    calls.after(ring(Sliding(1e-4)), cancelAt) shouldBe 0
                }
            }
        }

        "machines of fixed steps allocate nothing" {
            val bytes = Allocation.of(ring(FixedStep(Scheme.UNIPC, 10)), 300)
            bytes.asks() shouldBe 0
            bytes.tells() shouldBe 0
        }

        "a soak delivers everything, and never runs ahead of its consumer by more than the prefetch" {
            val result = Soak.run(200, 2)
            result.delivered() shouldBe 200
            result.mostBehind() shouldBeLessThanOrEqualTo Soak.PREFETCH.toLong()
            result.live() shouldHaveSize 20
        }
    })
