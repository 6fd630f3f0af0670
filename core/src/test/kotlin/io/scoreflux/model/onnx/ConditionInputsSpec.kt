package io.scoreflux.model.onnx

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Request
import io.scoreflux.Sampler
import io.scoreflux.bits
import io.scoreflux.error.Failure
import io.scoreflux.model.Guidance
import io.scoreflux.model.ModelException
import io.scoreflux.model.distance
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import io.scoreflux.state.ConditionTensor
import io.scoreflux.state.Rows
import reactor.core.publisher.Flux
import kotlin.math.sqrt

private const val CONTEXT = "context"
private const val MASK = "mask"
private const val STD = 0.5

/** A prompt of three tokens, of which the first two count, and the mean of these. */
private class Prompt(x: Double, y: Double) {
    val mean = doubleArrayOf(x, y)
    val tensor: ConditionTensor = ConditionTensor.of(listOf(3, 2), x - 0.25, y + 1, x + 0.25, y - 1, 77.0, -55.0)
    val condition: Condition = Condition.of(CONTEXT, tensor)

    /** D of the Gaussian of standard deviation 0.5 around the mean. */
    fun at(sigma: Double, z: DoubleArray) = DoubleArray(2) {
        mean[it] + STD * STD / (STD * STD + sigma * sigma) * (z[it] - mean[it])
    }
}

private val TWO_OF_THREE = ConditionTensor.of(listOf(3), 1f, 1f, 0f)
private val EMPTY = Prompt(0.0, 0.5)
private val PROMPTS = listOf(Prompt(1.0, -2.0), Prompt(-3.0, 0.25), Prompt(0.5, 4.0))

private fun prompted(kind: String = "double") =
    model("prompted-$kind").condition(MASK, TWO_OF_THREE).condition(CONTEXT, EMPTY.tensor)

private fun OnnxDenoiser.under(conditions: List<Condition?>): List<DoubleArray> {
    val rows = Rows(2, conditions.size)
    for ((row, condition) in conditions.withIndex()) {
        rows.append(doubleArrayOf(0.3, -0.4), 0, 0.7)
        rows.condition(row, condition)
    }
    val out = DoubleArray(2 * conditions.size).also { denoise(rows, it) }
    return conditions.indices.map { out.copyOfRange(2 * it, 2 * it + 2) }
}

/** Inputs for tensors of conditions, on a network that is Gaussian around the mean of its prompt. */
class ConditionInputsSpec : StringSpec({
    "rows of one call have separate tensors, and rows without one have the null tensor" {
        prompted().open().use { denoiser ->
            denoiser.isConditional shouldBe true
            denoiser.conditionInputs().map { it.name() to it.shape() } shouldBe
                listOf(CONTEXT to listOf(3, 2), MASK to listOf(3))
            val prompts = listOf(PROMPTS[1], EMPTY, PROMPTS[0], PROMPTS[2], PROMPTS[1])
            val answers = denoiser.under(prompts.map { if (it === EMPTY) null else it.condition })
            for ((prompt, answer) in prompts.zip(answers)) {
                // The tensors are exact in single precision.
                distance(answer, prompt.at(0.7, doubleArrayOf(0.3, -0.4))) shouldBeLessThan 1e-15
            }
            val all = PROMPTS[0].condition.withTensor(MASK, ConditionTensor.of(listOf(3), 0f, 0f, 1f))
            distance(denoiser.under(listOf(all))[0], Prompt(77.0, -55.0).at(0.7, doubleArrayOf(0.3, -0.4)))
                .shouldBeLessThan(1e-13)
        }
    }

    "a condition that does not fit is rejected before the network is called" {
        prompted().open().use { denoiser ->
            val context = "must have the shape [3, 2] that the network was opened with, was "
            for ((condition, message) in listOf(
                Condition.of(CONTEXT, ConditionTensor.zeros(listOf(2, 2))) to "tensor 'context' $context[2, 2]",
                Condition.of(CONTEXT, ConditionTensor.zeros(listOf(6))) to "tensor 'context' $context[6]",
                Condition.of("prompt", PROMPTS[0].tensor) to "among the condition inputs context, mask, was 'prompt'",
                Condition.of(MASK, ConditionTensor.of(listOf(3), 1f, 0.5f, 0f)) to
                    "tensor 'mask' must contain numbers that its input can hold, which is int64, was 0.5",
                Condition.label(1) to "label must be absent",
                Condition.of("a cat") to "payload must be absent",
            )) {
                shouldThrow<IllegalArgumentException> { denoiser.checkCondition(condition) }
                    .message shouldContain message
                shouldThrow<IllegalArgumentException> { denoiser.under(listOf(null, condition)) }
                    .message shouldContain message
                val sampler = Sampler.builder(denoiser).radius(1.0).noiseRange(20.0, 0.02)
                shouldThrow<IllegalArgumentException> { sampler.condition(condition).build() }
                val failure = sampler.conditions { if (it == 1L) condition else null }.build()
                    .samples(0, 3).collectList().block()!!.map { it.certificate().failure()?.kind() }
                failure shouldBe listOf(null, Failure.Kind.BAD_REQUEST, null)
            }
        }
    }

    "without a null tensor every sample needs a condition" {
        val builder = model("prompted-double").condition(MASK, TWO_OF_THREE).condition(CONTEXT, 3, 2)
        builder.open().use { denoiser ->
            val missing = "tensors must contain 'context', as this input has no null tensor"
            val sampler = Sampler.builder(denoiser).radius(1.0).noiseRange(20.0, 0.02).build()
            shouldThrow<IllegalArgumentException> { sampler.samples(0, 2) }.message shouldContain missing
            shouldThrow<IllegalArgumentException> { denoiser.under(listOf(PROMPTS[0].condition, null)) }.message
                .shouldContain(missing)
            val requests = listOf(Request.of(0, 0), Request.of(0, 1).withCondition(PROMPTS[0].condition))
            sampler.samples(Flux.fromIterable(requests)).collectList().block()!!
                .map { it.certificate().failure()?.kind() } shouldBe listOf(Failure.Kind.BAD_REQUEST, null)
            // A pilot estimates the radius under the conditions of the samples.
            val pilot = Sampler.builder(denoiser).noiseRange(20.0, 0.02)
            shouldThrow<IllegalArgumentException> { pilot.build().plan() }.message shouldContain missing
            pilot.conditions { PROMPTS[(it % 3).toInt()].condition }.build().samples(0, 3).all { !it.failed() }
                .block() shouldBe true
            val guided = Guidance.of(denoiser)
            shouldThrow<IllegalArgumentException> { guided.checkCondition(PROMPTS[0].condition.withGuidance(2.0)) }
                .message shouldContain missing
            guided.checkCondition(PROMPTS[0].condition.withGuidance(2.0).withNegative(PROMPTS[1].condition))
        }
    }

    "an input that does not fit is rejected when the network is opened" {
        for ((change, message) in listOf<Pair<OnnxDenoiserBuilder.() -> Unit, String>>(
            Pair(
                { condition(CONTEXT) },
                "input 'context' is float[batch, length, 2]: it has dynamic axes after the batch axis; give the " +
                    "shape of one sample's tensor to the condition, or give its null tensor",
            ),
            Pair({ condition(CONTEXT, 3, 4) }, "does not fit the tensors [n, 3, 4] of n samples"),
            Pair({ condition(MASK, ConditionTensor.zeros(listOf(3, 2))) }, "does not fit the tensors [n, 3, 2]"),
            Pair({ condition(MASK, ConditionTensor.of(listOf(3), 1f, 0.5f, 0f)) }, "cannot carry the value 0.5"),
            Pair({ condition("prompt", 3) }, "there is no input 'prompt'"),
        )) {
            shouldThrow<ModelException> { prompted().apply(change).open() }.message shouldContain message
        }
        shouldThrow<IllegalArgumentException> { prompted().condition("x", 2).open() }.message shouldContain "'x'"
        shouldThrow<ModelException> { model("prompted-double").condition(CONTEXT, 3, 2).open() }.message shouldContain
            "nothing feeds the input 'mask' int64[batch, length]; name it as the state, the time, the label or a " +
            "condition"
    }

    "with fixed rows the sample of a prompt has the same bits alone and among other prompts" {
        prompted("float").fixedRows(16).open().use { denoiser ->
            fun sampler() = Sampler.builder(Guidance.of(denoiser)).radius(2.0).noiseRange(20.0, 0.02)
                .solver(Sliding(1e-4))

            fun condition(k: Long) = PROMPTS[(k % 3).toInt()].condition
                .withGuidance(if (k % 2 == 0L) 3.0 else 1.0).withNegative(PROMPTS[(k % 3).toInt() / 2].condition)
            val mixed = sampler().conditions(::condition).build().samples(0, 24).collectList().block()!!
            mixed.map { it.failed() }.distinct() shouldBe listOf(false)
            for (k in 0L until 24) {
                val alone = sampler().condition(condition(k)).build().samples(k, k + 1).blockLast()!!
                alone.bits() shouldBe mixed[k.toInt()].bits()
            }
            val requests = (23L downTo 0).map { Request.of(0, it).withCondition(condition(it)) }
            sampler().maxRows(5).concurrency(7).build().samples(Flux.fromIterable(requests)).collectList().block()!!
                .map { it.bits() } shouldBe mixed.reversed().map { it.bits() }
        }
    }

    "guidance with a negative prompt follows the flow of the Gaussian around m_n + w (m_c - m_n)" {
        val (from, to) = 20.0 to 0.02
        val ratio = sqrt((STD * STD + to * to) / (STD * STD + from * from))
        prompted().open().use { denoiser ->
            for (w in listOf(0.0, 0.5, 1.0, 3.0)) {
                for (negative in listOf(null, PROMPTS[1])) {
                    val other = (negative ?: EMPTY).mean
                    val condition = PROMPTS[0].condition.withGuidance(w).withNegative(negative?.condition)
                    val traces = Sampler.builder(Guidance.of(denoiser)).radius(1.0).noiseRange(from, to)
                        .solver(Sliding(1e-9)).condition(condition).build().traces(0, 5).collectList().block()!!
                    for (trace in traces) {
                        for (i in 0 until 2) {
                            val mean = other[i] + w * (PROMPTS[0].mean[i] - other[i])
                            val exact = mean + (trace.points()[0].z()[i] - mean) * ratio
                            // 30 tolerances times the radius.
                            trace.sample().values()[i] shouldBe (exact plusOrMinus 30 * 1e-9)
                        }
                    }
                }
            }
        }
    }

    "a row needs memory for its tensors" {
        // x, sigma and y have 5 doubles, for which the estimate is 64 times their bytes; the context has 6 floats and the mask 3 longs.
        val row = 64L * (5 * 8) + 6 * 4 + 3 * 8
        prompted().memory(3 * row).open().use { it.maxRows() shouldBe 3 }
        prompted().memory(3 * row - 1).open().use { it.maxRows() shouldBe 2 }
    }
})
