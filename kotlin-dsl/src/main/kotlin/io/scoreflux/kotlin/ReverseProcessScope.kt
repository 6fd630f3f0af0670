package io.scoreflux.kotlin

import io.scoreflux.SamplerBuilder
import io.scoreflux.error.Violation
import io.scoreflux.noise.SigmaGrid
import io.scoreflux.posterior.PosteriorBuilder
import io.scoreflux.stream.Stage

private const val RANGE = "give descending noise levels, such as reverseProcess { from(80.0); to(0.002) }"
private val NO_STAGES =
    Violation.of("reverseProcess", "must not be given for a posterior, which has no stages", null, "leave it out")

/** The reverse process from noise to data: its noise range and its stages. Noise levels are canonical, in the data's units. */
@ScorefluxDsl
public class ReverseProcessScope internal constructor() {
    private var from: Double? = null
    private var to: Double? = null
    private var ownStages = 0
    private val cutting = Choice<Unit>("reverseProcess")
    private val settings = Settings("reverseProcess", ::anySampler)

    /**
     * Sets the noise level at which trajectories start. It must be greater than [to] and should be far above the data's radius, for example 20
     * times as large. There is no default.
     *
     * @return this scope, so that `from(80.0).to(0.002)` is possible
     */
    public fun from(sigma: Double): ReverseProcessScope {
        named("reverseProcess.from", RANGE) { SigmaGrid.requireRange(sigma, to ?: 0.0) }
        from = sigma
        return this
    }

    /**
     * Sets the noise level at which trajectories end, at least 0. There is no default. Only [SamplerScope.collocation] can end at 0, where the
     * state is the data point itself.
     *
     * @return this scope
     */
    public fun to(sigma: Double): ReverseProcessScope {
        named("reverseProcess.to", RANGE) { SigmaGrid.requireRange(Double.MAX_VALUE, sigma) }
        from?.let { named("reverseProcess.from", RANGE) { SigmaGrid.requireRange(it, sigma) } }
        to = sigma
        return this
    }

    /** Sets the number of stages, which divide the noise range equally in ln sigma; at least 1. Defaults to 4. Excludes [boundaries]. */
    public fun stages(count: Int) {
        cutting.choose("stages") { settings.put("stages", "4 is usual") { it.stages(count) } }
    }

    /** Sets the noise levels between stages, descending and inside the noise range. Excludes [stages]. */
    public fun boundaries(vararg sigma: Double) {
        cutting.choose("boundaries") {
            settings.put("boundaries", "list them from the largest down") { it.boundaries(*sigma) }
        }
    }

    /**
     * Adds a custom stage after a stage of the sampler. Several custom stages after the same stage keep the order in which they are added.
     *
     * @param stage the index of the sampler's stage, counted from 0 at the largest noise level
     * @param own a function from a stream of trajectories to a stream of trajectories
     */
    public fun afterStage(stage: Int, own: Stage) {
        settings.put("afterStage", "stages count from 0", key = "afterStage ${ownStages++}") {
            it.afterStage(stage, own)
        }
    }

    internal fun applyTo(builder: PosteriorBuilder) {
        refuse(settings.written().map { it.substringBefore(' ') }, NO_STAGES)
        builder.noiseRange(
            given(from, "reverseProcess.from", RANGE),
            given(to, "reverseProcess.to", RANGE),
        )
    }

    internal fun applyTo(builder: SamplerBuilder, planned: Boolean) {
        val top = from
        val bottom = to
        val missing = listOfNotNull("from".takeIf { top == null }, "to".takeIf { bottom == null })
        if (top != null && bottom != null) {
            builder.noiseRange(top, bottom)
        } else {
            checkRule(
                planned && missing.size == 2,
                "reverseProcess.${missing.first()}",
                "must be given",
                "missing",
                "write reverseProcess { from(80.0); to(0.002) }",
            )
        }
        settings.applyTo(builder)
    }
}
