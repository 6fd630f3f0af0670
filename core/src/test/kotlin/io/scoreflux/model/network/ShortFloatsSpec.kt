package io.scoreflux.model.network

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import java.util.Random
import kotlin.math.pow

/** The value of a number of 16 bits by the definition of IEEE 754. */
private fun value(bits: Int, exponentBits: Int): Double {
    val fractionBits = 15 - exponentBits
    val exponent = bits shr fractionBits and (1 shl exponentBits) - 1
    val fraction = (bits and (1 shl fractionBits) - 1) / 2.0.pow(fractionBits)
    val offset = (1 shl exponentBits - 1) - 1
    val magnitude = when {
        exponent == (1 shl exponentBits) - 1 -> if (fraction == 0.0) Double.POSITIVE_INFINITY else Double.NaN
        exponent == 0 -> fraction * 2.0.pow(1 - offset)
        else -> (1 + fraction) * 2.0.pow(exponent - offset)
    }
    return if (bits shr 15 == 0) magnitude else -magnitude
}

class ShortFloatsSpec : StringSpec({
    val formats = mapOf(
        5 to (ShortFloats::half to ShortFloats::ofHalf),
        8 to (ShortFloats::brain to ShortFloats::ofBrain),
    )
    for ((exponentBits, conversions) in formats) {
        val (from, to) = conversions

        "all numbers with $exponentBits bits of exponent have their values, and keep their bits" {
            for (bits in 0..0xffff) {
                val exact = value(bits, exponentBits)
                // Distinguishes the zeros, and NaN equals itself.
                to(bits.toShort()).toDouble().compareTo(exact) shouldBe 0
                if (!exact.isNaN()) from(exact.toFloat()) shouldBe bits.toShort()
            }
            to(from(Float.NaN)).isNaN() shouldBe true
        }

        "numbers with $exponentBits bits of exponent are rounded to nearest, ties to even" {
            val random = Random(1)
            val most = ((1 shl exponentBits) - 1 shl 15 - exponentBits) - 1
            repeat(100_000) {
                val below = random.nextInt(most)
                val low = value(below, exponentBits)
                val high = value(below + 1, exponentBits)
                val middle = ((low + high) / 2).toFloat()
                withClue("$low to $high") {
                    from(middle).toInt() shouldBe (if (below % 2 == 0) below else below + 1)
                    from(Math.nextDown(middle)).toInt() shouldBe below
                    from(Math.nextUp(middle)).toInt() shouldBe below + 1
                    from(-Math.nextUp(middle)) shouldBe (below + 1 or 0x8000).toShort()
                }
            }
        }
    }

    "numbers beyond the range become infinite" {
        ShortFloats.ofHalf(ShortFloats.half(65519f)) shouldBe 65504f
        ShortFloats.ofHalf(ShortFloats.half(65520f)) shouldBe Float.POSITIVE_INFINITY
        ShortFloats.ofHalf(ShortFloats.half(-1e30f)) shouldBe Float.NEGATIVE_INFINITY
        ShortFloats.ofBrain(ShortFloats.brain(Float.MAX_VALUE)) shouldBe Float.POSITIVE_INFINITY
    }
})
