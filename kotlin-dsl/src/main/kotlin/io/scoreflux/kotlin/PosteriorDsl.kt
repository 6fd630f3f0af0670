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
 * Builds a sampler of a log-concave density `exp(-f(x) - h(x))` from a target and optional settings that replace the defaults of
 * [ProximalSamplerBuilder]. The sampler evaluates the gradient of f, but not f. Errors are reported as by [sampler].
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

    /** The seed. Seed, chain and index identify a draw. Defaults to 0. */
    public var seed: Long? by settings.of("", ProximalSamplerBuilder::seed)

    /** Sets the density. There is no default. */
    public fun target(settings: PosteriorTargetScope.() -> Unit) {
        target.settings()
    }

    /** Restricts the density to a set, exactly. By default there is no restriction. Excludes a [prior]. */
    public fun constraint(settings: ConstraintScope.() -> Unit) {
        ConstraintScope(term).settings()
        term.requireChosen("constraint", "write box, nonNegative or halfSpace")
    }

    /**
     * Sets a term of the prior that is not differentiable everywhere. By default there is none. Add smooth terms to f, and their gradient
     * to the gradient of f. Excludes a [constraint].
     */
    public fun prior(settings: PriorScope.() -> Unit) {
        PriorScope(term).settings()
        term.requireChosen("prior", "write l1")
    }

    /** Sets the number of chains, their initial states, and the steps that are delivered. */
    public fun chains(settings: ChainsScope.() -> Unit) {
        chains.settings()
    }

    /** Sets the length and the scaling of the steps. */
    public fun steps(settings: StepsScope.() -> Unit) {
        steps.settings()
    }

    /** Sets the properties of the engine. They do not change the values of the draws. */
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

/** The density of a [posterior]. `target { }` must call exactly one function of this scope. */
@ScorefluxDsl
public class PosteriorTargetScope internal constructor() {
    internal val builder = Choice<() -> ProximalSamplerBuilder>("target")
    internal var later = false
        private set
    internal var dimension = 0
        private set

    /**
     * Sets a density by the gradient of f at one point. f is the negative log-density.
     *
     * @param dimension the number of values in a point, at least 1
     * @param gradient takes the point x, which it may overwrite, and the array for the gradient; called concurrently if there are several rails
     */
    public fun logConcave(dimension: Int, gradient: (x: DoubleArray, gradient: DoubleArray) -> Unit) {
        direct(
            called("target.logConcave", "it is the number of values in a draw") {
                LogConcave.rowwise(dimension, gradient)
            },
        )
    }

    /** Sets an existing density. */
    public fun logConcave(density: LogConcave) {
        direct(density)
    }

    /**
     * Sets a density whose gradient suspends. Context and cancellation of its calls are as described for [TargetScope.suspendingDenoiser]. The
     * noise levels of the rows have no meaning.
     *
     * @param dimension the number of values in a point, at least 1
     * @param context added to the context of the collector; without a Job
     * @param gradient returns the gradients at all rows, row-major, as `rows.count()` times [dimension] numbers
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

    /** Sets a density whose gradient is a publisher. */
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

/** The set to which a density is restricted. `constraint { }` must call exactly one function of this scope. The restriction is exact. */
@ScorefluxDsl
public class ConstraintScope internal constructor(private val term: Choice<(Int) -> ConvexTerm>) {
    /**
     * Restricts the density to `lower_i <= x_i <= upper_i`. Either bound may be infinite.
     *
     * @param lower one number for each axis; copied
     * @param upper one number for each axis, greater than the lower bound; copied
     */
    public fun box(lower: DoubleArray, upper: DoubleArray) {
        choose("box") { ConvexTerm.box(lower, upper) }
    }

    /** Restricts the density to `x_i >= 0` on all axes. */
    public fun nonNegative() {
        term.choose("constraint.nonNegative") { ConvexTerm::nonNegative }
    }

    /**
     * Restricts the density to `normal . x <= offset`.
     *
     * @param normal finite and not zero; copied
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

/** A term of the prior that is not differentiable everywhere. `prior { }` must call exactly one function of this scope. */
@ScorefluxDsl
public class PriorScope internal constructor(private val term: Choice<(Int) -> ConvexTerm>) {
    /**
     * Sets the term `sum_i weight_i |x_i|`, a Laplace prior of scale 1 / weight on each axis. The term is drawn exactly.
     *
     * @param weights one number for each axis, finite and not negative
     */
    public fun l1(vararg weights: Double) {
        term.choose("prior.l1") {
            val own = called("prior.l1", "give one weight for each axis, 0 for none") { ConvexTerm.l1(*weights) }
            ({ own })
        }
    }
}

/** The settings of the chains of a [posterior]. */
@ScorefluxDsl
public class ChainsScope internal constructor() {
    internal val settings = Settings("chains", ::anyPosterior)

    /** The number of chains, 1 to 2^20. Defaults to 4. */
    public var count: Int? by settings.of("4 is usual", ProximalSamplerBuilder::chains)

    /** The index of the first chain, 0 to 2^20 - 1, so that several computers can share the chains of a sampler. Defaults to 0. */
    public var first: Int? by settings.of("chains count from 0", ProximalSamplerBuilder::firstChain)

    /** The number of steps at the start of each chain that are not delivered, at least 0. The step size adapts in them. Defaults to 500. */
    public var burnIn: Int? by settings.of("500 is usual", ProximalSamplerBuilder::burnIn)

    /** The number of steps for each draw, at least 1. Defaults to 1. */
    public var thinning: Int? by settings.of("1 keeps each step", ProximalSamplerBuilder::thinning)

    /**
     * Sets the point at which the search for the mode starts. Without a search, it is the center of the initial states of the chains. Defaults to
     * 0, or to a point inside the constraint.
     */
    public fun initialState(vararg point: Double) {
        settings.put("initialState", "give one number for each axis") { it.initialState(*point) }
    }

    /**
     * Sets the initial states, one row for each chain; copied. By default they are spread around the mode or [initialState] by two standard
     * deviations of the preconditioner.
     */
    public fun initialStates(points: Array<DoubleArray>) {
        settings.put("initialStates", "give one row for each chain") { it.initialStates(points) }
    }
}

/** The settings of the steps of the chains of a [posterior]. */
@ScorefluxDsl
public class StepsScope internal constructor() {
    internal val settings = Settings("steps", ::anyPosterior)

    /** The bound B, to which weights are clipped, in (0, 3]. Defaults to 0.5, which is near the optimum. */
    public var bound: Double? by settings.of("0.5 is near the best", ProximalSamplerBuilder::bound)

    /** The constant c of the step rule, at least 1. Defaults to 4, with which about one weight in a hundred is above the bound. */
    public var safety: Double? by settings.of("4 is usual; 1 biases the draws", ProximalSamplerBuilder::safety)

    /** A fixed step eta, greater than 0, in squared standard deviations of the preconditioner. By default the step adapts. */
    public var eta: Double? by settings.of("leave it out for one that adapts", ProximalSamplerBuilder::step)

    /**
     * The limit on the asymmetry of the gradient's Jacobian, in (0, 1]. If the asymmetry exceeds it, the chain, or the search for the mode,
     * fails. Defaults to 0.1.
     */
    public var asymmetryLimit: Double? by settings.of("0.1 is usual", ProximalSamplerBuilder::asymmetryLimit)

    /**
     * The preconditioner, which scales the steps. Defaults to [Preconditioner.atMode], the inverse of the Hessian at the mode, or to the
     * identity if there is a constraint or prior and the gradient is not defined everywhere.
     */
    public var preconditioner: Preconditioner? by settings.of("", ProximalSamplerBuilder::preconditioner)

    /**
     * The model of the curvature. Defaults to [Curvature.atMode], the Hessian at the mode, if the preconditioner is
     * [Preconditioner.atMode], otherwise to [Curvature.secant].
     */
    public var curvature: Curvature? by settings.of("", ProximalSamplerBuilder::curvature)

    /**
     * Whether steps include Hamiltonian moves, which are longer than proximal steps and whose parameters a pilot determines. The pilot takes
     * the same number of gradients for any number of draws: about 3,000 if proximal steps are as good as independent draws, otherwise 20,000 to
     * 100,000, and up to 250,000 for difficult densities. For a few draws, `moves = false` costs less. Its memory is that of 16 chains; see
     * [ProximalSamplerBuilder.moves]. Defaults to true up to 10,000 dimensions, unless [eta] is set or the curvature is [Curvature.none].
     */
    public var moves: Boolean? by settings.of("", ProximalSamplerBuilder::moves)

    /** The mode, found earlier for the same target. By default the sampler searches for it if it is needed. */
    public var mode: Mode? by settings.of("", ProximalSamplerBuilder::mode)
}

/** The settings of the engine of a [posterior]. They do not change the values of the draws. */
@ScorefluxDsl
public class PosteriorEngineScope internal constructor() : CallsScope() {
    private val settings = Settings("engine", ::anyPosterior)

    /** The maximum number of draws that are started beyond the requested ones, 0 to 2^21. Defaults to one less than the number of chains. */
    public var prefetch: Int? by settings.of(
        "leave it out to keep all chains at work",
        ProximalSamplerBuilder::prefetch,
    )

    /** The policy for draws that fail. By default they are delivered with the reason of the failure. */
    public var faults: FaultPolicy? by settings.of("", ProximalSamplerBuilder::faults)

    /** The listener to the events of draws and calls. By default there is none. */
    public var listener: StreamListener? by settings.of("", ProximalSamplerBuilder::listener)

    /**
     * Sets the number of rails that compute in parallel on a scheduler, for gradients that are called directly. By default there is one rail on
     * the collecting thread.
     *
     * @param count the number of rails, at least 1
     */
    public fun parallelism(count: Int, scheduler: Scheduler) {
        settings.put("parallelism", "use as many as there are cores") { it.parallelism(count, scheduler) }
    }

    /** Sets the number of rails that compute in parallel on a dispatcher. Otherwise like the other [parallelism]. */
    public fun parallelism(count: Int, dispatcher: CoroutineDispatcher) {
        parallelism(count, schedulerOf(dispatcher))
    }

    internal fun applyTo(builder: ProximalSamplerBuilder, later: Boolean) {
        if (later) {
            refuse(settings.written().filter { it == "engine.parallelism" }, NO_PARALLELISM)
            builder.calls { it.also(calls::applyTo) }
        } else {
            refuseCalls("engine.maxRows", LATER)
        }
        maxRows?.let(builder::maxRows)
        settings.applyTo(builder)
    }
}

private fun anyPosterior(): ProximalSamplerBuilder = ProximalSampler.builder(LogConcave.rowwise(1) { _, _ -> })
