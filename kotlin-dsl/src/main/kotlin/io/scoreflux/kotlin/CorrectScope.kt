package io.scoreflux.kotlin

import io.scoreflux.reject.Corrector

/** What draws the state on where the solver has landed: `correct { }` of [sampler] takes exactly one of its functions. */
@ScorefluxDsl
public class CorrectScope internal constructor() {
    internal val corrector = Choice<(Int) -> Corrector>("correct")

    /**
     * The exact reverse process on the last part of the noise range, by rejection: [ForsCorrectorScope.budget] must be given.
     *
     * @sample io.scoreflux.kotlin.examples.corrected
     */
    public fun fors(settings: ForsCorrectorScope.() -> Unit) {
        corrector.choose("fors") {
            val own = ForsCorrectorScope().apply(settings).corrector()
            ({ own })
        }
    }

    /** Metropolis-adjusted moves at the last noise level. */
    public fun metropolis(settings: MetropolisScope.() -> Unit = {}) {
        corrector.choose("metropolis") {
            val own = MetropolisScope().apply(settings)
            own::corrector
        }
    }
}
