package io.scoreflux

import io.scoreflux.stream.micrometer.MicrometerListener

/** Called by reflection from a class loader without the optional libraries. */
public object WithoutMicrometer {
    @JvmStatic
    public fun samples(): Int = sampler(bimodal()).samples(0, 2).collectList().block()!!.size

    @JvmStatic
    public fun listener(): Any = MicrometerListener(nothing())

    /** A null of a type whose class is missing. */
    @Suppress("UNCHECKED_CAST")
    private fun <T> nothing(): T = null as T
}
