package io.scoreflux.kotlin

import io.scoreflux.reject.Fors
import io.scoreflux.reject.ForsCorrector
import io.scoreflux.reject.Metropolis
import io.scoreflux.reject.Slopes
import io.scoreflux.reject.StepRule
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding

private const val TOLERANCE = "give a tolerance relative to the data's radius, such as 1e-4"
private const val CALLS = "give the maximum number of calls of one sample, or leave it out"
private const val DEGREE = "12 is usual"

/** Settings of sliding-window collocation, the default solver. See [Sliding]. */
@ScorefluxDsl
public class CollocationScope internal constructor() {
    internal var solver: Sliding = Sliding.DEFAULT
        private set

    /** The target error relative to the data's radius, in [1e-14, 1). Defaults to 1e-4. */
    public var tolerance: Double
        get() = solver.tolerance()
        set(value) {
            solver = named("collocation.tolerance", TOLERANCE) { solver.withTolerance(value) }
        }

    /**
     * The lowest and the highest polynomial degree. The lowest is at least 1, the highest is 4 to 16. Defaults to 1..12. Between them, the
     * solver adapts the degree to the residuals of each trajectory. The first steps of a trajectory may have lower degrees.
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

    /**
     * The maximum number of denoiser calls of one sample, at least 10. The solver reserves some of them for coarse steps to the end if it
     * reaches the limit. Defaults to 4,000.
     */
    public var maxCalls: Int
        get() = solver.maxCalls()
        set(value) {
            solver = named("collocation.maxCalls", CALLS) {
                Sliding(solver.tolerance(), solver.minDegree(), solver.maxDegree(), value)
            }
        }
}

/** Settings of adaptive Picard collocation. See [Picard]. */
@ScorefluxDsl
public class PicardScope internal constructor(tolerance: Double) {
    internal var solver: Picard = named("picard.tolerance", TOLERANCE) { Picard(tolerance) }
        private set

    /** The highest polynomial degree, 4 to 16. Defaults to 12. */
    public var maxDegree: Int
        get() = solver.maxDegree()
        set(value) {
            solver = named("picard.maxDegree", DEGREE) { Picard(solver.tolerance(), value, solver.maxCalls()) }
        }

    /** The maximum number of denoiser calls of one sample, at least 1. A sample that needs more fails. Defaults to 5,000. */
    public var maxCalls: Int
        get() = solver.maxCalls()
        set(value) {
            solver = named("picard.maxCalls", CALLS) { Picard(solver.tolerance(), solver.maxDegree(), value) }
        }
}

/** Settings of collocation of the whole noise range at once, in few rounds of many rows. One stage is best. See [Parallel]. */
@ScorefluxDsl
public class ParallelScope internal constructor(tolerance: Double) {
    internal var solver: Parallel = named("parallel.tolerance", TOLERANCE) { Parallel(tolerance) }
        private set

    /**
     * The number of windows that one round evaluates, counted from the first window that has not converged, at least 1. Defaults to
     * [Parallel.ALL].
     */
    public var lookAhead: Int
        get() = solver.lookAhead()
        set(value) {
            solver = named("parallel.lookAhead", "leave it out for all windows at once") {
                Parallel(solver.tolerance(), value, solver.maxDegree(), solver.maxCalls())
            }
        }

    /** The highest polynomial degree, 6 to 16. Defaults to 12. */
    public var maxDegree: Int
        get() = solver.maxDegree()
        set(value) {
            solver = named("parallel.maxDegree", DEGREE) {
                Parallel(solver.tolerance(), solver.lookAhead(), value, solver.maxCalls())
            }
        }

    /** The maximum number of denoiser calls of one sample, at least 1. Defaults to 5,000. */
    public var maxCalls: Int
        get() = solver.maxCalls()
        set(value) {
            solver = named("parallel.maxCalls", CALLS) {
                Parallel(solver.tolerance(), solver.lookAhead(), solver.maxDegree(), value)
            }
        }
}

/** Settings of first-order rejection sampling. [budget] has no default. See [Fors]. */
@ScorefluxDsl
public open class ForsScope internal constructor(internal val path: String) {
    /** Its tolerance is a placeholder; [build] replaces it by [budget]. */
    private var fors = Fors(0.1)

    /**
     * The target total variation distance between the distribution of the samples and the exact one, in [1e-6, 1). Clipped weights cause this
     * distance, and the step rule limits it.
     */
    public var budget: Double? = null
        set(value) {
            if (value != null) {
                named("$path.budget", "give a total variation distance, such as 1e-4") { Fors(value) }
            }
            field = value
        }

    /**
     * The bound B of the Bernoulli factory, to which weights are clipped, in (0, 3]. Defaults to 0.5, where samples take nearly the fewest
     * calls.
     */
    public var bound: Double
        get() = fors.bound()
        set(value) {
            fors = named("$path.bound", "0.5 is near the best") {
                Fors(fors.tolerance(), value, fors.slopes(), fors.rule())
            }
        }

    /** The estimate of the denoiser's Jacobian. Defaults to secants of rank 6. */
    public var slopes: Slopes
        get() = fors.slopes()
        set(value) {
            fors = Fors(fors.tolerance(), fors.bound(), value, fors.rule())
        }

    /** The rule for the lengths of the steps. By default each chain adapts its own steps. */
    public var steps: StepRule
        get() = fors.rule()
        set(value) {
            fors = Fors(fors.tolerance(), fors.bound(), fors.slopes(), value)
        }

    internal fun build(): Fors {
        val tolerance = given(
            budget,
            "$path.budget",
            "write budget = 1e-4, a total variation distance",
        )
        return Fors(tolerance, fors.bound(), fors.slopes(), fors.rule())
    }
}

/** Settings of first-order rejection sampling in the last part of the noise range. See [ForsCorrector]. */
@ScorefluxDsl
public class ForsCorrectorScope internal constructor() : ForsScope("correct.fors") {
    private var own: Int = ForsCorrector(0.1).parts()

    /** The number of parts of the noise range, equal in ln sigma, at least 2. The corrector draws the last part. Defaults to 4. */
    public var parts: Int
        get() = own
        set(value) {
            named("correct.fors.parts", "4 is usual") { ForsCorrector(Fors(0.1), value) }
            own = value
        }

    internal fun corrector(): ForsCorrector =
        named("correct.fors.steps", "leave them out") { ForsCorrector(build(), parts) }
}

/** Settings of Metropolis-adjusted Langevin moves at the last noise level. See [Metropolis]. */
@ScorefluxDsl
public class MetropolisScope internal constructor() {
    /** Created for one dimension, which affects only the default step. */
    private var metropolis = Metropolis.of(1)
    private var own: Double? = null

    /** The number of moves of each sample, 1 to 10,000. Defaults to 8. */
    public var moves: Int
        get() = metropolis.moves()
        set(value) {
            metropolis = checked("moves", "8 is usual") {
                Metropolis(value, metropolis.step(), metropolis.form(), metropolis.bound())
            }
        }

    /** The step divided by sigma squared, in (0, 2). Defaults to 0.8 divided by the cube root of the dimension. */
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

    /** The method for the integral in the acceptance ratio of a move. Defaults to Simpson's rule. */
    public var form: Metropolis.Form
        get() = metropolis.form()
        set(value) {
            metropolis = Metropolis(metropolis.moves(), metropolis.step(), value, metropolis.bound())
        }

    /** The bound of the Bernoulli factory of the exact form, in (0, 3]. Defaults to 0.5. */
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
