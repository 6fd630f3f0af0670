package io.scoreflux.files.posterior

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe

class ThinnedDrawsSpec :
    StringSpec({
        "quantiles interpolate, and use thinned draws if there are many" {
            val few = ThinnedDraws()
            listOf(3.0, 1.0, 2.0, 4.0, 5.0).forEach { few.add(it.toLong(), doubleArrayOf(it)) }
            few.quantiles(0, 0.0, 0.5, 0.6, 1.0).toList() shouldContainExactly listOf(1.0, 3.0, 3.4, 5.0)
            val many = ThinnedDraws()
            repeat(300_000) { many.add(it.toLong(), doubleArrayOf(it.toDouble())) }
            // Every fourth draw is kept.
            many.quantiles(0, 0.5)[0] shouldBe (150_000.0 plusOrMinus 4.0)
            ThinnedDraws().quantiles(0, 0.5)[0].isNaN() shouldBe true
            // Chains alternate, and stay: of four around 0, 1, 2 and 3 the median lies between the middle ones.
            val chains = ThinnedDraws()
            repeat(200_000) { number -> for (c in 0..3) chains.add(number.toLong(), doubleArrayOf(c.toDouble())) }
            chains.quantiles(0, 0.2, 0.5, 0.8).toList() shouldContainExactly listOf(0.0, 1.5, 3.0)
        }
    })
