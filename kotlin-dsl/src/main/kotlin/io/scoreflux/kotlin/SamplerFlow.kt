package io.scoreflux.kotlin

import io.scoreflux.Sample
import io.scoreflux.Sampler
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.reactive.asFlow

/**
 * The samples `from, from + 1, ..., to - 1` as a cold [Flow].
 *
 * Demand reaches the model as with [Sampler.samples]: samples are requested one at a time, as they are collected, unless the
 * flow is given a buffer; `flow.buffer(n)` requests n ahead. The computation runs in the collecting coroutine's thread and
 * ends when collection does.
 *
 * @param from the first sample's number, at least 0
 * @param to one more than the last sample's number, at least [from]; without it the flow has no end
 */
public fun Sampler.asFlow(from: Long = 0, to: Long = Long.MAX_VALUE): Flow<Sample> =
    // A publisher's flow requests as many as its buffer holds; without this it would be 64.
    samples(from, to).asFlow().buffer(capacity = 1)
