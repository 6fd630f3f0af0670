package io.scoreflux.model.onnx

import ai.onnxruntime.OrtSession.SessionOptions
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldBeIn
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Sampler
import io.scoreflux.model.Denoiser
import io.scoreflux.model.at
import io.scoreflux.model.atAll
import io.scoreflux.model.distance
import io.scoreflux.model.network.Parametrization
import io.scoreflux.model.network.TimeInput
import io.scoreflux.noise.NoiseSchedule
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows
import reactor.core.scheduler.Schedulers
import java.nio.file.Files
import java.util.Random
import java.util.concurrent.Callable
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit

/** Returns D for one state under a condition. */
private fun Denoiser.under(condition: Condition?, sigma: Double, vararg z: Double): DoubleArray {
    val rows = Rows(dimension(), 1)
    rows.append(z, 0, sigma)
    rows.condition(0, condition)
    return DoubleArray(dimension()).also { denoise(rows, it) }
}

/** States around the origin at many noise levels. */
private fun states(count: Int, seed: Long): Rows {
    val random = Random(seed)
    val rows = Rows(2, maxOf(1, count))
    repeat(count) {
        val sigma = 0.05 + 3 * random.nextDouble()
        rows.append(DoubleArray(2) { (1 + sigma) * random.nextGaussian() }, 0, sigma)
    }
    return rows
}

private fun Denoiser.bits(rows: Rows): List<List<Double>> {
    val out = DoubleArray(rows.count() * dimension()) { Double.NaN }
    denoise(rows, out)
    return out.toList().chunked(dimension())
}

class OnnxDenoiserSpec : FreeSpec({
    val target = mixture()
    val linear = NoiseSchedule.vpLinear(0.1, 20.0)
    val plain = { model("denoised-vp-linear-t-double").schedule(linear).time("time", TimeInput.T) }

    "a label selects its component, and a row without a condition gets the null label" - {
        for (name in listOf("label-int64", "label-int32")) {
            name {
                model(name).label("label", 3).open().use { denoiser ->
                    denoiser.classes() shouldBe 3
                    for (k in 0 until 3) {
                        val answer = denoiser.under(Condition(k), 0.7, 0.3, -0.4)
                        distance(answer, component(k).at(0.7, 0.3, -0.4)) shouldBeLessThan 1e-13
                    }
                    distance(denoiser.under(null, 0.7, 0.3, -0.4), target.at(0.7, 0.3, -0.4)) shouldBeLessThan 1e-13
                }
            }
        }
    }

    "rows of one call have separate labels" {
        model("label-int32").label("label", 3).open().use { denoiser ->
            val rows = Rows(2, 4)
            val conditions = listOf(Condition(2), null, Condition(0), Condition(1))
            for ((row, condition) in conditions.withIndex()) {
                rows.append(doubleArrayOf(0.3, -0.4), 0, 0.7)
                rows.condition(row, condition)
            }
            val answers = denoiser.bits(rows)
            for ((row, condition) in conditions.withIndex()) {
                val exact = (condition?.label()?.let(::component) ?: target).at(0.7, 0.3, -0.4)
                distance(answers[row].toDoubleArray(), exact) shouldBeLessThan 1e-13
            }
        }
    }

    "a label outside the classes is rejected with rule and value" {
        model("label-int64").label("label", 3).open().use { denoiser ->
            val refused = shouldThrow<IllegalArgumentException> { denoiser.under(Condition(3), 0.7, 0.3, -0.4) }
            refused.message shouldContain "label must be below 3, the number of classes of the denoiser, was 3"
            denoiser.openTensors() shouldBe 0
        }
    }

    "constants have one tensor for each row or one for the call" {
        model("shifted").input("shift", 0.25, -0.5).input("gain", 2.0).open().use { denoiser ->
            // In single precision.
            for (answer in denoiser.atAll(0.7, List(3) { doubleArrayOf(0.3, -0.4) })) {
                distance(answer, mixture(0.5, -1.0).at(0.7, 0.3, -0.4)) shouldBeLessThan 1e-6
            }
        }
    }

    "shape, moments and classes are those of the builder" {
        val image =
            model("image-float").state("image").time("noise", TimeInput.SIGMA).output("clean").shape(1, 2, 1)
        image.moments(target.moments().get()).open().use { denoiser ->
            denoiser.shape().toList() shouldBe listOf(1, 2, 1)
            denoiser.dimension() shouldBe 2
            denoiser.moments().get().radius() shouldBe target.moments().get().radius()
            denoiser.classes() shouldBe 0
        }
    }

    "the rounding is that of the least precise of state, time and output" {
        val (single, double) = Math.scalb(1.0, -24) to Math.scalb(1.0, -53)
        val models = mapOf(
            model("denoised-ve-sigma-float").time("time", TimeInput.SIGMA) to single,
            model("denoised-ve-sigma-double").time("time", TimeInput.SIGMA) to double,
            model("denoised-ve-sigma-float-time") to single,
        )
        for ((builder, rounding) in models) builder.open().use { it.rounding() shouldBe rounding }
    }

    "a call that exceeds the memory is divided" {
        plain().open().use { whole ->
            // A row has 5 doubles in its tensors, and the estimate is 64 times their bytes.
            plain().memory(3 * 64 * 5 * 8L).open().use { parts ->
                parts.maxRows() shouldBe 3
                val rows = states(20, 1)
                parts.bits(rows).zip(whole.bits(rows)).forEach { (a, b) ->
                    distance(a.toDoubleArray(), b.toDoubleArray()) shouldBeLessThan 1e-13
                }
            }
        }
    }

    "with fixed rows the bits of a row do not depend on its place and the other rows" - {
        for (kind in listOf("float", "double")) {
            // Of the models, this is the one whose operators differ most between full vector groups and the remainder.
            val builder = model("epsilon-vp-cosine-t-$kind").parametrization(Parametrization.EPSILON)
            builder.schedule(NoiseSchedule.vpCosine()).time("time", TimeInput.T)
            for ((asked, made) in listOf(1 to 1, 5 to 16, 16 to 16, 33 to 48)) {
                "$kind, $asked fixed rows" {
                    builder.fixedRows(asked).open().use { denoiser ->
                        denoiser.maxRows() shouldBe made
                        for (trial in 0 until 20) {
                            val row = states(1, 500L + trial)
                            val alone = denoiser.bits(row).single()
                            for (place in 0 until 20) {
                                val rows = states(place, 100L + place)
                                rows.truncate(place)
                                rows.appendAll(row, 0, 1)
                                rows.appendAll(states(7, 7L), 0, place % 7)
                                denoiser.bits(rows)[place] shouldBe alone
                            }
                        }
                    }
                }
            }
        }
    }

    "with fixed rows samples do not depend on the batch, the rails and the first index" {
        val builder = model("denoised-ve-sigma-float").time("time", TimeInput.SIGMA).moments(target.moments().get())
        builder.fixedRows(16).open().use { denoiser ->
            fun sampler() = Sampler.builder(denoiser).noiseRange(20.0, 0.02)
            val whole = sampler().build().samples(0, 24).map { it.values().toList() }.collectList().block()!!
            sampler().maxRows(5).concurrency(7).build().samples(10, 24).map { it.values().toList() }.collectList()
                .block()!! shouldBe whole.drop(10)
            val scheduler = Schedulers.newParallel("lane", 2)
            try {
                sampler().parallelism(2, scheduler).build().samples(0, 24).map { it.values().toList() }.collectList()
                    .block()!! shouldBe whole
            } finally {
                scheduler.dispose()
            }
        }
    }

    "a model with a fixed batch is called with that many rows" {
        model("broken-batch-of-1").fixedRows(1).open().use { denoiser ->
            denoiser.maxRows() shouldBe 1
            denoiser.atAll(1.0, listOf(doubleArrayOf(2.0, 4.0), doubleArrayOf(-6.0, 8.0))).map { it.toList() } shouldBe
                listOf(listOf(1.0, 2.0), listOf(-3.0, 4.0))
        }
    }

    "callers share one session, and each gets its own values" {
        val denoiser = plain().open()
        val batches = List(8) { states(1 + 13 * it, 30L + it) }
        val alone = batches.map(denoiser::bits)
        val pool = Executors.newFixedThreadPool(4)
        try {
            val calls = List(200) { Callable { denoiser.bits(batches[it % 8]) } }
            pool.invokeAll(calls).map { it.get() }.forEachIndexed { i, answer -> answer shouldBe alone[i % 8] }
        } finally {
            pool.shutdownNow()
        }
        // State, time and output of at most four calls at a time.
        denoiser.openTensors() shouldBeIn listOf(3L, 6L, 9L, 12L)
        denoiser.close()
        denoiser.openTensors() shouldBe 0
    }

    "calls of the same number of rows use the same tensors, and others replace them" {
        plain().open().use { reused ->
            reused.openTensors() shouldBe 0
            for (count in listOf(1, 5, 3, 5, 64, 2, 64, 1, 1)) {
                val rows = states(count, 10L + count)
                reused.bits(rows) shouldBe plain().open().use { it.bits(rows) }
                reused.openTensors() shouldBe 3
            }
        }
    }

    "a row with NaN changes neither the other rows of its call nor the next call" {
        model("epsilon-ve-sigma-float").parametrization(Parametrization.EPSILON).time("time", TimeInput.SIGMA).open()
            .use { denoiser ->
                val rows = states(16, 3)
                val answers = denoiser.bits(rows)
                val spoilt = Rows(2, 16)
                spoilt.appendAll(rows, 0, 7)
                spoilt.append(doubleArrayOf(Double.NaN, 1.0), 0, 1.0)
                spoilt.appendAll(rows, 8, 8)
                val others = denoiser.bits(spoilt)
                others[7].any { it.isNaN() } shouldBe true
                (others - listOf(others[7])) shouldBe (answers - listOf(answers[7]))
                denoiser.bits(rows) shouldBe answers
            }
    }

    "closing while others call waits for their calls, and closes all tensors" {
        val denoiser = plain().open()
        val rows = states(64, 5)
        val answer = denoiser.bits(rows)
        val running = CountDownLatch(4)
        val pool = Executors.newFixedThreadPool(4)
        try {
            val callers = List(4) {
                pool.submit(
                    Callable {
                        var calls = 0
                        val refused = shouldThrow<IllegalStateException> {
                            while (true) {
                                denoiser.bits(rows) shouldBe answer
                                if (calls++ == 0) running.countDown()
                            }
                        }
                        refused.message
                    },
                )
            }
            check(running.await(30, TimeUnit.SECONDS))
            denoiser.close()
            denoiser.openTensors() shouldBe 0
            for (caller in callers) caller.get(30, TimeUnit.SECONDS) shouldContain "the model must be open"
            denoiser.openTensors() shouldBe 0
        } finally {
            pool.shutdownNow()
        }
    }

    "the tensors of calls and those of constants are closed with the model" {
        val denoiser = model("shifted").input("shift", 0.25, -0.5).input("gain", 2.0).open()
        denoiser.openTensors() shouldBe 1
        repeat(3) { denoiser.at(0.7, 0.3, -0.4) }
        // State, time, shift and output of the call, and the gain of all calls.
        denoiser.openTensors() shouldBe 5
        denoiser.close()
        denoiser.openTensors() shouldBe 0
        denoiser.close()
        shouldThrow<IllegalStateException> { denoiser.at(0.7, 0.3, -0.4) }.message shouldContain "closed"
    }

    "the session's settings are applied" {
        val seen = mutableListOf<String>()
        val denoiser =
            plain()
                .threads(2)
                .operatorThreads(2)
                .optimisation(SessionOptions.OptLevel.NO_OPT)
                .session { it.addConfigEntry("session.intra_op.allow_spinning", "0").also { seen += "asked" } }
                .open()
        denoiser.use { distance(it.at(0.7, 0.3, -0.4), target.at(0.7, 0.3, -0.4)) shouldBeLessThan 1e-13 }
        seen shouldContain "asked"
    }

    "a model in memory and one on the class path agree with the file" {
        val name = "denoised-vp-linear-t-double"
        val answer = plain().open().use { it.at(0.7, 0.3, -0.4).toList() }
        OnnxDenoiser.builder(
            OnnxDenoiserSpec::class.java,
            "/onnx/$name.onnx",
        ).schedule(linear).time("time", TimeInput.T).open()
            .use { it.at(0.7, 0.3, -0.4).toList() shouldBe answer }
        OnnxDenoiser.builder("bytes", Files.readAllBytes(file(name))).schedule(linear).time("time", TimeInput.T).open()
            .use { it.at(0.7, 0.3, -0.4).toList() shouldBe answer }
    }

    "a shifted mixture has other values, so that the comparisons above can fail" {
        target.at(0.7, 0.3, -0.4).toList() shouldNotBe target.moments().get().mean().toList()
    }
})
