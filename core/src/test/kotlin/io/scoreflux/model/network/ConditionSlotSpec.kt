package io.scoreflux.model.network

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeSameInstanceAs
import io.scoreflux.state.Condition
import io.scoreflux.state.ConditionTensor
import io.scoreflux.state.Rows
import java.nio.ByteBuffer
import java.nio.ByteOrder
import kotlin.random.Random

private const val INPUT = "context"

class ConditionSlotSpec : StringSpec({
    "the bytes of each row are those of its own tensor, wherever it is shared, for all types and for padding" {
        fun tensor(vararg numbers: Float) = ConditionTensor.of(listOf(2, 2), *numbers)
        val none = tensor(1f, 0f, 0f, 1f)
        val first = tensor(0f, 1f, 1f, 1f)
        val second = tensor(1f, 1f, 0f, 0f)
        // A copy of the first tensor is another object.
        val given = listOf(null, first, second, first, tensor(0f, 1f, 1f, 1f), null, second)
        for (type in ElementType.entries) {
            for (order in listOf(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
                withClue("$type $order") {
                    val slot = ConditionSlot(Tensor(INPUT, type, listOf(2L, 2L), true, false), none)
                    val rows = Rows(1, given.size)
                    for ((row, own) in given.withIndex()) {
                        rows.append(doubleArrayOf(0.0), 0, 1.0)
                        rows.condition(row, own?.let { Condition.of(INPUT, it) })
                    }
                    // The call begins with row 1 and has two rows of padding. Its buffer contains an earlier call.
                    val bytes = ByteBuffer.allocateDirect(8 * 4 * type.bytes()).order(order)
                    for (i in 0 until bytes.capacity()) bytes.put(i, 0x55)
                    slot.put(rows, 1, given.size - 1, 8, bytes)
                    for (row in 0 until 8) {
                        val own = given[minOf(row + 1, given.size - 1)] ?: none
                        val expected = ByteBuffer.allocate(4 * type.bytes()).order(order)
                        for (i in 0 until 4) type.put(expected, i, own.value(i).toDouble())
                        bytes.slice(row * 4 * type.bytes(), 4 * type.bytes()) shouldBe expected
                    }
                }
            }
        }
    }

    "a tensor is converted once for all calls" {
        val slot = ConditionSlot(Tensor(INPUT, ElementType.FLOAT16, listOf(2L), true, false), null)
        val own = ConditionTensor.of(listOf(2), 0.5f, 3f)
        val halves = slot.converted(own, ByteOrder.LITTLE_ENDIAN)
        slot.converted(own, ByteOrder.LITTLE_ENDIAN) shouldBeSameInstanceAs halves
        val rows = Rows(1, 1)
        rows.append(doubleArrayOf(0.0), 0, 1.0)
        rows.condition(0, Condition.of(INPUT, own))
        repeat(2) {
            val call = ByteBuffer.allocateDirect(4).order(ByteOrder.LITTLE_ENDIAN)
            slot.put(rows, 0, 1, 1, call)
            call shouldBe halves
        }
        slot.converted(own, ByteOrder.LITTLE_ENDIAN) shouldBeSameInstanceAs halves
    }

    "integers hold the whole numbers between their bounds, and no others" {
        for ((type, bits) in listOf(ElementType.INT32 to 31, ElementType.INT64 to 63)) {
            val bound = Math.scalb(1.0, bits)
            withClue(type) {
                type.holds(bound) shouldBe false
                type.holds(Math.nextDown(bound)) shouldBe (type == ElementType.INT64)
                type.holds(-bound) shouldBe true
                type.holds(Math.nextDown(-bound)) shouldBe false
                type.holds(0.5) shouldBe false
                type.holds(Double.NaN) shouldBe false
            }
        }
    }

    "a number that a type cannot hold is found at its first place" {
        val random = Random(5)
        val limits = listOf(0.5, 1.0, 2.0, 65504.0, 65519.0, 65520.0, 1e6, 2147483648.0, 9e18, 1e19, 3.4e38)
        val found = ElementType.entries.associateWith { HashSet<Int>() }
        repeat(2000) {
            val limit = limits.random(random)
            val step = if (random.nextBoolean()) 1.0 else 0.25
            val numbers = DoubleArray(3) {
                when (random.nextInt(4)) {
                    0 -> limit
                    1 -> -limit
                    else -> step * random.nextInt(0, 5)
                }
            }
            val tensor = ConditionTensor.of(listOf(3), *numbers)
            for (type in ElementType.entries) {
                val expected = (0 until 3).firstOrNull { !type.holds(tensor.value(it).toDouble()) } ?: -1
                withClue("$type ${numbers.toList()}") { ConditionSlot.misfit(type, tensor) shouldBe expected }
                found.getValue(type) += expected
            }
        }
        // All outcomes have occurred.
        for ((type, places) in found) {
            val all = if (type == ElementType.FLOAT || type == ElementType.DOUBLE) setOf(-1) else setOf(-1, 0, 1, 2)
            withClue(type) { places shouldBe all }
        }
    }
})
