package io.scoreflux.kotlin

import io.scoreflux.Estimate
import io.scoreflux.Expectation
import io.scoreflux.ExpectationBuilder
import io.scoreflux.Sampler
import io.scoreflux.Statistic
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.last

/**
 * Builds the expectations of functions of the samples of a sampler. Settings replace the defaults of [ExpectationBuilder]. Errors are reported
 * as by [sampler].
 *
 * @sample io.scoreflux.kotlin.examples.estimated
 */
@JvmSynthetic
public fun expectation(sampler: Sampler, settings: ExpectationScope.() -> Unit): Expectation =
    ExpectationScope().apply(settings).build(sampler)

/** The settings of an [expectation]. At least one statistic and [within] must be given. */
@ScorefluxDsl
public class ExpectationScope internal constructor() {
    private val settings = Settings("", ::anyExpectation)
    private val statistics = mutableListOf<Statistic>()

    /** The probability with which all intervals hold, at least 0.5 and below 1. Defaults to 0.95. */
    public var confidence: Double? by settings.of("0.95 is usual", ExpectationBuilder::confidence)

    /**
     * Whether control variates on the starting noise reduce the variance. Defaults to true unless the sampler has custom stages, the rule is
     * [exact], or the points are quasi-random.
     */
    public var controlVariates: Boolean? by settings.of("", ExpectationBuilder::controlVariates)

    /** The number of samples after which the estimate is final in any case, at least 1. Defaults to 1,000,000. */
    public var maxSamples: Long? by settings.of("leave it out for 1,000,000", ExpectationBuilder::maxSamples)

    /**
     * Adds a function of a sample.
     *
     * @param bounds bounds on its values, or null if they are unknown; a value outside of them ends the estimate with an error
     * @param lipschitz its Lipschitz constant in the Euclidean distance, greater than 0, for a bound on the bias; null for none
     * @param function a function of the values, which it must not change; finite for every sample
     */
    public fun statistic(
        bounds: ClosedFloatingPointRange<Double>? = null,
        lipschitz: Double? = null,
        function: (x: DoubleArray) -> Double,
    ) {
        add("statistic", "write bounds = 0.0..1.0, or leave them out") {
            Statistic.of(function).let { if (bounds == null) it else it.bounds(bounds.start, bounds.endInclusive) }
                .biased(lipschitz)
        }
    }

    /**
     * Adds the indicator of {h > 0}, with bounds 0 and 1. Its expectation is a probability.
     *
     * @param lipschitz the Lipschitz constant of h, greater than 0, for a bound on the bias; null for none
     * @param h a function of the values, which it must not change; finite for every sample
     */
    public fun indicator(lipschitz: Double? = null, h: (x: DoubleArray) -> Double) {
        add("indicator", "leave it out for no bound on the bias") { Statistic.indicator(h).biased(lipschitz) }
    }

    /** Adds an existing statistic, such as each of [Statistic.mean]. */
    public fun statistic(statistic: Statistic) {
        statistics += statistic
    }

    private fun add(word: String, remedy: String, create: () -> Statistic) {
        statistics += called(word, remedy, create)
    }

    private fun Statistic.biased(constant: Double?) = if (constant == null) this else lipschitz(constant)

    /**
     * Sets the half-widths at which the estimate is final, in the units of the statistics, bias bound included: one for all statistics, or
     * one for each.
     */
    public fun within(vararg halfWidths: Double) {
        settings.put("within", "write within(0.01)") { it.within(*halfWidths) }
    }

    /** Stops by an interval that holds for any distribution and any number of samples. All statistics must have bounds. */
    public fun exact() {
        settings.put("exact", "") { it.exact() }
    }

    /**
     * Computes all samples at the first tolerance and, for a few of them, a correction between two successive tolerances, so that the
     * expectation is that of the last tolerance. See [ExpectationBuilder.levels].
     *
     * @param tolerances two to four, descending, in (0, 1), relative to the radius of the data
     */
    public fun levels(vararg tolerances: Double) {
        settings.put("levels", "write levels(1e-2, 1e-4)") { it.levels(*tolerances) }
    }

    /** Starts from scrambled Sobol points along the principal axes of the data, which takes fewer samples in few dimensions. */
    public fun quasiRandom() {
        settings.put("quasiRandom", "") { it.quasiRandom() }
    }

    internal fun build(sampler: Sampler): Expectation {
        given(statistics.firstOrNull(), "statistic", "write statistic { x -> x[0] }")
        given(settings.written().find { it == "within" }, "within", "write within(0.01)")
        return built {
            Expectation.builder(sampler).statistics(statistics).also(settings::applyTo).build()
        }
    }
}

/**
 * Returns a running estimate every 64 samples, or after each doubling of quasi-random points, and then the final estimate, as a cold [Flow].
 * A slow collector receives the newest estimate and does not slow the sampling. When the collection ends or is cancelled, no denoiser call
 * begins afterwards.
 *
 * @param dispatcher computes the samples, so that estimates are collected meanwhile, unless the sampler computes elsewhere
 * @sample io.scoreflux.kotlin.examples.runningEstimates
 */
@JvmSynthetic
public fun Expectation.estimatesAsFlow(dispatcher: CoroutineDispatcher = Dispatchers.Default): Flow<Estimate> =
    // The one request of the last operator starts the computation, so that later ones need not pass its busy thread.
    inContext { _, _ -> estimates().subscribeOn(schedulerOf(dispatcher)).onBackpressureLatest() }

/** Suspends until the estimate is final, and returns it. Cancellation and [dispatcher] are as described for [estimatesAsFlow]. */
@JvmSynthetic
public suspend fun Expectation.awaitEstimate(dispatcher: CoroutineDispatcher = Dispatchers.Default): Estimate =
    estimatesAsFlow(dispatcher).last()

private fun anyExpectation(): ExpectationBuilder =
    Expectation.builder(anySampler().noiseRange(1.0, 0.1).radius(1.0).build())
