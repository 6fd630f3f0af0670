package io.scoreflux.state

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import java.nio.ReadOnlyBufferException
import com.fasterxml.jackson.databind.ObjectMapper as Jackson2
import tools.jackson.databind.ObjectMapper as Jackson3

class ConditionTensorSpec : StringSpec({
    val numbers = floatArrayOf(1f, 2f, 3f, 4f, 5f, 6f)
    val tensor = ConditionTensor.of(listOf(2, 3), *numbers)

    "a tensor is a copy that cannot be changed" {
        val given = numbers.clone()
        val copied = ConditionTensor.of(listOf(2, 3), *given)
        given[0] = 9f
        copied shouldBe tensor
        copied.value(0) shouldBe 1f
        copied.size() shouldBe 6
        shouldThrow<ReadOnlyBufferException> { copied.values().put(0, 9f) }
    }

    "tensors are compared by shape and value" {
        ConditionTensor.of(listOf(2, 3), 1.0, 2.0, 3.0, 4.0, 5.0, 6.0) shouldBe tensor
        ConditionTensor.of(listOf(2, 3), 1.0, 2.0, 3.0, 4.0, 5.0, 6.0).hashCode() shouldBe tensor.hashCode()
        ConditionTensor.of(listOf(3, 2), *numbers) shouldNotBe tensor
        ConditionTensor.of(listOf(2, 3), 1.0, 2.0, 3.0, 4.0, 5.0, 7.0) shouldNotBe tensor
        ConditionTensor.zeros(listOf(2)) shouldBe ConditionTensor.of(listOf(2), 0f, 0f)
        ConditionTensor.of(emptyList(), 3f).size() shouldBe 1
        tensor.toString() shouldBe "float[2, 3]"
    }

    "numbers are rounded to single precision, where they must be finite" {
        ConditionTensor.of(listOf(1), 0.1).value(0) shouldBe 0.1f
        for (wrong in listOf(Double.NaN, Double.POSITIVE_INFINITY, 1e300)) {
            shouldThrow<IllegalArgumentException> { ConditionTensor.of(listOf(2), 0.0, wrong) }.message shouldBe
                "values[1] must be finite in single precision, was ${if (wrong.isNaN()) "NaN" else "Infinity"}"
        }
    }

    "a tensor knows the range of its numbers, and whether they are integers" {
        listOf(tensor.min(), tensor.max()) shouldBe listOf(1f, 6f)
        tensor.integral() shouldBe true
        val mixed = ConditionTensor.of(listOf(3), -3f, 0.5f, -7f)
        listOf(mixed.min(), mixed.max()) shouldBe listOf(-7f, 0.5f)
        mixed.integral() shouldBe false
        ConditionTensor.of(listOf(2), 1e30f, -3f).integral() shouldBe true
    }

    "a shape that does not fit is rejected" {
        shouldThrow<IllegalArgumentException> { ConditionTensor.of(listOf(2, 2), *numbers) }.message shouldBe
            "values must be 4 numbers for the shape [2, 2], was 6"
        shouldThrow<IllegalArgumentException> { ConditionTensor.of(listOf(0, 2), *floatArrayOf()) }.message shouldBe
            "shape must have axes of at least 1, was [0, 2]"
    }

    "a condition shares its tensors with those derived from it" {
        val condition = Condition.of("context", tensor)
        for (derived in listOf(
            condition.withGuidance(2.0),
            condition.withLabel(3),
            condition.withTensor("mask", ConditionTensor.zeros(listOf(2))),
            condition.withNegative(Condition.of("context", ConditionTensor.zeros(listOf(2, 3)))),
        )) {
            (derived.tensors()["context"] === tensor) shouldBe true
            derived shouldNotBe condition
        }
        condition shouldBe Condition.ofTensors(mapOf("context" to ConditionTensor.of(listOf(2, 3), *numbers)))
        condition.withNegative(Condition.label(1)) shouldBe condition.withNegative(Condition.label(1))
    }

    "the negative condition has no guidance itself" {
        for (wrong in listOf(Condition(1, 2.0), Condition(1).withNegative(Condition(2)))) {
            shouldThrow<IllegalArgumentException> { Condition.label(0).withNegative(wrong) }.message shouldBe
                "negative must be a condition without guidance, was one with guidance ${wrong.guidance()}; " +
                "give the weight to the other condition"
        }
    }

    "JSON mappers write a tensor as its shape, and read conditions without tensors" {
        val written = """{"context":{"shape":[2,3]}}"""
        val condition = Condition.of("context", tensor)
        Jackson2().readTree(Jackson2().writeValueAsString(condition))["tensors"].toString() shouldBe written
        Jackson3().readTree(Jackson3().writeValueAsString(condition))["tensors"].toString() shouldBe written
        val guided = Condition(3, 1.5).withNegative(Condition(4))
        Jackson2().readValue(Jackson2().writeValueAsString(guided), Condition::class.java) shouldBe guided
        Jackson3().readValue(Jackson3().writeValueAsString(guided), Condition::class.java) shouldBe guided
    }
})
