package io.scoreflux.kotlin

import io.scoreflux.reject.Corrector

/**
 * The corrector, which continues from the state at which the solver stops. `correct { }` of [sampler] must call exactly one function of this
 * scope.
 */
@ScorefluxDsl
public class CorrectScope internal constructor() {
    internal val corrector = Choice<(Int) -> Corrector>("correct")

    /**
     * Selects rejection sampling of the last part of the reverse process. It is exact except for clipped weights. [ForsCorrectorScope.budget] must
     * be given.
     *
     * @sample io.scoreflux.kotlin.examples.corrected
     */
    public fun fors(settings: ForsCorrectorScope.() -> Unit) {
        corrector.choose("fors") {
            val own = ForsCorrectorScope().apply(settings).corrector()
            ({ own })
        }
    }

    /** Selects Metropolis-adjusted Langevin moves at the last noise level. */
    public fun metropolis(settings: MetropolisScope.() -> Unit = {}) {
        corrector.choose("metropolis") {
            val own = MetropolisScope().apply(settings)
            own::corrector
        }
    }
}
