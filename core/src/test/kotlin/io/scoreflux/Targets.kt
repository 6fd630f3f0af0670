package io.scoreflux

import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.Moments
import io.scoreflux.solve.picard.Picard
import io.scoreflux.state.Rows
import java.util.Optional
import java.util.concurrent.atomic.AtomicInteger

/** Two separated modes on a line. */
fun bimodal(): GaussianMixture =
    GaussianMixture.builder(1).component(0.6, doubleArrayOf(-1.0), 0.3).component(0.4, doubleArrayOf(1.2), 0.4).build()

/** Three modes of different shape in the plane. */
fun threeModes(): GaussianMixture =
    GaussianMixture
        .builder(2)
        .component(0.5, doubleArrayOf(1.0, 0.0), 0.1)
        .component(0.3, doubleArrayOf(-0.5, 0.8), 0.2)
        .component(0.2, doubleArrayOf(-0.5, -0.9), 0.05)
        .build()

/** Builds a sampler of a small problem, from sigma 20 to 0.02. */
fun sampler(denoiser: Denoiser, configure: SamplerBuilder.() -> Unit = {}): Sampler =
    Sampler
        .builder(denoiser)
        .noiseRange(20.0, 0.02)
        .solver(Picard(1e-5))
        .apply(configure)
        .build()

/** Wraps a denoiser. [before] is called before every call, and [after] after it. */
class Watched(
    private val inner: Denoiser,
    private val after: (Rows, DoubleArray) -> Unit = { _, _ -> },
    private val before: (Rows) -> Unit = {},
) : Denoiser {
    val calls = AtomicInteger()

    override fun dimension(): Int = inner.dimension()

    override fun moments(): Optional<Moments> = inner.moments()

    override fun denoise(rows: Rows, out: DoubleArray) {
        calls.incrementAndGet()
        before(rows)
        inner.denoise(rows, out)
        after(rows, out)
    }
}

/** The bits of the values of a sample. */
fun Sample.bits(): List<Long> = values().map { it.toRawBits() }
