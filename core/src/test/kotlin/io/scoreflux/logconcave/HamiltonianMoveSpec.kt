package io.scoreflux.logconcave

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.NormalStream
import io.scoreflux.noise.Purpose
import io.scoreflux.solve.Allocated
import java.util.Random
import kotlin.math.PI
import kotlin.math.abs
import kotlin.math.asin
import kotlin.math.exp
import kotlin.math.ln1p
import kotlin.math.sqrt

private fun geometry(
    d: Int,
    term: ConvexTerm = ConvexTerm.none(),
    everywhere: Boolean = true,
) = Geometry.of(
    DoubleArray(d),
    term,
    everywhere,
    Preconditioner.identity(),
    Curvature.secant(),
    ProximalSettings.DEFAULT,
    null,
)

/** Makes moves alone, from a state on, and returns the last state and the numbers of weights and of weights above the bound. */
private fun moves(
    geometry: Geometry,
    moves: Moves,
    gradient: (DoubleArray) -> DoubleArray,
    start: DoubleArray,
    count: Int,
    chain: Int,
): Triple<DoubleArray, Long, Long> {
    val move = HamiltonianMove(geometry, moves)
    val state = start.clone()
    repeat(count) { k ->
        val random = NoiseSource(1).normals(Purpose.CHAIN_STEP, chain * 1000L + k)
        var outcome = move.begin(state, state, false, random)
        while (outcome == HamiltonianMove.Outcome.MORE) outcome = move.tell(gradient(move.asked()), 0)
        if (outcome == HamiltonianMove.Outcome.ACCEPTED) move.end().copyInto(state)
    }
    return Triple(state, move.clipping().weights(), move.clipping().overflows())
}

/** Draws from the distribution of a quadrature in one dimension, moves each draw several times, and returns Kolmogorov's distance times sqrt(n). */
private fun distance(
    geometry: Geometry,
    parameters: Moves,
    law: Quadrature,
    from: Double,
    to: Double,
    gradient: (DoubleArray) -> DoubleArray,
): Pair<Double, Double> {
    val random = Random(8)
    var weights = 0L
    var overflows = 0L
    val ends = List(CHAINS) { chain ->
        val start = doubleArrayOf(law.inverse(random.nextDouble(), from, to))
        val (end, all, above) = moves(geometry, parameters, gradient, start, 6, chain)
        weights += all
        overflows += above
        end[0]
    }
    return kolmogorov(ends, law::cdf) to overflows.toDouble() / maxOf(1, weights)
}

/** Returns the point of an interval at which the distribution function has a value. */
private fun Quadrature.inverse(value: Double, from: Double, to: Double): Double {
    var low = from
    var high = to
    repeat(50) {
        val middle = 0.5 * (low + high)
        if (cdf(middle) < value) low = middle else high = middle
    }
    return high
}

private const val CHAINS = 8000

/** f = x + e^-x + x^2 / 8 is neither quadratic nor symmetric. */
private val f = { x: Double -> x + exp(-x) + x * x / 8 }
private val slope = { x: DoubleArray -> doubleArrayOf(1 - exp(-x[0]) + x[0] / 4) }

/** A metric that is neither centered nor scaled correctly. */
private fun metric() = Metric(doubleArrayOf(0.3), doubleArrayOf(1.4))

class HamiltonianMoveSpec : StringSpec({
    val cases = mapOf(
        "no term" to Triple(ConvexTerm.none(), -4.5 to 16.0, f),
        "a box" to Triple(ConvexTerm.box(doubleArrayOf(-0.5), doubleArrayOf(1.0)), -0.5 to 1.0, f),
        "a half-line" to Triple(ConvexTerm.halfSpace(doubleArrayOf(-2.0), -3.0), 1.5 to 16.0, f),
        "an L1 term" to Triple(ConvexTerm.l1(2.0), -8.0 to 8.0, { x: Double -> f(x) + 2 * abs(x) }),
    )
    for ((name, case) in cases) {
        val (term, range, law) = case
        "moves alone leave the distribution unchanged: $name" {
            for (step in listOf(0.3, 0.6)) {
                val exact = Quadrature(range.first, range.second, 16_000, law)
                val (distance, overflow) = distance(
                    geometry(1, term),
                    Moves.of(metric(), geometry(1, term).oracle, step, 0.4),
                    exact,
                    range.first,
                    range.second,
                    slope,
                )
                withClue("step $step, overflow $overflow") {
                    // The limit has p < 1e-3.
                    distance shouldBeLessThan 1.95
                    overflow shouldBeLessThan 0.02
                }
            }
        }
    }

    "the gradient is not evaluated outside a region" {
        val term = ConvexTerm.box(doubleArrayOf(-0.5), doubleArrayOf(1.0))
        val geometry = geometry(1, term, everywhere = false)
        repeat(50) { chain ->
            moves(geometry, Moves.of(metric(), geometry.oracle, 0.5, 0.4), { x ->
                check(x[0] in -0.5..1.0) { "asked at ${x[0]}" }
                slope(x)
            }, doubleArrayOf(0.2), 10, chain)
        }
    }

    "without weights the distribution is wrong, as a control of the comparisons above" {
        // With a bound of 0 there are no weights, and the acceptance follows the interpolated work alone. f has a steep wall.
        val wall = { x: Double -> exp(-5 * x) + x * x / 8 }
        val exact = Quadrature(-2.0, 16.0, 16_000, wall)
        val gradient = { x: DoubleArray -> doubleArrayOf(-5 * exp(-5 * x[0]) + x[0] / 4) }
        val metric = Metric(doubleArrayOf(1.0), doubleArrayOf(1.2))
        val wrong = distance(
            geometry(1),
            Moves.of(metric, NoTerm.INSTANCE, 0.6, 1e-9),
            exact,
            -2.0,
            16.0,
            gradient,
        ).first
        val right = distance(
            geometry(1),
            Moves.of(metric, NoTerm.INSTANCE, 0.6, 1.0),
            exact,
            -2.0,
            16.0,
            gradient,
        ).first
        withClue("$wrong and $right") {
            wrong shouldBeGreaterThan 1.95
            right shouldBeLessThan 1.95
        }
    }

    "moves in a plane agree with quadrature, with a correlated metric, a box, and L1 terms" {
        val f2 = { x: Double, y: Double -> 0.5 * (x * x + y * y) + 0.8 * x * y + ln1p(exp(3 * x + 2 * y)) }
        val gradient = { x: DoubleArray ->
            val s = 1 / (1 + exp(-3 * x[0] - 2 * x[1]))
            doubleArrayOf(x[0] + 0.8 * x[1] + 3 * s, x[1] + 0.8 * x[0] + 2 * s)
        }
        val metric = Metric(doubleArrayOf(-0.5, -0.2), doubleArrayOf(1.3, 0.0, -1.0, 0.9))
        val terms = listOf(
            ConvexTerm.none() to { _: Double, _: Double -> 0.0 },
            ConvexTerm.l1(1.0, 0.7) to { x: Double, y: Double -> abs(x) + 0.7 * abs(y) },
            ConvexTerm.box(doubleArrayOf(-1.0, -1.5), doubleArrayOf(0.5, 1.0)) to { x: Double, y: Double ->
                if (x in -1.0..0.5 && y in -1.5..1.0) 0.0 else 1e9
            },
        )
        for ((term, h) in terms) {
            val sums = DoubleArray(6)
            val cells = 560
            for (i in 0 until cells) {
                for (j in 0 until cells) {
                    val x = -7 + 14 * (i + 0.5) / cells
                    val y = -7 + 14 * (j + 0.5) / cells
                    val p = exp(-f2(x, y) - h(x, y))
                    doubleArrayOf(1.0, x, y, x * x, x * y, y * y).forEachIndexed { k, m -> sums[k] += p * m }
                }
            }
            val geometry = geometry(2, term)
            val ends = List(1500) { chain ->
                moves(
                    geometry,
                    Moves.of(metric, geometry.oracle, 0.4, 0.3),
                    gradient,
                    doubleArrayOf(-0.3, -0.3),
                    30,
                    chain,
                ).first
            }
            val of = listOf<(DoubleArray) -> Double>(
                { it[0] },
                { it[1] },
                { it[0] * it[0] },
                { it[0] * it[1] },
                { it[1] * it[1] },
            )
            of.forEachIndexed { k, moment ->
                val values = ends.map(moment)
                val mean = values.average()
                val error = sqrt(values.sumOf { (it - mean) * (it - mean) } / values.size / (values.size - 1))
                // The bounds of the box are those of cells. Four standard errors for each of 15 moments.
                withClue("$term, moment $k: $mean +- $error") {
                    mean shouldBe (sums[k + 1] / sums[0] plusOrMinus 4 * error)
                }
            }
        }
    }

    "known work and mean weight add up to the change of f, and a reversed trajectory changes their signs" {
        val random = Random(2)
        val d = 3
        val metric = Metric(DoubleArray(d) { 0.1 * it }, doubleArrayOf(1.0, 0.0, 0.0, 0.4, 0.8, 0.0, -0.3, 0.2, 1.1))
        val parameters = Moves.of(metric, NoTerm.INSTANCE, 0.5, 0.1)
        val value = { x: DoubleArray -> x.sumOf { exp(-it) + it * it / 4 } + ln1p(exp(x.sum())) }
        val gradient = { x: DoubleArray ->
            DoubleArray(d) { i -> -exp(-x[i]) + x[i] / 2 + 1 / (1 + exp(-x.sum())) }
        }
        val leaps = 4
        val step = 0.5
        val q = DoubleArray(d) { random.nextGaussian() }
        val p = DoubleArray(d) { random.nextGaussian() }

        fun run(work: TrajectoryWork): List<DoubleArray> {
            work.begin(leaps, step)
            val u = DoubleArray(d)
            val nodes = mutableListOf<DoubleArray>()
            for (l in 0..leaps) {
                metric.toU(q, 0, u)
                nodes.add(u.clone())
                work.node(l, q, gradient(u))
                work.kick(l, u, p, if (l == 0 || l == leaps) step / 2 else step)
                if (l < leaps) work.leap(l, q, p)
            }
            return nodes
        }

        val work = TrajectoryWork(NoTerm.INSTANCE, parameters)
        val start = q.clone()
        val nodes = run(work)
        val known = work.known()
        val roughness = work.roughness()
        val stream = NoiseSource(3).normals(Purpose.CHAIN_STEP, 0)
        val v = DoubleArray(d)
        val weights = List(40_000) {
            work.draw(stream, v)
            val u = DoubleArray(d)
            metric.toU(v, 0, u)
            gradient(u).copyInto(work.answer())
            work.weigh()
        }
        val mean = weights.average()
        val error = sqrt(weights.sumOf { (it - mean) * (it - mean) }) / weights.size
        val change = value(nodes.last()) - value(nodes.first())
        val normal = 0.5 * (q.sumOf { it * it } - start.sumOf { it * it })
        withClue("known $known, mean weight $mean +- $error") {
            // The weight must matter for this test.
            abs(mean) shouldBeGreaterThan 5 * error
            normal + known + mean shouldBe (change plusOrMinus 4 * error)
        }
        // Back from the end with the opposite momentum.
        for (i in 0 until d) p[i] = -p[i]
        val back = TrajectoryWork(NoTerm.INSTANCE, parameters)
        run(back).last().forEachIndexed { i, x -> x shouldBe (nodes.first()[i] plusOrMinus 1e-9) }
        back.known() shouldBe (-known plusOrMinus 1e-9)
        back.roughness() shouldBe (roughness plusOrMinus 1e-9)
    }

    "arcs are reflected at the boundary, keep their energy, and return if they are reversed" {
        val random = Random(4)
        val normals = DoubleArray(6) { random.nextGaussian() }
        val walls = Walls.of(
            2,
            normals,
            doubleArrayOf(-0.8, -0.9, -1.2),
            doubleArrayOf(1.0, Double.POSITIVE_INFINITY, 0.7),
        )

        fun inside(q: DoubleArray) = (0 until 3).all { k ->
            val along = normals[2 * k] * q[0] + normals[2 * k + 1] * q[1]
            along >= doubleArrayOf(-0.8, -0.9, -1.2)[k] - 1e-9 && along <= doubleArrayOf(1.0, 1e9, 0.7)[k] + 1e-9
        }

        val motion = Motion(walls)

        fun move(q: DoubleArray, p: DoubleArray): Int {
            val at = q.clone()
            val velocity = p.clone()
            motion.forget()
            motion.start(q, p)
            motion.move(q, p, 1.5, 1000) shouldBe true
            for (arc in 0 until motion.arcs()) {
                motion.repeat(arc, at, velocity)
                inside(at) shouldBe true
            }
            // The record has the same bits.
            at shouldBe q
            velocity shouldBe p
            return motion.arcs()
        }
        var reflections = 0
        repeat(200) {
            val q = DoubleArray(2)
            val p = DoubleArray(2) { 2 * random.nextGaussian() }
            val energy = p.sumOf { it * it }
            reflections += move(q, p) - 1
            q.sumOf { it * it } + p.sumOf { it * it } shouldBe (energy plusOrMinus 1e-9)
            for (i in 0..1) p[i] = -p[i]
            move(q, p)
            q.forEach { abs(it) shouldBeLessThan 1e-6 }
        }
        (reflections > 200) shouldBe true
        // A particle that starts at 0 with momentum 2 reaches 1 at the time asin 1/2, returns, and reaches -1.5.
        val line = Motion(Walls.of(1, doubleArrayOf(1.0), doubleArrayOf(-1.5), doubleArrayOf(1.0)))
        val p = doubleArrayOf(2.0)
        val origin = DoubleArray(1)
        line.start(origin, p)
        line.move(origin, p, 3.0, 1000) shouldBe true
        line.time(0) shouldBe (PI / 6 plusOrMinus 1e-12)
        line.time(1) shouldBe (PI / 6 + asin(0.75) plusOrMinus 1e-12)
    }

    "an arc reads only the normal of the wall that it reaches, so its cost is linear in the dimension" {
        fun motion(normals: DoubleArray) =
            Motion(Walls.of(2, normals, doubleArrayOf(-0.5, -0.8), doubleArrayOf(0.5, 0.8)))

        fun times(forgetNormals: Boolean): List<Double> {
            val normals = doubleArrayOf(1.0, 0.0, 0.6, 0.8)
            val motion = motion(normals)
            val q = DoubleArray(2)
            val p = doubleArrayOf(3.0, 2.0)
            motion.start(q, p)
            // Without its normals, a motion between walls loses the momentum, but not its components along the normals.
            if (forgetNormals) normals.fill(Double.NaN)
            motion.move(q, p, 1.0, 100) shouldBe true
            q.any { it.isNaN() } shouldBe forgetNormals
            return List(motion.arcs()) { motion.time(it) }
        }
        times(false).size shouldBeGreaterThan 3
        times(true) shouldBe times(false)
    }

    "a trajectory with too many reflections is rejected" {
        // A box of a thousandth of a deviation, in which a trajectory has about 1500 reflections.
        val geometry = geometry(1, ConvexTerm.box(doubleArrayOf(-5e-4), doubleArrayOf(5e-4)), everywhere = false)
        var gradients = 0
        val (end) = moves(
            geometry,
            Moves.of(Metric.identity(1, true), geometry.oracle, 0.5, 0.4),
            { x ->
                gradients++
                x.clone()
            },
            doubleArrayOf(1e-4),
            5,
            0,
        )
        end shouldBe doubleArrayOf(1e-4)
        // Each move ends in its first leap.
        gradients shouldBe 5
    }

    "the memory of a trajectory is limited in many dimensions".config(enabledOrReasonIf = Allocated.counted) {
        val d = 50_000
        val parameters = Moves.of(Metric.identity(d, false), NoTerm.INSTANCE, 0.015, 0.1)
        val move = HamiltonianMove(geometry(d), parameters)
        val state = DoubleArray(d)
        val random = object : NormalStream {
            override fun fill(out: DoubleArray, at: Int, n: Int) = out.fill(0.5, at, at + n)

            override fun uniform() = 0.5
        }
        val before = Allocated.bytes()
        move.begin(state, state, true, random) shouldBe HamiltonianMove.Outcome.MORE
        // Two rows for each of 2^19 / d = 10 leaps, and one. A hundred leaps would need two hundred rows.
        (Allocated.bytes() - before).toDouble() / (8 * d) shouldBeLessThan 30.0
    }

    "the estimate for clipping bounds its effect: e^(-5 x) + x^2 / 8, whose wall the roughness underestimates" {
        val law = Quadrature(-2.0, 16.0, 16_000) { x -> exp(-5 * x) + x * x / 8 }
        val gradient = { x: DoubleArray -> doubleArrayOf(-5 * exp(-5 * x[0]) + x[0] / 4) }
        val bins = 25
        val draws = 40_000
        // The mean of the distance of an empirical distribution is below this.
        val noise = 0.5 * sqrt(bins.toDouble() / draws)
        for ((bound, least) in listOf(0.003 to 0.04, 0.01 to 0.03, 0.1 to 0.0)) {
            val parameters = Moves.of(Metric(doubleArrayOf(1.0), doubleArrayOf(1.2)), NoTerm.INSTANCE, 0.6, bound)
            val move = HamiltonianMove(geometry(1), parameters)
            val random = Random(5)
            val counts = IntArray(bins)
            repeat(draws) { k ->
                val state = doubleArrayOf(law.inverse(random.nextDouble(), -2.0, 16.0))
                val stream = NoiseSource(1).normals(Purpose.CHAIN_STEP, k.toLong())
                var outcome = move.begin(state, state, false, stream)
                while (outcome == HamiltonianMove.Outcome.MORE) outcome = move.tell(gradient(move.asked()), 0)
                val end = if (outcome == HamiltonianMove.Outcome.ACCEPTED) move.end()[0] else state[0]
                counts[(law.cdf(end) * bins).toInt().coerceAtMost(bins - 1)]++
            }
            val distance = counts.sumOf { abs(it.toDouble() / draws - 1.0 / bins) } / 2
            val reported = move.clipping().bound() / draws
            withClue("bound $bound: distance $distance +- $noise, reported $reported") {
                distance shouldBeGreaterThan least
                reported shouldBeGreaterThan distance - noise
            }
        }
    }

    "a metric converts points and gradients, and metrics can be chained" {
        val one = Metric(doubleArrayOf(1.0, -2.0), doubleArrayOf(2.0, 0.0, 0.5, 3.0))
        val mean = doubleArrayOf(0.3, 0.4)
        val other = doubleArrayOf(0.7, 0.0, -0.2, 1.5)
        val both = one.then(mean, other)
        val w = doubleArrayOf(0.9, -1.1)
        val v = doubleArrayOf(mean[0] + other[0] * w[0], mean[1] + other[2] * w[0] + other[3] * w[1])
        val u = DoubleArray(2).also { one.toU(v, 0, it) }
        u shouldBe doubleArrayOf(1 + 2 * v[0], -2 + 0.5 * v[0] + 3 * v[1])
        DoubleArray(2).also { both.toU(w, 0, it) }.forEachIndexed { i, x -> x shouldBe (u[i] plusOrMinus 1e-14) }
        DoubleArray(2).also { both.toV(u, it, 0) }.forEachIndexed { i, x -> x shouldBe (w[i] plusOrMinus 1e-14) }
        DoubleArray(2).also { one.pullBack(doubleArrayOf(1.0, 10.0), it, 0) } shouldBe doubleArrayOf(7.0, 30.0)
    }
})
