package io.scoreflux.internal.collocation

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import kotlin.math.PI
import kotlin.math.abs
import kotlin.math.cos
import kotlin.math.pow

internal fun Nodes.basis(at: Double) = DoubleArray(size()).also { basis(at, it) }

class NodesSpec : FreeSpec({
    val families =
        (1..32).map { "chebyshev($it)" to Nodes.chebyshev(it) } +
            (1..31).map { "chebyshevLobatto($it)" to Nodes.chebyshevLobatto(it) }
    val points = listOf(-1.0, -0.25, -1e-9, 0.0, 1e-12, 0.1, 1 / 3.0, 0.5, 0.77, 1.0, 1 + 1e-9, 1.4, 2.5)

    "chebyshev(n) are the roots (1 - cos((2 i + 1) pi / (2 n))) / 2, ascending inside (0, 1)" {
        for (n in 1..32) {
            val nodes = Nodes.chebyshev(n)
            nodes.size() shouldBe n
            for (i in 0 until n) {
                // One rounding error of a number below 1 on each side.
                abs(nodes.node(i) - (1 - cos((2 * i + 1) * PI / (2 * n))) / 2) shouldBeLessThan 3e-16
                (nodes.node(i) > 0 && nodes.node(i) < 1 && (i == 0 || nodes.node(i) > nodes.node(i - 1))) shouldBe true
            }
        }
    }

    "chebyshevLobatto(n) are the n + 1 extrema, with both ends exact" {
        for (n in 1..31) {
            val nodes = Nodes.chebyshevLobatto(n)
            nodes.size() shouldBe n + 1
            nodes.node(0) shouldBe 0.0
            nodes.node(n) shouldBe 1.0
            for (i in 0..n) abs(nodes.node(i) - (1 - cos(i * PI / n)) / 2) shouldBeLessThan 3e-16
        }
    }

    "Lagrange polynomials are 1 at their own node and 0 at the others" {
        for ((name, nodes) in families) {
            for (i in 0 until nodes.size()) {
                withClue(name) {
                    nodes.basis(nodes.node(i)).toList() shouldBe List(nodes.size()) { if (it == i) 1.0 else 0.0 }
                }
            }
        }
    }

    "Lagrange polynomials sum to 1, inside and outside" {
        for ((name, nodes) in families) {
            for (x in points) {
                val basis = nodes.basis(x)
                // A few rounding errors for each node, in units of the largest partial sum.
                withClue("$name at $x") {
                    abs(basis.sum() - 1) shouldBeLessThan 4e-16 * nodes.size() * basis.sumOf { abs(it) }
                }
            }
        }
    }

    "monomials below the number of nodes are reproduced, inside and outside" {
        for ((name, nodes) in families) {
            for (x in points) {
                val basis = nodes.basis(x)
                for (degree in 0 until nodes.size()) {
                    val sum = basis.indices.sumOf { basis[it] * nodes.node(it).pow(degree) }
                    // The same, times the size of the result, which is large for extrapolation.
                    withClue("$name at $x, degree $degree") {
                        abs(sum - x.pow(degree)) shouldBeLessThan 4e-16 * nodes.size() * basis.sumOf { abs(it) }
                    }
                }
            }
        }
    }

    "a monomial whose degree equals the number of nodes is not reproduced" {
        val nodes = Nodes.chebyshev(4)
        val basis = nodes.basis(2.0)
        val sum = basis.indices.sumOf { basis[it] * nodes.node(it).pow(4) }
        // The difference is the node polynomial at 2.
        val missing = (0..3).fold(1.0) { product, i -> product * (2 - nodes.node(i)) }
        abs(16 - sum - missing) shouldBeLessThan 1e-12
    }

    "too few nodes are rejected" {
        shouldThrow<IllegalArgumentException> { Nodes.chebyshev(0) }.message shouldContain "n must be at least 1, was 0"
        shouldThrow<IllegalArgumentException> { Nodes.chebyshevLobatto(0) }.message shouldContain
            "degree must be at least 1, was 0"
    }
})
