package io.scoreflux.kotlin

import io.scoreflux.error.InvalidConfigurationException
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Denoiser
import io.scoreflux.model.DenoiserInfo
import io.scoreflux.model.Guidance
import io.scoreflux.model.Observation
import io.scoreflux.stream.Gateway

/** How a target is reached. */
internal sealed interface DenoiserAccess {
    /** What it says of itself. */
    val info: DenoiserInfo

    /** Answers conditions of any weight of guidance. */
    fun guided(): DenoiserAccess

    /** Given what was observed. */
    fun observed(observation: Observation): DenoiserAccess

    /** Called on the threads that request. */
    class Direct(val denoiser: Denoiser) : DenoiserAccess {
        override val info get() = denoiser

        override fun guided() = if (denoiser.supportsGuidance()) this else Direct(Guidance.of(denoiser))

        override fun observed(observation: Observation) = Direct(observing { observation.of(denoiser) })
    }

    /** Answers later, by a gateway that the sampler makes. */
    class Async(val denoiser: AsyncDenoiser) : DenoiserAccess {
        override val info get() = denoiser

        override fun guided() = if (denoiser.supportsGuidance()) this else Async(Guidance.of(denoiser))

        override fun observed(observation: Observation) = Async(observing { observation.of(denoiser) })
    }

    /** By a gateway that others share, whose denoiser is as it is. */
    class Shared(val gateway: Gateway) : DenoiserAccess {
        override val info: DenoiserInfo get() = gateway.info()

        override fun guided() = this

        override fun observed(observation: Observation): DenoiserAccess =
            throw InvalidConfigurationException(
                "observe",
                "must be given to the gateway's denoiser",
                "given to the sampler",
                "write Gateway.builder(observation.of(denoiser)) where the gateway is made",
            )
    }
}

private fun <T> observing(observed: () -> T): T =
    called("observe", "leave it out, or give the target's moments", observed)
