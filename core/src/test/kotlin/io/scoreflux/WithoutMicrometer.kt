package io.scoreflux

import io.scoreflux.stream.micrometer.MicrometerListener

/** Called by reflection, from classes that do not see the optional libraries. */
public object WithoutMicrometer {
    @JvmStatic
    public fun samples(): Int = sampler(bimodal()).samples(0, 2).collectList().block()!!.size

    @JvmStatic
    public fun listener(): Any = MicrometerListener(nothing())

    /** Null, of a type whose class is missing. */
    @Suppress("UNCHECKED_CAST")
    private fun <T> nothing(): T = null as T
}
