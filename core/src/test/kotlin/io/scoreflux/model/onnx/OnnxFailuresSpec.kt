package io.scoreflux.model.onnx

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Sampler
import io.scoreflux.error.Failure
import io.scoreflux.model.Covariance
import io.scoreflux.model.ModelException.Kind
import io.scoreflux.model.Moments
import io.scoreflux.model.at
import io.scoreflux.model.network.TimeInput
import java.nio.file.Path

/** A model that cannot be opened, and the error. */
private class Refusal(val what: String, val kind: Kind, val says: String, val builder: () -> OnnxDenoiserBuilder)

private val REFUSALS =
    listOf(
        Refusal("no file", Kind.UNREADABLE, "model does not exist") { OnnxDenoiser.builder(Path.of("absent.onnx")) },
        Refusal("a directory", Kind.UNREADABLE, "cannot be read") { OnnxDenoiser.builder(file("broken-nan").parent) },
        Refusal("a truncated file", Kind.UNREADABLE, "cannot load the model") { model("broken-truncated") },
        Refusal("a text", Kind.UNREADABLE, "cannot load the model") { model("broken-text") },
        Refusal("an operator set of the future", Kind.UNREADABLE, "cannot load the model") { model("broken-opset") },
        Refusal("no time input", Kind.NAMES, "there is no input 'sigma'; the model has 'x' float[batch, 2]") {
            model("broken-no-time")
        },
        Refusal("an input that nothing feeds", Kind.NAMES, "nothing feeds the input 'context' float[batch]") {
            model("broken-unfed-input")
        },
        Refusal("an output of another name", Kind.NAMES, "there is no output 'z'; the model has 'y' float[batch, 2]") {
            model("broken-nan").output("z")
        },
        Refusal("a constant for no input", Kind.NAMES, "there is no input 'shift'") {
            model("broken-nan").input("shift", 1.0)
        },
        Refusal("a batch of 1", Kind.SHAPE, "fixes the batch at 1; export it with a dynamic first axis") {
            model("broken-batch-of-1")
        },
        Refusal("a state of integers", Kind.TYPE, "must be float, double, float16 or bfloat16, is int64[batch, 2]") {
            model("broken-integers")
        },
        Refusal("a label that is a float", Kind.TYPE, "must be int64 or int32, is float[batch]") {
            model("broken-unfed-input").label("context", 3)
        },
        Refusal("an output of another shape", Kind.SHAPE, "must have the state's shape [n, 2], is float[batch, 4]") {
            model("broken-other-shape")
        },
        Refusal("an output whose shape only a call shows", Kind.SHAPE, "must be [2, 2], is float[2, 4]") {
            model("broken-hidden-shape")
        },
        Refusal("one row for all", Kind.SHAPE, "must have the state's shape [n, 2], is float[1, 2]") {
            model("broken-one-row")
        },
        Refusal("a batch that is fixed inside", Kind.CALL, "a trial call failed") { model("broken-hidden-batch") },
        Refusal("more classes than the model has", Kind.CALL, "a trial call failed") {
            model("label-int64").label("label", 4)
        },
        Refusal("a shape that is not the model's", Kind.SHAPE, "does not fit the shape [n, 3]") {
            model("broken-nan").shape(3)
        },
        Refusal("a dynamic shape that nobody gives", Kind.SHAPE, "is float[n, 1, height, 1]: it has dynamic axes") {
            model("image-float").state("image").time("noise", TimeInput.SIGMA).output("clean")
        },
        Refusal("a constant of another length", Kind.SHAPE, "must have 2 values per row, was given 3") {
            model("shifted").input("shift", 1.0, 2.0, 3.0).input("gain", 1.0)
        },
        Refusal("a constant that its type cannot carry", Kind.TYPE, "cannot carry the value 0.5") {
            model("shifted").input("shift", 1.0, 2.0).input("gain", 0.5)
        },
        Refusal("rows of 4 GB", Kind.TOO_LARGE, "float[32768, 32768] needs about") { model("broken-4-gigabytes") },
        Refusal("rows of 4 GB, whatever the memory", Kind.TOO_LARGE, "float[32768, 32768] needs about") {
            model("broken-4-gigabytes").memory(Long.MAX_VALUE)
        },
        Refusal("rows of more bytes than a long counts", Kind.TOO_LARGE, "needs about") { model("broken-exabytes") },
        Refusal("fixed rows beyond the memory", Kind.TOO_LARGE, "fix fewer rows") {
            model("broken-nan").fixedRows(1000).memory(100_000)
        },
    )

class OnnxFailuresSpec : FreeSpec({
    for (refusal in REFUSALS) {
        "rejected when opened: ${refusal.what}" {
            val refused = shouldThrow<OnnxModelException> { refusal.builder().open().close() }
            refused.message shouldContain refusal.says
            refused.kind() shouldBe refusal.kind
            refused.message!!.lines().size shouldBe 1
        }
    }

    "inputs with the same name are rejected before the model is read" {
        val cases = mapOf<String, OnnxDenoiserBuilder.() -> Unit>(
            "time must have another name in the model than state, was 'x'" to { time("x", TimeInput.SIGMA) },
            "label must have another name in the model than state, was 'x'" to { label("x", 3) },
            "label must have another name in the model than time, was 'sigma'" to { label("sigma", 3) },
            "inputs must have another name in the model than state, was 'x'" to { input("x", 1.0, 2.0) },
            "inputs must have another name in the model than time, was 'sigma'" to { input("sigma", 1.0) },
            "inputs must have another name in the model than label, was 'c'" to { label("c", 3).input("c", 1.0) },
        )
        for ((rule, settings) in cases) {
            for (builder in listOf(model("broken-nan"), OnnxDenoiser.builder("nothing", ByteArray(0)))) {
                shouldThrow<IllegalArgumentException> { builder.apply(settings).open().close() }.message shouldBe
                    "$rule; use the names of the model"
            }
        }
    }

    "too many fixed rows are rejected by the builder" {
        for (rows in listOf((1 shl 20) + 1, Int.MAX_VALUE)) {
            shouldThrow<IllegalArgumentException> { model("broken-nan").fixedRows(rows) }.message shouldBe
                "fixedRows must be at most 1048576, as calls of more rows gain nothing, was $rows"
        }
        shouldThrow<OnnxModelException> { model("broken-nan").fixedRows(1 shl 20).memory(1).open() }.kind() shouldBe
            Kind.TOO_LARGE
    }

    "moments of another dimension are rejected" {
        val moments = Moments(doubleArrayOf(0.0), Covariance.isotropic(1.0))
        shouldThrow<IllegalArgumentException> { model("broken-nan").moments(moments).open() }.message shouldContain
            "moments must have the network's dimension 2, was 1"
    }

    "a model that returns NaN fails its samples, with the noise level" {
        model("broken-nan").open().use { denoiser ->
            val samples =
                Sampler.builder(
                    denoiser,
                ).radius(1.0).noiseRange(10.0, 0.1).build().samples(0, 3).collectList().block()!!
            samples.map { it.certificate().failure()!!.kind() } shouldBe List(3) { Failure.Kind.NON_FINITE_ANSWER }
            samples.map { it.certificate().failure()!!.sigma() } shouldBe List(3) { 10.0 }
            denoiser.openTensors() shouldBe 3
        }
    }

    "a failing call throws, and ten thousand leave open the tensors of one call" {
        model("broken-picky").open().use { denoiser ->
            denoiser.at(1.0, 2.0, 4.0).toList() shouldBe listOf(1.0, 2.0)
            denoiser.openTensors() shouldBe 3
            repeat(10_000) {
                shouldThrow<OnnxModelException> { denoiser.at(1.0, 2.0, 400.0) }.kind() shouldBe Kind.CALL
            }
            denoiser.openTensors() shouldBe 3
            denoiser.at(1.0, 2.0, 4.0).toList() shouldBe listOf(1.0, 2.0)
        }
    }

    "only the row that makes a call fail fails its sample" {
        model("broken-picky").open().use { denoiser ->
            val states = arrayOf(doubleArrayOf(0.5, 1.0), doubleArrayOf(500.0, 0.0), doubleArrayOf(-0.5, 1.0))
            val samples =
                Sampler.builder(
                    denoiser,
                ).radius(1.0).noiseRange(1.0, 0.1).build().decode(states).collectList().block()!!
            samples.map { it.failed() } shouldBe listOf(false, true, false)
            samples[1].certificate().failure()!!.kind() shouldBe Failure.Kind.DENOISER_ERROR
        }
    }
})
