package io.scoreflux.files.targets

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.files.text.UserError
import io.scoreflux.model.Covariance
import io.scoreflux.model.Observation
import io.scoreflux.model.ObservedDirections
import java.nio.file.Files

class ObservationFileSpec : StringSpec({
    val file = Files.createTempFile("observation", ".json").also { it.toFile().deleteOnExit() }

    fun read(text: String): ObservedDirections {
        Files.writeString(file, text)
        return ObservationFile.read(file, 3) { it.directions(3) }
    }

    /** ln p(y | x) up to rounding, at several points. */
    fun shouldAgree(read: ObservedDirections, expected: Observation) {
        val other = expected.directions(3)

        fun logDensity(of: ObservedDirections, x: DoubleArray) = of.logFactor() - (0 until of.count()).sumOf {
            val off = (of.value(it) - of.coordinate(it, x, 0)) / of.noise(it)
            0.5 * off * off + StrictMath.log(of.noise(it))
        }
        for (x in listOf(doubleArrayOf(0.0, 0.0, 0.0), doubleArrayOf(1.0, -2.0, 0.5), doubleArrayOf(0.3, 0.4, -7.0))) {
            logDensity(read, x) shouldBe (logDensity(other, x) plusOrMinus 1e-9)
        }
    }

    "indices, groups and matrices" {
        shouldAgree(
            read("""{"indices":[2,0],"values":[1,2],"noise":0.5}"""),
            Observation.pixels(intArrayOf(2, 0), doubleArrayOf(1.0, 2.0), 0.5),
        )
        val averages = Observation.averages(3, arrayOf(intArrayOf(0, 2), intArrayOf(1)), doubleArrayOf(1.0, 2.0), 0.5)
        shouldAgree(read("""{"groups":[[0,2],[1]],"values":[1,2],"noise":0.5}"""), averages)
        shouldAgree(read("""{"matrix":[[0.5,0,0.5],[0,1,0]],"values":[1,2],"noise":0.5}"""), averages)
    }

    "the noise is a number, one for each value, or a covariance matrix" {
        val matrix = arrayOf(doubleArrayOf(0.5, 0.0, 0.5), doubleArrayOf(0.0, 1.0, 0.0))
        val values = doubleArrayOf(1.0, 2.0)
        val differing = Observation.linear(matrix, values, Covariance.diagonal(0.5, 0.2))
        shouldAgree(read("""{"groups":[[0,2],[1]],"values":[1,2],"noise":[0.5,0.2]}"""), differing)
        shouldAgree(read("""{"matrix":[[0.5,0,0.5],[0,1,0]],"values":[1,2],"noise":[0.5,0.2]}"""), differing)
        shouldAgree(read("""{"groups":[[0,2],[1]],"values":[1,2],"noise":[[0.25,0],[0,0.04]]}"""), differing)
        val correlated = Covariance.full(arrayOf(doubleArrayOf(0.25, 0.05), doubleArrayOf(0.05, 0.04)))
        val numbers = arrayOf(doubleArrayOf(0.0, 0.0, 1.0), doubleArrayOf(1.0, 0.0, 0.0))
        shouldAgree(
            read("""{"indices":[2,0],"values":[1,2],"noise":[[0.25,0.05],[0.05,0.04]]}"""),
            Observation.linear(numbers, values, correlated),
        )
    }

    "wrong observations are rejected, naming file and field" {
        for ((text, message) in mapOf(
            """{"values":[1],"noise":1}""" to "give one of 'indices', 'groups' and 'matrix', none is given",
            """{"indices":[0],"groups":[[0]],"values":[1],"noise":1}""" to "indices and groups are given",
            """{"groups":[0],"values":[1],"noise":1}""" to
                "groups[0] must be a list of indices that is not empty, was 0",
            """{"groups":[[]],"values":[1],"noise":1}""" to "groups[0] must be a list",
            """{"groups":[[0.5]],"values":[1],"noise":1}""" to "groups[0][0] must be a whole number",
            """{"groups":[[0,3]],"values":[1],"noise":[1]}""" to
                "groups[0] must be below 3, the target's dimension, was 3",
            """{"groups":[[1,1]],"values":[1],"noise":[1]}""" to "groups[0] must be distinct, was 1 twice",
            """{"indices":[3],"values":[1],"noise":[1]}""" to "indices must be below 3",
            """{"indices":[0],"values":[1],"noise":"low"}""" to "noise must be a number",
            """{"indices":[0],"values":[1],"noise":[]}""" to "noise must be a list [...] that is not empty",
            """{"indices":[0],"values":[1]}""" to "'noise' is missing",
            """{"indices":[0],"values":[1],"noise":1,"blur":2}""" to "unknown field 'blur'",
        )) {
            shouldThrow<UserError> { read(text) }.message.orEmpty().let {
                it shouldContain file.toString()
                it shouldContain message
            }
        }
    }
})
