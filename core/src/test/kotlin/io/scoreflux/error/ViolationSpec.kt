package io.scoreflux.error

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.ObjectInputStream
import java.io.ObjectOutputStream

class ViolationSpec : StringSpec({
    val swapped =
        Violation.of("fromSigma", "must be greater than {toSigma}", "0.5 <= 1.0", "swap them", "lower {toSigma}")
    val options = mapOf("fromSigma" to "--from-sigma", "toSigma" to "--to-sigma", "states" to "--initial")

    "the sentence gives setting, rule, value and remedies" {
        swapped.message() shouldBe
            "fromSigma must be greater than toSigma, was 0.5 <= 1.0; swap them, or lower toSigma"
        Violation.of("solver", "must be given", null).message() shouldBe "solver must be given"
    }

    "a front end's names replace identifiers, but not words of the sentence" {
        swapped.named(options::get).message() shouldBe
            "--from-sigma must be greater than --to-sigma, was 0.5 <= 1.0; swap them, or lower --to-sigma"
        val words = Violation.of("toSigma", "must not be called toSigma", "toSigma", "rename toSigma")
        words.named(options::get).message() shouldBe
            "--to-sigma must not be called toSigma, was toSigma; rename toSigma"
    }

    "a remedy that refers to a setting that the front end does not have is left out" {
        val heap =
            Violation.of("toSigma", "must be small", 1.0, "raise {memory}", "lower {toSigma}", "lower {lanes[2].count}")
        heap.named(options::get).remedies() shouldContainExactly listOf("lower --to-sigma")
        heap.named(options::get).message() shouldBe "--to-sigma must be small, was 1.0; lower --to-sigma"
        Violation.of("toSigma", "must be small", 1.0, "raise {memory}").named(options::get).message() shouldBe
            "--to-sigma must be small, was 1.0"
        heap.named { null }.remedies().shouldBeEmpty()
    }

    "the name of a setting is also that of its elements and members, unless these have one" {
        fun named(setting: String) = Violation.of(setting, "must be finite", Double.NaN).named(options::get).message()
        named("states[3]") shouldBe "--initial[3] must be finite, was NaN"
        named("states[3].weight[0]") shouldBe "--initial[3].weight[0] must be finite, was NaN"
        named("state") shouldBe "state must be finite, was NaN"
        val longest = mapOf("a" to "x", "a.b" to "y")
        Violation.of("a.b[1]", "must be {a.b}", 0).named(longest::get).message() shouldBe "y[1] must be y, was 0"
    }

    "a phrase instead of a setting stays as it is" {
        Violation.of("the gradient", "must be finite", Double.POSITIVE_INFINITY).named { "--never" }.message() shouldBe
            "the gradient must be finite, was Infinity"
    }

    "text of the user is never taken for a reference" {
        Violation.of("toSigma", "must be a number", "{toSigma} \$1 \\").named(options::get).message() shouldBe
            "--to-sigma must be a number, was {toSigma} \$1 \\"
        Violation.of("toSigma", "must be {x}", 1).named { "\$1\\" }.message() shouldBe "\$1\\ must be \$1\\, was 1"
    }

    "numbers have the form that Java, Kotlin, JSON and command lines read" {
        mapOf(
            1e-9 to "1e-9",
            -1e15 to "-1e15",
            2.5e-9 to "2.5e-9",
            4.109282931117059e-308 to "4.109282931117059e-308",
            2.0 to "2.0",
            0.25 to "0.25",
            Double.NEGATIVE_INFINITY to "-Infinity",
            1e-9f to "1e-9",
            7L to "7",
            "1.0E-9" to "1.0E-9",
        ).forEach { (value, text) ->
            Violation.text(value) shouldBe text
            if (value is Double) text.toDouble() shouldBe value
        }
    }

    "exceptions carry their violation, also after serialization" {
        val cause = ArithmeticException("for the test")
        for (e in listOf(InvalidArgumentException(swapped, cause), InvalidConfigurationException(swapped, cause))) {
            e.message shouldBe swapped.message()
            e.cause shouldBe cause
            val bytes = ByteArrayOutputStream().also { ObjectOutputStream(it).writeObject(e) }.toByteArray()
            val read = ObjectInputStream(ByteArrayInputStream(bytes)).readObject() as HasViolation
            read.violation() shouldBe swapped
        }
        (InvalidArgumentException("a", "b", 1) as Throwable is IllegalArgumentException) shouldBe true
        (InvalidConfigurationException("a", "b", 1) as Throwable is IllegalStateException) shouldBe true
    }
})
