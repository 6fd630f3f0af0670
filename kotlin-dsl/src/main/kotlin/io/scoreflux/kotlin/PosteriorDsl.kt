package io.scoreflux.kotlin

import io.scoreflux.logconcave.AsyncLogConcave
import io.scoreflux.logconcave.ConvexTerm
import io.scoreflux.logconcave.Curvature
import io.scoreflux.logconcave.LogConcave
import io.scoreflux.logconcave.Mode
import io.scoreflux.logconcave.Preconditioner
import io.scoreflux.logconcave.ProximalSampler
import io.scoreflux.logconcave.ProximalSamplerBuilder
import io.scoreflux.state.Rows
import io.scoreflux.stream.FaultPolicy
import io.scoreflux.stream.StreamListener
import kotlinx.coroutines.CoroutineDispatcher
import reactor.core.scheduler.Scheduler
import kotlin.coroutines.CoroutineContext
import kotlin.coroutines.EmptyCoroutineContext

/**
 * A sampler of a log-concave density `exp(-f(x) - h(x))` by the gradient of f alone: a target, and whatever else is to differ from the
 * defaults of [ProximalSamplerBuilder]. Errors are as of [sampler].
 *
 * @sample io.scoreflux.kotlin.examples.regression
 */
@JvmSynthetic
public fun posterior(settings: PosteriorScope.() -> Unit): ProximalSampler = PosteriorScope().apply(settings).build()

/** The settings of a [posterior]. */
@ScorefluxDsl
public class PosteriorScope internal constructor() {
    private val target = PosteriorTargetScope()
    private val term = Choice<(Int) -> ConvexTerm>("posterior")
    private val chains = ChainsScope()
    private val steps = StepsScope()
    private val engine = PosteriorEngineScope()
    private val settings = Settings("", ::anyPosterior)

    /** With chain and number, the identity of a draw; any number, by default 0. */
    public var seed: Long? by settings.of("", ProximalSamplerBuilder::seed)

    /** The density; there is no default. */
    public fun target(settings: PosteriorTargetScope.() -> Unit) {
        target.settings()
    }

    /** A set to which the density is restricted, exactly; by default all of space. Not beside a [prior] of the L1 norm. */
    public fun constraint(settings: ConstraintScope.() -> Unit) {
        ConstraintScope(term).settings()
        term.requireChosen("constraint", "write box, nonNegative or halfSpace")
    }

    /** A term of the prior that has no gradient everywhere; by default none. Smooth terms belong into the gradient. */
    public fun prior(settings: PriorScope.() -> Unit) {
        PriorScope(term).settings()
        term.requireChosen("prior", "write l1")
    }

    /** How many chains, where they start, and which of their steps are delivered. */
    public fun chains(settings: ChainsScope.() -> Unit) {
        chains.settings()
    }

    /** How long steps are and what they are measured by. */
    public fun steps(settings: StepsScope.() -> Unit) {
        steps.settings()
    }

    /** How draws are computed; nothing of it changes a value. */
    public fun engine(settings: PosteriorEngineScope.() -> Unit) {
        engine.settings()
    }

    internal fun build(): ProximalSampler {
        val make = given(
            target.builder.chosen,
            "target",
            "write target { logConcave(dimension) { x, gradient -> ... } }",
        )
        val builder = make()
        engine.applyTo(builder, target.later)
        return built {
            term.chosen?.let { builder.term(it(target.dimension)) }
            chains.settings.applyTo(builder)
            steps.settings.applyTo(builder)
            settings.applyTo(builder)
            builder.build()
        }
    }
}

/** The density: `target { }` of [posterior] takes exactly one of its functions. */
@ScorefluxDsl
public class PosteriorTargetScope internal constructor() {
    internal val builder = Choice<() -> ProximalSamplerBuilder>("target")
    internal var later = false
        private set
    internal var dimension = 0
        private set

    /**
     * A density from the gradient of f at one point, f being minus its logarithm.
     *
     * @param dimension numbers in a point, at least 1
     * @param gradient is given the point x, its own to overwrite, and the array for the gradient; called from several threads with lanes
     */
    public fun logConcave(dimension: Int, gradient: (x: DoubleArray, gradient: DoubleArray) -> Unit) {
        direct(
            called("target.logConcave", "it is the number of values in a draw") {
                LogConcave.rowwise(dimension, gradient)
            },
        )
    }

    /** A density that is there already. */
    public fun logConcave(density: LogConcave) {
        direct(density)
    }

    /**
     * A density whose gradient suspends, for all rows of a call, row-major. Where its calls run, and how they end, is as for
     * [TargetScope.suspendingDenoiser]; the rows' noise levels mean nothing.
     *
     * @param dimension numbers in a point, at least 1
     * @param context is added to the collector's; without a Job
     * @param gradient one answer, `rows.count()` times [dimension] numbers
     */
    public fun suspendingLogConcave(
        dimension: Int,
        context: CoroutineContext = EmptyCoroutineContext,
        gradient: suspend (rows: Rows) -> DoubleArray,
    ) {
        val density = called("target.suspendingLogConcave", "it is the number of values in a draw") {
            SuspendingLogConcave(dimension, context, gradient)
        }
        later("suspendingLogConcave", density)
    }

    /** A density whose gradient comes by a publisher. */
    public fun asyncLogConcave(density: AsyncLogConcave) {
        later("asyncLogConcave", density)
    }

    private fun direct(density: LogConcave) {
        builder.choose("logConcave") { { ProximalSampler.builder(density) } }
        dimension = density.dimension()
    }

    private fun later(word: String, density: AsyncLogConcave) {
        builder.choose(word) { { ProximalSampler.builder(density) } }
        dimension = density.dimension()
        later = true
    }
}

/** A set to which the density is restricted: exactly one of these, with exact draws. */
@ScorefluxDsl
public class ConstraintScope internal constructor(private val term: Choice<(Int) -> ConvexTerm>) {
    /**
     * `lower_i <= x_i <= upper_i`, of which either may be infinite.
     *
     * @param lower one number an axis; copied
     * @param upper as many, above them; copied
     */
    public fun box(lower: DoubleArray, upper: DoubleArray) {
        choose("box") { ConvexTerm.box(lower, upper) }
    }

    /** `x_i >= 0` on all axes. */
    public fun nonNegative() {
        term.choose("constraint.nonNegative") { ConvexTerm::nonNegative }
    }

    /**
     * `normal . x <= offset`.
     *
     * @param normal not zero, finite; copied
     */
    public fun halfSpace(normal: DoubleArray, offset: Double) {
        choose("halfSpace") { ConvexTerm.halfSpace(normal, offset) }
    }

    private fun choose(word: String, set: () -> ConvexTerm) {
        term.choose("constraint.$word") {
            val own = called("constraint.$word", "give one number for each axis", set)
            ({ own })
        }
    }
}

/** A term of the prior that has a kink: exactly one, with exact draws. */
@ScorefluxDsl
public class PriorScope internal constructor(private val term: Choice<(Int) -> ConvexTerm>) {
    /** `sum_i weight_i |x_i|`, a Laplace prior of scale 1 / weight on each axis: weights finite, not negative, one an axis. */
    public fun l1(vararg weights: Double) {
        term.choose("prior.l1") {
            val own = called("prior.l1", "give one weight for each axis, 0 for none") { ConvexTerm.l1(*weights) }
            ({ own })
        }
    }
}

/** Chains of a [posterior]. */
@ScorefluxDsl
public class ChainsScope internal constructor() {
    internal val settings = Settings("chains", ::anyPosterior)

    /** Chains side by side, 1 to 2^20; by default 4. */
    public var count: Int? by settings.of("4 is usual", ProximalSamplerBuilder::chains)

    /** The number of the first one, 0 to 2^20 - 1: several machines can take chains of one sampler; by default 0. */
    public var first: Int? by settings.of("chains count from 0", ProximalSamplerBuilder::firstChain)

    /** Steps of each chain that are not delivered, in which its step adapts, at least 0; by default 500. */
    public var burnIn: Int? by settings.of("500 is usual", ProximalSamplerBuilder::burnIn)

    /** Steps of a chain to a draw, at least 1; by default 1. */
    public var thinning: Int? by settings.of("1 keeps each step", ProximalSamplerBuilder::thinning)

    /**
     * Where the search of the mode begins and, without one, the middle of the chains' starts; by default 0, or a point inside of
     * the constraint.
     */
    public fun initialState(vararg point: Double) {
        settings.put("initialState", "give one number for each axis") { it.initialState(*point) }
    }

    /** Where each chain starts, one row a chain; by default two deviations around the mode or [initialState]. Copied. */
    public fun initialStates(points: Array<DoubleArray>) {
        settings.put("initialStates", "give one row for each chain") { it.initialStates(points) }
    }
}

/** Steps of a [posterior]'s chains. */
@ScorefluxDsl
public class StepsScope internal constructor() {
    internal val settings = Settings("steps", ::anyPosterior)

    /** B, where weights are clipped, in (0, 3]; by default 0.5, which is near the best. */
    public var bound: Double? by settings.of("0.5 is near the best", ProximalSamplerBuilder::bound)

    /** c of the step rule, at least 1; by default 4, with which about one weight in a hundred is beyond the bound. */
    public var safety: Double? by settings.of("4 is usual; with 1 the law is wrong", ProximalSamplerBuilder::safety)

    /** A step that does not adapt, greater than 0, in squares of the preconditioner's deviations; by default it adapts. */
    public var eta: Double? by settings.of("leave it out for one that adapts", ProximalSamplerBuilder::step)

    /** How asymmetric the gradient's Jacobian may be before a chain fails, in (0, 1]; by default 0.1. */
    public var asymmetryLimit: Double? by settings.of("0.1 is usual", ProximalSamplerBuilder::asymmetryLimit)

    /** What steps are measured by; by default the Hessian at the mode, or nothing where the gradient is known on a part of space. */
    public var preconditioner: Preconditioner? by settings.of("", ProximalSamplerBuilder::preconditioner)

    /** The modelled curvature; by default the Hessian at the mode with a preconditioner from there, otherwise none. */
    public var curvature: Curvature? by settings.of("", ProximalSamplerBuilder::curvature)

    /** A mode found before, for the same target; by default it is sought where it is needed. */
    public var mode: Mode? by settings.of("", ProximalSamplerBuilder::mode)
}

/** How draws are computed: nothing here changes a value. */
@ScorefluxDsl
public class PosteriorEngineScope internal constructor() : CallsScope() {
    private val settings = Settings("engine", ::anyPosterior)

    /** Draws that may be started beyond what was requested, 0 to 2^21; by default one less than the chains. */
    public var prefetch: Int? by settings.of(
        "leave it out to keep all chains at work",
        ProximalSamplerBuilder::prefetch,
    )

    /** What becomes of draws that fail; by default they are delivered, with the reason. */
    public var faults: FaultPolicy? by settings.of("", ProximalSamplerBuilder::faults)

    /** Is told of draws and calls; by default nobody is. */
    public var listener: StreamListener? by settings.of("", ProximalSamplerBuilder::listener)

    /**
     * Computes in several lanes on a scheduler, for gradients that are called directly; by default in one, in the thread that collects.
     *
     * @param count at least 1
     */
    public fun parallelism(count: Int, scheduler: Scheduler) {
        settings.put("parallelism", "as many as cores") { it.parallelism(count, scheduler) }
    }

    /** Computes in several lanes on a dispatcher; see the other [parallelism]. */
    public fun parallelism(count: Int, dispatcher: CoroutineDispatcher) {
        parallelism(count, schedulerOf(dispatcher))
    }

    internal fun applyTo(builder: ProximalSamplerBuilder, later: Boolean) {
        if (later) {
            refuse(settings.written().filter { it == "engine.parallelism" }, LANES)
            builder.calls { it.also(calls::applyTo) }
        } else {
            refuseCalls("engine.maxRows", LATER)
        }
        maxRows?.let(builder::maxRows)
        settings.applyTo(builder)
    }
}

private fun anyPosterior(): ProximalSamplerBuilder = ProximalSampler.builder(LogConcave.rowwise(1) { _, _ -> })
