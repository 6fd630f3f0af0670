package io.scoreflux.logconcave

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.longs.shouldBeLessThan
import io.kotest.matchers.shouldBe
import org.reactivestreams.Subscription
import reactor.core.publisher.BaseSubscriber
import java.util.Random
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.sqrt

/**
 * A logistic regression in 12 dimensions with correlated features and three rare indicators, which separate the labels completely or nearly. Only
 * the prior bounds their coefficients, so that the posterior is skewed and the Hessian at its mode misrepresents its scale.
 */
private class Skewed(
    seed: Long,
) {
    private val random = Random(seed)
    val d = 12
    private val loadings = Array(d) { DoubleArray(3) { random.nextGaussian() } }
    val features = Array(120) {
        val common = DoubleArray(3) { random.nextGaussian() }
        DoubleArray(d) { i ->
            when {
                i == 0 -> 1.0
                i < 4 -> if (random.nextDouble() < 0.08) 1.0 else 0.0
                else -> common.indices.sumOf { loadings[i][it] * common[it] } / 2 + 0.3 * random.nextGaussian()
            }
        }
    }
    val labels = IntArray(120) { k ->
        val eta = features[k][4] - features[k][7] + 9 * (features[k][1] - features[k][2] + features[k][3])
        if (random.nextDouble() < 1 / (1 + exp(-eta))) 1 else 0
    }

    fun target(deviation: Double) =
        Logistic(features, labels, if (deviation.isInfinite()) 0.0 else 1 / (deviation * deviation))
}

private fun cost(sampler: ProximalSampler, draws: Long, d: Int): Pair<Double, Diagnostics.Summary> {
    val summary = sampler.collect(draws).summary(4, d)
    return summary.gradients() / summary.leastEffectiveSize() to summary
}

class MovePilotSpec : StringSpec({
    for (laplace in listOf(false, true)) {
        val prior = if (laplace) "Laplace" else "normal"
        "moves reduce the gradients for an effective draw from a skewed posterior: $prior prior" {
            // Along a separated direction, the tail of a Laplace prior is exponential, which costs more than a normal one.
            for (seed in 1L..2L) {
                val data = Skewed(seed)

                fun sampler(moves: Boolean) = ProximalSampler
                    .builder(data.target(if (laplace) Double.POSITIVE_INFINITY else 10.0))
                    .term(if (laplace) ConvexTerm.l1(*DoubleArray(data.d) { sqrt(2.0) / 10 }) else ConvexTerm.none())
                    .burnIn(200)
                    .moves(moves)
                    .build()
                val (with, summary) = cost(sampler(true), 500, data.d)
                val (without) = cost(sampler(false), 1000, data.d)
                withClue("seed $seed: $with with moves, $without without, $summary") {
                    with shouldBeLessThan if (laplace) 250.0 else 80.0
                    with shouldBeLessThan without / 3
                    summary.overflow() shouldBeLessThan 0.025
                }
            }
        }
    }

    "moves are off if they do not pay off, as on a normal distribution: draws are those without moves" {
        val target = normal(arrayOf(doubleArrayOf(50.0, 20.0), doubleArrayOf(20.0, 10.0)))
        val with = ProximalSampler.builder(target).burnIn(40).build()
        with.collect(5).map { it.values().toList() } shouldContainExactly
            ProximalSampler.builder(target).burnIn(40).moves(false).build().collect(5).map { it.values().toList() }
        with.pilotGradients() shouldBeGreaterThan 0
    }

    "the pilot ends early if proximal steps are as good as independent draws, and the sampler says so" {
        for (d in listOf(1, 2, 10)) {
            val watched = Watched(standardNormal(d))
            val sampler = ProximalSampler.builder(watched).seed(3).build()
            sampler.hasMoves().block() shouldBe false
            // All four windows take 19,000.
            sampler.pilotGradients() shouldBeLessThan 4000
            watched.rows.get() shouldBe sampler.pilotGradients() + sampler.mode().block()!!.gradients()
        }
        // Beside this edge, moves go less far than proximal steps until the metric is known.
        val edge = logConcave(1) { x, out -> out[0] = 100 * maxOf(0.0, x[0] - 1) + 0.01 * x[0] }
        for (seed in 3L..6L) ProximalSampler.builder(edge).seed(seed).build().hasMoves().block() shouldBe true
        val off = Watched(standardNormal(2))
        ProximalSampler.builder(off).moves(false).build().hasMoves().block() shouldBe false
        off.rows.get() shouldBe 0
    }

    "there are no moves in a box of many dimensions, as each arc would take a normal for each axis" {
        val d = 501

        fun sampler(bounded: Int) = ProximalSampler
            .builder(standardNormal(d))
            .preconditioner(Preconditioner.identity())
            .term(
                ConvexTerm.box(
                    DoubleArray(d) { if (it < bounded) -1.0 else Double.NEGATIVE_INFINITY },
                    DoubleArray(d) { Double.POSITIVE_INFINITY },
                ),
            ).build()
        val all = sampler(d)
        all.hasMoves().block() shouldBe false
        all.pilotGradients() shouldBe 0
        val few = sampler(3)
        few.hasMoves().block()
        few.pilotGradients() shouldBeGreaterThan 0
    }

    "above 10,000 dimensions there are moves only if they are set, because of the memory of the pilot" {
        val builder = ProximalSampler.builder(standardNormal(10_001)).preconditioner(Preconditioner.identity())
        builder.hasMoves() shouldBe false
        builder.moves(true).hasMoves() shouldBe true
        ProximalSampler.builder(standardNormal(10_000)).hasMoves() shouldBe true
    }

    "statistics count proximal steps, which every fourth step contains, and no moves" {
        val target = logConcave(1) { x, out -> out[0] = x[0] * x[0] * x[0] }
        val sampler = ProximalSampler.builder(target).chains(1).burnIn(20).build()
        sampler.collect(8).map { it.statistics().steps() } shouldBe listOf(1L, 0, 0, 0, 1, 0, 0, 0)
        sampler.hasMoves().block() shouldBe true
    }

    "once the mode is known, a sampler without moves starts on subscription" {
        val sampler = ProximalSampler.builder(standardNormal(1)).chains(1).burnIn(5).moves(false).build()
        val other = ProximalSampler.builder(standardNormal(1)).chains(1).burnIn(5).moves(false).seed(2).build()
        val state = other.collect(1).last().state()
        sampler.collect(1)
        // A state of another sampler is rejected when the chains are created, which needs no request if nothing must run before.
        var failure: Throwable? = null
        sampler.resume(listOf(state), 3).subscribe(object : BaseSubscriber<Draw>() {
            override fun hookOnSubscribe(subscription: Subscription) {}

            override fun hookOnError(throwable: Throwable) {
                failure = throwable
            }
        })
        (failure is IllegalArgumentException) shouldBe true
    }

    "there is no pilot if a step, no curvature, or moves(false) is set" {
        val configured = listOf<ProximalSamplerBuilder.() -> Unit>(
            { step(0.1) },
            { curvature(Curvature.none()) },
            { moves(false) },
        )
        for (configure in configured) {
            val sampler = ProximalSampler.builder(standardNormal(2)).burnIn(10).apply(configure).build()
            sampler.collect(2)
            sampler.pilotGradients() shouldBe 0
        }
        val sampler = ProximalSampler.builder(standardNormal(2)).burnIn(10).step(0.1).moves(true).build()
        sampler.collect(2)
        sampler.pilotGradients() shouldBeGreaterThan 0
    }

    "a state of a sampler with moves is rejected by one without" {
        val target = logConcave(1) { x, out -> out[0] = x[0] * x[0] * x[0] }

        fun sampler(moves: Boolean) = ProximalSampler.builder(target).chains(1).burnIn(20).moves(moves).build()
        val state = sampler(true).collect(3).last().state()
        sampler(true).resume(listOf(state), 5).collectList().block()!!.size shouldBe 2
        runCatching { sampler(false).resume(listOf(state), 5).blockLast() }.isFailure shouldBe true
    }

    "a gradient that is NaN in a part of the bulk fails the chains, and moves do not hide it" {
        val target = logConcave(1) { x, out -> out[0] = if (x[0] > 1) Double.NaN else x[0] * x[0] * x[0] }
        val draws = ProximalSampler.builder(target).preconditioner(Preconditioner.identity()).burnIn(50).build()
            .collect(200)
        draws.count { it.failed() && it.number() == 199L } shouldBe 4
    }

    "the covariance of a window is found, and shrunk if there are few draws" {
        val random = Random(1)
        for ((draws, error) in listOf(4000 to 0.1, 3 to 1.0)) {
            val tuner = MoveTuner(Metric.identity(3, true), NoTerm.INSTANCE, 4, 4.0)
            repeat(draws) {
                for (chain in 0 until 4) {
                    val a = random.nextGaussian()
                    tuner.drew(
                        chain,
                        doubleArrayOf(5 + a, 2 * a + random.nextGaussian(), 1 + 3 * random.nextGaussian()),
                    )
                }
            }
            tuner.endWindow()
            val metric = tuner.moves().metric()
            val covariance = { i: Int, j: Int ->
                (0..minOf(i, j)).sumOf { metric.entry(i, it) * metric.entry(j, it) }
            }
            metric.mean(0) shouldBe (5.0 plusOrMinus 2 * error)
            val exact = arrayOf(doubleArrayOf(1.0), doubleArrayOf(2.0, 5.0), doubleArrayOf(0.0, 0.0, 9.0))
            for (i in 0 until 3) {
                for (j in 0..i) {
                    val off = abs(covariance(i, j) - exact[i][j]) / sqrt(exact[i][i] * exact[j][j])
                    if (draws > 100) off shouldBeLessThan error
                }
                // Even with twelve draws, no direction is lost.
                (metric.entry(i, i) > 0.2) shouldBe true
            }
        }
    }
})
