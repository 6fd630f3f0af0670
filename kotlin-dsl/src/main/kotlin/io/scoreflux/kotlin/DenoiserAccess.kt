package io.scoreflux.kotlin

import io.scoreflux.error.InvalidConfigurationException
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Denoiser
import io.scoreflux.model.DenoiserInfo
import io.scoreflux.model.Guidance
import io.scoreflux.model.GuidanceRule
import io.scoreflux.model.Observation
import io.scoreflux.stream.Gateway

/** A target and how its denoiser is called. */
internal sealed interface DenoiserAccess {
    /** The properties of the denoiser. */
    val info: DenoiserInfo

    /**
     * Returns the target with classifier-free guidance, which permits conditions with any guidance weight. A target that is guided keeps its own
     * rule.
     */
    fun guided(rule: GuidanceRule): DenoiserAccess

    /** Returns the target conditioned on an observation. */
    fun observed(observation: Observation): DenoiserAccess

    /** A denoiser that is called on the requesting threads. */
    class Direct(val denoiser: Denoiser) : DenoiserAccess {
        override val info get() = denoiser

        override fun guided(rule: GuidanceRule) =
            if (denoiser.supportsGuidance()) this else Direct(Guidance.of(denoiser, rule))

        override fun observed(observation: Observation) = Direct(observing { observation.of(denoiser) })
    }

    /** An asynchronous denoiser, called through a gateway that the sampler creates. */
    class Async(val denoiser: AsyncDenoiser) : DenoiserAccess {
        override val info get() = denoiser

        override fun guided(rule: GuidanceRule) =
            if (denoiser.supportsGuidance()) this else Async(Guidance.of(denoiser, rule))

        override fun observed(observation: Observation) = Async(observing { observation.of(denoiser) })
    }

    /** A gateway that other samplers may share. Its denoiser cannot be changed. */
    class Shared(val gateway: Gateway) : DenoiserAccess {
        override val info: DenoiserInfo get() = gateway.info()

        override fun guided(rule: GuidanceRule) = this

        override fun observed(observation: Observation): DenoiserAccess =
            throw InvalidConfigurationException(
                "observe",
                "must be given to the gateway's denoiser",
                "given to the sampler",
                "write Gateway.builder(observation.of(denoiser)) where the gateway is created",
            )
    }
}

private fun <T> observing(observed: () -> T): T =
    called("observe", "leave it out, or give the target's moments", observed)
