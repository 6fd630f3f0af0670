package io.scoreflux.kotlin

import io.scoreflux.SamplerBuilder
import io.scoreflux.noise.SigmaGrid
import io.scoreflux.stream.Stage

private const val RANGE = "noise levels go down, as in reverseProcess { from(80.0); to(0.002) }"

/** The way from noise to data: its noise range and the stages that it is cut into. Noise levels are canonical, in the data's units. */
@ScorefluxDsl
public class ReverseProcessScope internal constructor() {
    private var from: Double? = null
    private var to: Double? = null
    private var ownStages = 0
    private val cutting = Choice<Unit>("reverseProcess")
    private val settings = Settings("reverseProcess", ::anySampler)

    /**
     * The noise level where trajectories start, greater than [to]; there is no default. Far above the data's radius, as 20 times it.
     *
     * @return this scope: `from(80.0).to(0.002)`
     */
    public fun from(sigma: Double): ReverseProcessScope {
        named("reverseProcess.from", RANGE) { SigmaGrid.requireRange(sigma, to ?: 0.0) }
        from = sigma
        return this
    }

    /**
     * The noise level where they end, at least 0; there is no default. 0, the datum itself, takes [SamplerScope.collocation].
     *
     * @return this scope
     */
    public fun to(sigma: Double): ReverseProcessScope {
        named("reverseProcess.to", RANGE) { SigmaGrid.requireRange(Double.MAX_VALUE, sigma) }
        from?.let { named("reverseProcess.from", RANGE) { SigmaGrid.requireRange(it, sigma) } }
        to = sigma
        return this
    }

    /** Sub-intervals of the range, equal in ln sigma, at least 1; by default 4. */
    public fun stages(count: Int) {
        cutting.choose("stages") { settings.put("stages", "4 is usual") { it.stages(count) } }
    }

    /** The noise levels between stages, descending, inside the range; instead of a number of stages. */
    public fun boundaries(vararg sigma: Double) {
        cutting.choose("boundaries") {
            settings.put("boundaries", "list them from the largest down") { it.boundaries(*sigma) }
        }
    }

    /**
     * A stage of one's own after one of the sampler's; several after the same one follow each other as they are written.
     *
     * @param stage the sampler's, counted from 0 at the largest noise level
     * @param own a function from a stream of trajectories to a stream of trajectories
     */
    public fun afterStage(stage: Int, own: Stage) {
        settings.put("afterStage", "stages count from 0", key = "after ${ownStages++}") { it.afterStage(stage, own) }
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
