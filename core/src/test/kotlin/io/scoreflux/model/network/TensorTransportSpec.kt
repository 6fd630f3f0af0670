package io.scoreflux.model.network

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Sampler
import io.scoreflux.bits
import io.scoreflux.model.Covariance
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.LabelledMixture
import io.scoreflux.model.ModelException
import io.scoreflux.model.ModelException.Kind
import io.scoreflux.model.Moments
import io.scoreflux.model.at
import io.scoreflux.model.atAll
import io.scoreflux.model.distance
import io.scoreflux.noise.NoiseSchedule
import io.scoreflux.sampler
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows
import java.nio.ByteBuffer
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

private fun part(label: Int, weight: Double, std: Double, vararg mean: Double) =
    LabelledMixture.Labelled(label, GaussianMixture.Component(weight, mean, Covariance.isotropic(std)))

private val LAW = LabelledMixture.of(
    listOf(part(0, 0.5, 0.1, 1.0, 0.0), part(1, 0.3, 0.2, -0.5, 0.8), part(2, 0.2, 0.05, -0.5, -0.9)),
)

private fun inputsOf(type: ElementType): List<TensorDescription> = listOf(
    TensorDescription.of("x", type, -1, 2),
    TensorDescription.of("sigma", type, -1),
    TensorDescription.of("class", ElementType.INT32, -1, 1),
    TensorDescription.of("gain", type),
    TensorDescription.of("shift", type, -1, 2),
)

/** A network in memory that computes f = gain D(x - shift; sigma, class) of [LAW] from its named tensors. */
private class InMemory(
    private val type: ElementType = ElementType.DOUBLE,
    private val inputs: List<TensorDescription> = inputsOf(type),
    private val outputs: List<TensorDescription> = listOf(TensorDescription.of("y", type, -1, 2)),
) : TensorTransport {
    val calls = ConcurrentLinkedQueue<Int>()
    val labels = ConcurrentLinkedQueue<List<Int>>()
    val prepared = ConcurrentLinkedQueue<Int>()
    val open = AtomicInteger()
    val openAtClose = ConcurrentLinkedQueue<Int>()
    var closed = 0
    var before: () -> Unit = {}

    override fun model() = "toy"

    override fun inputs() = inputs

    override fun outputs() = outputs

    override fun run(rows: Int, inputs: Map<Tensor, ByteBuffer>, output: Tensor, answer: ByteBuffer) {
        before()
        calls += rows
        for ((tensor, bytes) in inputs) {
            withClue(tensor.name()) {
                val numbers = tensor.shape(rows).fold(1) { size, axis -> size * axis.toInt() }
                bytes.capacity() shouldBe numbers * tensor.type().bytes()
            }
        }

        fun bytes(name: String) = inputs.entries.single { it.key.name() == name }.value

        fun real(name: String, at: Int) =
            if (type == ElementType.DOUBLE) bytes(name).getDouble(8 * at) else bytes(name).getFloat(4 * at).toDouble()

        val given = Rows(2, rows)
        val chosen = List(rows) { bytes("class").getInt(4 * it) }
        for (row in 0 until rows) {
            val x = DoubleArray(2) { real("x", 2 * row + it) - real("shift", 2 * row + it) }
            given.append(x, 0, real("sigma", row))
            if (chosen[row] < 3) given.condition(row, Condition(chosen[row]))
        }
        labels += chosen
        val d = DoubleArray(2 * rows).also { LAW.denoise(given, it) }
        for ((i, value) in d.withIndex()) {
            val y = real("gain", 0) * value
            if (type == ElementType.DOUBLE) answer.putDouble(8 * i, y) else answer.putFloat(4 * i, y.toFloat())
        }
    }

    override fun prepare(
        rows: Int,
        inputs: Map<Tensor, ByteBuffer>,
        output: Tensor,
        answer: ByteBuffer,
    ): TensorTransport.PreparedCall {
        val call = super.prepare(rows, inputs, output, answer)
        prepared += rows
        open.incrementAndGet()
        return object : TensorTransport.PreparedCall {
            override fun run() = call.run()

            override fun close() {
                call.close()
                open.decrementAndGet()
            }
        }
    }

    override fun close() {
        openAtClose += open.get()
        closed++
    }
}

private fun InMemory.builder(
    gain: Double = 1.0,
    shift: Double = 0.0,
): TensorDenoiserBuilder<*> =
    TensorDenoiser.builder(this).label("class", 3).input("gain", gain).input("shift", shift, -shift)

private fun TensorDenoiser.under(conditions: List<Condition?>): List<List<Double>> {
    val rows = Rows(2, conditions.size)
    for ((row, condition) in conditions.withIndex()) {
        rows.append(doubleArrayOf(0.3, -0.4), 0, 0.7)
        rows.condition(row, condition)
    }
    return DoubleArray(2 * conditions.size).also { denoise(rows, it) }.toList().chunked(2)
}

class TensorTransportSpec : FreeSpec({
    "samples of a network in memory agree with the closed form, bit for bit" {
        val exact = sampler(LAW) { solver(Sliding(1e-7)) }.samples(0, 20).collectList().block()!!
        InMemory().builder().moments(LAW.moments().get()).open().use { denoiser ->
            denoiser.shape().toList() shouldBe listOf(2)
            denoiser.classes() shouldBe 3
            denoiser.rounding() shouldBe Math.scalb(1.0, -53)
            sampler(denoiser) { solver(Sliding(1e-7)) }.samples(0, 20).collectList().block()!!
                .map { it.bits() } shouldBe exact.map { it.bits() }
        }
    }

    "rows of one call have separate labels, in both precisions" {
        val conditions = listOf(Condition.label(2), null, Condition(0), Condition(1))
        for ((type, error) in mapOf(ElementType.DOUBLE to 0.0, ElementType.FLOAT to 1e-6)) {
            val transport = InMemory(type)
            transport.builder().open().use { denoiser ->
                denoiser.rounding() shouldBe Math.scalb(1.0, if (error > 0) -24 else -53)
                val answers = denoiser.under(conditions)
                transport.labels.last() shouldBe listOf(2, 3, 0, 1)
                for ((answer, condition) in answers.zip(conditions)) {
                    val law = condition?.label()?.let(LAW::mixture) ?: LAW.mixture()
                    // In single precision x, sigma and y are rounded by 6e-8, and the Lipschitz constant of D is near 1 here.
                    (distance(answer.toDoubleArray(), law.at(0.7, 0.3, -0.4)) <= error) shouldBe true
                }
            }
        }
    }

    "constants have one tensor for each row or one for the call" {
        InMemory().builder(gain = 2.0, shift = 0.25).open().use { denoiser ->
            for (answer in denoiser.atAll(0.7, List(3) { doubleArrayOf(0.3, -0.4) })) {
                val exact = LAW.at(0.7, 0.3 - 0.25, -0.4 + 0.25)
                answer.toList() shouldBe exact.map { 2 * it }
            }
        }
    }

    "the builder applies a parametrization, a schedule and a time input" {
        val schedule = NoiseSchedule.flow()
        // The prediction is interpreted as noise, so that D = x_t / alpha - s f.
        InMemory().builder().parametrization(Parametrization.EPSILON).schedule(schedule)
            .time("sigma", TimeInput.SIGMA).open().use { denoiser ->
                val alpha = schedule.alpha(0.7)
                val f = LAW.at(0.7, alpha * 0.3, alpha * -0.4)
                val exact = doubleArrayOf(0.3 - 0.7 * f[0], -0.4 - 0.7 * f[1])
                distance(denoiser.at(0.7, 0.3, -0.4), exact) shouldBeLessThan 1e-15
            }
    }

    "calls with fixed rows are padded, and large batches are divided" {
        val fixed = InMemory()
        val exact = LAW.at(0.7, 0.3, -0.4).toList()
        fixed.builder().fixedRows(5).open().use { denoiser ->
            denoiser.maxRows() shouldBe 16
            denoiser.under(List(20) { null }).forEach { it shouldBe exact }
            fixed.calls.toList() shouldBe listOf(16, 16, 16)
        }
        val small = InMemory()
        // A row has 7 doubles and 1 int in its tensors, and the estimate is 64 times their bytes.
        small.builder().memory(3 * 64 * (7 * 8L + 4)).open().use { denoiser ->
            denoiser.maxRows() shouldBe 3
            denoiser.under(List(8) { null }).forEach { it shouldBe exact }
            small.calls.toList() shouldBe listOf(2, 3, 3, 2)
        }
        val batchOf2 = InMemory(
            inputs = inputsOf(ElementType.DOUBLE).map {
                if (it.name() == "gain") it else TensorDescription.of(it.name(), it.type()!!, *fixedAt2(it))
            },
        )
        // The constant of each row is now one tensor of the whole batch.
        TensorDenoiser.builder(batchOf2).label("class", 3).input("gain", 1.0).input("shift", 0.0, 0.0, 0.0, 0.0)
            .fixedRows(2).open().use { denoiser ->
                denoiser.maxRows() shouldBe 2
                denoiser.under(List(3) { null }).forEach { it shouldBe exact }
                batchOf2.calls.toList() shouldBe listOf(2, 2, 2)
            }
    }

    "a model that does not fit is rejected by a plain ModelException with tensor, rule and remedy" {
        fun changed(name: String, type: ElementType?, vararg shape: Long) = inputsOf(ElementType.DOUBLE).map {
            when {
                it.name() != name -> it
                type != null -> TensorDescription.of(name, type, *shape)
                else -> TensorDescription(name, null, shape.toList(), "complex64[?, 2]")
            }
        }
        val cases = listOf(
            Triple(
                changed("x", null, -1, 2),
                Kind.TYPE,
                "'x' for the state must be float, double, float16 or bfloat16, is complex64[?, 2]",
            ),
            Triple(
                changed("sigma", ElementType.INT64, -1),
                Kind.TYPE,
                "'sigma' for the time must be float, double, float16 or bfloat16",
            ),
            Triple(changed("class", ElementType.FLOAT, -1), Kind.TYPE, "'class' for the label must be int64 or int32"),
            Triple(changed("sigma", ElementType.DOUBLE, -1, 2), Kind.SHAPE, "must have one number per row"),
            Triple(changed("x", ElementType.DOUBLE, -1, -1), Kind.SHAPE, "dynamic axes after the batch axis"),
            Triple(changed("x", ElementType.DOUBLE), Kind.SHAPE, "must have the batch as its first axis"),
            Triple(changed("x", ElementType.DOUBLE, 7, 2), Kind.SHAPE, "fixes the batch at 7"),
            Triple(
                changed("x", ElementType.DOUBLE, -1, 3),
                Kind.SHAPE,
                "must have the state's shape [n, 3], is double[?, 2]",
            ),
            Triple(changed("shift", ElementType.DOUBLE, -1, 3), Kind.SHAPE, "must have 3 values per row, was given 2"),
            Triple(
                changed("shift", ElementType.DOUBLE, -1, -1, -1),
                Kind.SHAPE,
                "must have at most one dynamic axis after the batch axis, whose length follows from the values",
            ),
            Triple(changed("gain", ElementType.BOOL), Kind.TYPE, "cannot carry the value 0.5"),
            Triple(changed("gain", null), Kind.TYPE, "cannot carry the value 0.5"),
            Triple(changed("x", ElementType.DOUBLE, -1, 1L shl 40), Kind.SHAPE, "must have the state's shape"),
            Triple(
                inputsOf(ElementType.DOUBLE).drop(1),
                Kind.NAMES,
                "there is no input 'x'; the model has 'sigma' double[?], 'class' int32[?, 1]",
            ),
            Triple(
                inputsOf(ElementType.DOUBLE) + TensorDescription.of("mask", ElementType.BOOL, -1),
                Kind.NAMES,
                "nothing feeds the input 'mask' bool[?]",
            ),
        )
        for ((inputs, kind, part) in cases) {
            withClue(part) {
                val transport = InMemory(inputs = inputs)
                val refused = shouldThrow<ModelException> { transport.builder(gain = 0.5).open() }
                refused.kind() shouldBe kind
                refused.message!! shouldContain "toy: "
                refused.message!! shouldContain part
                transport.calls.size shouldBe 0
                transport.closed shouldBe 1
            }
        }
        val huge = listOf(TensorDescription.of("y", ElementType.DOUBLE, -1, 1L shl 40))
        val large = InMemory(inputs = changed("x", ElementType.DOUBLE, -1, 1L shl 40), outputs = huge)
        shouldThrow<ModelException> { large.builder().open() }.kind() shouldBe Kind.TOO_LARGE
    }

    "contradictory settings are rejected, and the transport stays open for the next attempt" {
        val transport = InMemory()
        val builder = transport.builder().time("x", TimeInput.SIGMA)
        shouldThrow<IllegalArgumentException> { builder.open() }.message shouldContain "'x'"
        transport.closed shouldBe 0
        builder.time("sigma", TimeInput.SIGMA).open().close()
        transport.closed shouldBe 1
    }

    "moments of another dimension are rejected, and the transport is closed" {
        val transport = InMemory()
        shouldThrow<IllegalArgumentException> {
            transport.builder().moments(Moments(doubleArrayOf(0.0), Covariance.isotropic(1.0))).open()
        }.message shouldContain "moments must have the network's dimension 2"
        transport.closed shouldBe 1
    }

    "an exception of the transport reaches the caller, and the next call succeeds" {
        val transport = InMemory()
        transport.builder().open().use { denoiser ->
            transport.before = { throw IllegalStateException("out of memory") }
            shouldThrow<IllegalStateException> { denoiser.at(0.7, 0.3, -0.4) }.message shouldBe "out of memory"
            transport.before = {}
            denoiser.at(0.7, 0.3, -0.4) shouldBe LAW.at(0.7, 0.3, -0.4)
        }
    }

    "a call is prepared when the number of rows changes, and released before the transport is closed" {
        val transport = InMemory()
        val denoiser = transport.builder().open()
        for (rows in listOf(3, 3, 2, 2, 2, 7, 7, 3)) {
            denoiser.under(List(rows) { null })
            transport.open.get() shouldBe 1
        }
        transport.prepared.toList() shouldBe listOf(3, 2, 7, 3)
        denoiser.close()
        transport.openAtClose.toList() shouldBe listOf(0)
    }

    "callers at a time have a prepared call each, and reuse that of their number of rows" {
        val transport = InMemory()
        transport.builder().open().use { denoiser ->
            fun together() {
                val barrier = CyclicBarrier(2)
                transport.before = { barrier.await(30, TimeUnit.SECONDS) }
                val other = thread { denoiser.under(List(5) { null }) }
                denoiser.under(List(2) { null })
                other.join()
                transport.before = {}
            }
            repeat(20) { together() }
            transport.prepared.toList() shouldContainExactlyInAnyOrder listOf(2, 5)
            transport.open.get() shouldBe 2
            // A free workspace with a prepared call for these rows is taken before any other.
            denoiser.under(List(5) { null })
            denoiser.under(List(2) { null })
            transport.prepared.size shouldBe 2
        }
        transport.openAtClose.toList() shouldBe listOf(0)
    }

    "a call that cannot be prepared fails, and the next one is prepared again" {
        var refuse = false
        val transport = object : TensorTransport by InMemory() {
            override fun prepare(
                rows: Int,
                inputs: Map<Tensor, ByteBuffer>,
                output: Tensor,
                answer: ByteBuffer,
            ): TensorTransport.PreparedCall {
                check(!refuse) { "no memory" }
                return super.prepare(rows, inputs, output, answer)
            }
        }
        TensorDenoiser.builder(transport).label("class", 3).input("gain", 1.0).input("shift", 0.0, 0.0).open()
            .use { denoiser ->
                denoiser.at(0.7, 0.3, -0.4) shouldBe LAW.at(0.7, 0.3, -0.4)
                refuse = true
                shouldThrow<IllegalStateException> { denoiser.atAll(0.7, List(2) { doubleArrayOf(0.3, -0.4) }) }
                    .message shouldBe "no memory"
                refuse = false
                denoiser.at(0.7, 0.3, -0.4) shouldBe LAW.at(0.7, 0.3, -0.4)
            }
    }

    "a transport may read and write relatively in every call" {
        val gains = ConcurrentLinkedQueue<Double>()
        val positions = ConcurrentLinkedQueue<Int>()
        val inner = InMemory()
        val transport = object : TensorTransport by inner {
            override fun run(rows: Int, inputs: Map<Tensor, ByteBuffer>, output: Tensor, answer: ByteBuffer) {
                inner.run(rows, inputs, output, answer)
                gains += inputs.entries.single { it.key.name() == "gain" }.value.getDouble()
                positions += answer.position()
                answer.position(answer.limit())
            }

            override fun prepare(
                rows: Int,
                inputs: Map<Tensor, ByteBuffer>,
                output: Tensor,
                answer: ByteBuffer,
            ) = super.prepare(rows, inputs, output, answer)
        }
        TensorDenoiser.builder(transport).label("class", 3).input("gain", 0.5).input("shift", 0.0, 0.0).open()
            .use { denoiser -> repeat(3) { denoiser.at(0.7, 0.3, -0.4) } }
        gains.toSet() shouldBe setOf(0.5)
        positions.toSet() shouldBe setOf(0)
    }

    "closing waits for the running call, closes the transport once, and makes further calls fail" {
        val transport = InMemory()
        val denoiser = transport.builder().open()
        val started = CountDownLatch(1)
        val end = CountDownLatch(1)
        val closedDuring = ConcurrentLinkedQueue<Int>()
        transport.before = {
            started.countDown()
            check(end.await(30, TimeUnit.SECONDS))
            closedDuring += transport.closed
        }
        val call = thread { denoiser.at(0.7, 0.3, -0.4) }
        check(started.await(30, TimeUnit.SECONDS))
        val closing = thread { denoiser.close() }
        while (closing.state != Thread.State.WAITING) Thread.onSpinWait()
        end.countDown()
        call.join()
        closing.join()
        closedDuring.toList() shouldBe listOf(0)
        denoiser.close()
        transport.closed shouldBe 1
        shouldThrow<IllegalStateException> { denoiser.at(0.7, 0.3, -0.4) }.message shouldBe
            "the model must be open to be called, was closed: toy; open it again"
    }

    "a condition without an input of the network is ignored" {
        val transport = InMemory()
        transport.builder().open().use { denoiser ->
            val opened = transport.calls.size
            shouldThrow<IllegalArgumentException> { denoiser.under(listOf(Condition(3))) }.message shouldContain
                "label must be below 3"
            shouldThrow<IllegalArgumentException> { denoiser.under(listOf(Condition.of("cat"))) }.message shouldContain
                "payload must be absent"
            transport.calls.size shouldBe opened
            Sampler.builder(denoiser).radius(1.0).noiseRange(20.0, 0.02).condition(Condition(2)).build()
                .samples(0, 1).blockLast()!!.failed() shouldBe false
        }
    }
})

/** The shape with a batch of 2. */
private fun fixedAt2(tensor: TensorDescription): LongArray =
    tensor.shape().mapIndexed { axis, length -> if (axis == 0) 2L else length }.toLongArray()
