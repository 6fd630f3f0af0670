package io.scoreflux.benchmarks.network

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import java.nio.file.Path
import kotlin.math.abs

private val EXAMPLES: Path = Path.of("..").toAbsolutePath().normalize()

class RoundTripSpec :
    StringSpec({
        "held-out digits come back from noise, within a thousandth of the distance of black and white a pixel" {
            val digits = HeldOut.of(EXAMPLES, 8)
            digits.labels().distinct().size shouldBe 8
            Digits.builder(EXAMPLES).open().use { network ->
                for (given in listOf(digits, digits.noised(Digits.TO_SIGMA, 1))) {
                    val trip = RoundTrip.of(network, given, 1e-4)
                    // Two solves, each of a few times 1e-4 of the radius, which is 0.52 a pixel, in most digits.
                    withClue(Statuses.of(trip.up())) { trip.rms(given) shouldBeLessThan 1e-3 }
                }
            }
        }

        "noise of one grey level leaves a pixel in its cell" {
            val digits = HeldOut.of(EXAMPLES, 3)
            val noisy = digits.dequantised(2).rows()
            for ((k, row) in digits.rows().withIndex()) {
                for (i in row.indices) abs(noisy[k][i] - row[i]) shouldBeLessThanOrEqual HeldOut.LEVEL / 2 + 1e-15
            }
        }
    })
