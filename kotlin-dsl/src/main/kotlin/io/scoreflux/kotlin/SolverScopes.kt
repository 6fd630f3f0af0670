package io.scoreflux.kotlin

import io.scoreflux.reject.Fors
import io.scoreflux.reject.ForsCorrector
import io.scoreflux.reject.Metropolis
import io.scoreflux.reject.Slopes
import io.scoreflux.reject.StepRule
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding

private const val TOLERANCE = "it is relative to the data's radius, as 1e-4"
private const val CALLS = "it caps the calls of one sample; leave it out if none is needed"
private const val DEGREE = "12 is usual"

/** Sliding-window collocation, the default solver: see [Sliding]. */
@ScorefluxDsl
public class CollocationScope internal constructor() {
    internal var solver: Sliding = Sliding.DEFAULT
        private set

    /** The error aimed at, relative to the data's radius, in [1e-14, 1); by default 1e-4. */
    public var tolerance: Double
        get() = solver.tolerance()
        set(value) {
            solver = named("collocation.tolerance", TOLERANCE) { solver.withTolerance(value) }
        }

    /**
     * The lowest and the highest polynomial degree, from 1 on, up to 4 to 16; by default 1..12. Degrees follow the residuals of each
     * trajectory between them; its first steps may be lower.
     */
    public var degree: IntRange
        get() = solver.minDegree()..solver.maxDegree()
        set(value) {
            requireRule(
                !value.isEmpty(),
                "collocation.degree",
                "must go from the lowest to the highest",
                value,
                "swap its ends",
            )
            solver = named("collocation.degree", "1..12 is usual") {
                Sliding(solver.tolerance(), value.first, value.last, solver.maxCalls())
            }
        }

    /** The most denoiser calls of one sample, at least 10, with some kept to come to the end coarsely; by default 4,000. */
    public var maxCalls: Int
        get() = solver.maxCalls()
        set(value) {
            solver = named("collocation.maxCalls", CALLS) {
                Sliding(solver.tolerance(), solver.minDegree(), solver.maxDegree(), value)
            }
        }
}

/** Adaptive Picard collocation: see [Picard]. */
@ScorefluxDsl
public class PicardScope internal constructor(tolerance: Double) {
    internal var solver: Picard = named("picard.tolerance", TOLERANCE) { Picard(tolerance) }
        private set

    /** The highest polynomial degree, 4 to 16; by default 12. */
    public var maxDegree: Int
        get() = solver.maxDegree()
        set(value) {
            solver = named("picard.maxDegree", DEGREE) { Picard(solver.tolerance(), value, solver.maxCalls()) }
        }

    /** The most denoiser calls of one sample, which fails beyond, at least 1; by default 20,000. */
    public var maxCalls: Int
        get() = solver.maxCalls()
        set(value) {
            solver = named("picard.maxCalls", CALLS) { Picard(solver.tolerance(), solver.maxDegree(), value) }
        }
}

/** Collocation of the whole range at once, in few rounds of many rows: see [Parallel]. One stage is best. */
@ScorefluxDsl
public class ParallelScope internal constructor(tolerance: Double) {
    internal var solver: Parallel = named("parallel.tolerance", TOLERANCE) { Parallel(tolerance) }
        private set

    /** Windows asked at once, counted from the first that has not settled, at least 1; by default [Parallel.ALL]. */
    public var lookAhead: Int
        get() = solver.lookAhead()
        set(value) {
            solver = named("parallel.lookAhead", "leave it out for all windows at once") {
                Parallel(solver.tolerance(), value, solver.maxDegree(), solver.maxCalls())
            }
        }

    /** The highest polynomial degree, 6 to 16; by default 12. */
    public var maxDegree: Int
        get() = solver.maxDegree()
        set(value) {
            solver = named("parallel.maxDegree", DEGREE) {
                Parallel(solver.tolerance(), solver.lookAhead(), value, solver.maxCalls())
            }
        }

    /** The most denoiser calls of one sample, at least 1; by default 20,000. */
    public var maxCalls: Int
        get() = solver.maxCalls()
        set(value) {
            solver = named("parallel.maxCalls", CALLS) {
                Parallel(solver.tolerance(), solver.lookAhead(), solver.maxDegree(), value)
            }
        }
}

/** First-order rejection sampling: see [Fors]. [budget] has no default. */
@ScorefluxDsl
public open class ForsScope internal constructor(internal val path: String) {
    /** Of a tolerance that is not used: [budget] comes last. */
    private var fors = Fors(0.1)

    /** The total variation that clipping may cost the law, in [1e-6, 1): what the steps aim at. */
    public var budget: Double? = null
        set(value) {
            if (value != null) {
                named("$path.budget", "as 1e-4; it is a total variation") { Fors(value) }
            }
            field = value
        }

    /** B of the coin, where weights are clipped, in (0, 3]; by default 0.5, near which calls are fewest. */
    public var bound: Double
        get() = fors.bound()
        set(value) {
            fors = named("$path.bound", "0.5 is near the best") {
                Fors(fors.tolerance(), value, fors.slopes(), fors.rule())
            }
        }

    /** Where the denoiser's Jacobian comes from; by default secants of rank 6. */
    public var slopes: Slopes
        get() = fors.slopes()
        set(value) {
            fors = Fors(fors.tolerance(), fors.bound(), value, fors.rule())
        }

    /** How long the steps are; by default each chain finds its own. */
    public var steps: StepRule
        get() = fors.rule()
        set(value) {
            fors = Fors(fors.tolerance(), fors.bound(), fors.slopes(), value)
        }

    internal fun build(): Fors {
        val tolerance = given(
            budget,
            "$path.budget",
            "write budget = 1e-4, the total variation that clipping may cost",
        )
        return Fors(tolerance, fors.bound(), fors.slopes(), fors.rule())
    }
}

/** First-order rejection sampling for the last part of the range: see [ForsCorrector]. */
@ScorefluxDsl
public class ForsCorrectorScope internal constructor() : ForsScope("correct.fors") {
    private var own: Int = ForsCorrector(0.1).parts()

    /** Parts of the noise range, equal in ln sigma, of which the last is drawn, at least 2; by default 4. */
    public var parts: Int
        get() = own
        set(value) {
            named("correct.fors.parts", "4 is usual") { ForsCorrector(Fors(0.1), value) }
            own = value
        }

    internal fun corrector(): ForsCorrector =
        named("correct.fors.steps", "leave them out") { ForsCorrector(build(), parts) }
}

/** Metropolis-adjusted Langevin moves at the last noise level: see [Metropolis]. */
@ScorefluxDsl
public class MetropolisScope internal constructor() {
    /** In one dimension; only the default step depends on it. */
    private var metropolis = Metropolis.of(1)
    private var own: Double? = null

    /** Moves of each sample, 1 to 10,000; by default 8. */
    public var moves: Int
        get() = metropolis.moves()
        set(value) {
            metropolis = checked("moves", "8 is usual") {
                Metropolis(value, metropolis.step(), metropolis.form(), metropolis.bound())
            }
        }

    /** The step over sigma squared, in (0, 2); by default 0.8 over the cubic root of the dimension. */
    public var step: Double?
        get() = own
        set(value) {
            if (value != null) {
                checked("step", "leave it out for 0.8 d^(-1/3)") {
                    Metropolis(metropolis.moves(), value, metropolis.form(), metropolis.bound())
                }
            }
            own = value
        }

    /** How the integral along a move is had; by default Simpson's rule. */
    public var form: Metropolis.Form
        get() = metropolis.form()
        set(value) {
            metropolis = Metropolis(metropolis.moves(), metropolis.step(), value, metropolis.bound())
        }

    /** The coin's bound of the exact form, in (0, 3]; by default 0.5. */
    public var bound: Double
        get() = metropolis.bound()
        set(value) {
            metropolis = checked("bound", "0.5 is usual") {
                Metropolis(metropolis.moves(), metropolis.step(), metropolis.form(), value)
            }
        }

    private inline fun checked(name: String, remedy: String, check: () -> Metropolis) =
        named("correct.metropolis.$name", remedy, check)

    internal fun corrector(dimension: Int) = Metropolis(
        metropolis.moves(),
        own ?: Metropolis.defaultStep(dimension),
        metropolis.form(),
        metropolis.bound(),
    )
}
