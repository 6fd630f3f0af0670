package io.scoreflux.flink

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import io.scoreflux.Request
import io.scoreflux.Sample
import io.scoreflux.error.Failure
import io.scoreflux.error.Violation
import io.scoreflux.reject.Fors
import io.scoreflux.solve.Certificate
import io.scoreflux.solve.RejectionStatistics
import io.scoreflux.state.Condition
import io.scoreflux.state.ConditionTensor
import org.apache.flink.api.common.serialization.SerializerConfigImpl
import org.apache.flink.api.common.typeutils.TypeSerializer
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot
import org.apache.flink.core.memory.DataInputDeserializer
import org.apache.flink.core.memory.DataOutputSerializer
import org.apache.flink.util.SerializedThrowable
import java.io.IOException
import java.util.HexFormat
import java.util.OptionalDouble

/** An exception that Java cannot serialize. */
private class Unserializable : IllegalStateException("the model is gone") {
    @Suppress("unused")
    private val model = Any()
}

private fun failed(failure: () -> Throwable): Sample =
    sampler(Watched({ throw failure() })).all(0, 1).single()

private fun requests() = listOf(
    Request.of(-3, 5),
    Request.of(3, Long.MAX_VALUE).withTolerance(1e-6),
    Request.of(1, 2).withCondition(Condition.label(3).withGuidance(-2.5).withNegative(Condition.label(4))),
    Request.of(1, 2).withCondition(
        Condition.of("b", ConditionTensor.of(listOf(2, 3), 1f, -0f, 3f, 4f, 5f, 6f))
            .withTensor("a", ConditionTensor.of(listOf(), 7f)),
    ),
    Request.of(1, 2).withCondition(Condition.of(listOf("a", 1))),
)

/** Samples with and without statistics of rejection, a failed one, and [requests] but the last. */
private val GOLDEN = listOf(
    "00000000000000070a434f4e564552474544013fe0000000000000000000000000000b000000000000000c0000000d00" +
        "0000020000000600000000023ff000000000000080000000000000000000",
    "00000000000000070a434f4e564552474544013fe0000000000000000000000000000b000000000000000c0000000d00" +
        "0000020000000600000000023ff000000000000080000000000000000100000000000000010000000000000002000000" +
        "000000000300000000000000043fd000000000000001000000000000000300000000000000070000",
    "0000000000000007074641494c4544013fe0000000000000000000000000000b000000000000000c0000000d00000002" +
        "0000000601124e4f4e5f46494e4954455f414e53574552400000000000000006706c6163650873657474696e67086d75" +
        "7374206265023100000001096c6f776572206974000000",
    "fffffffffffffffd00000000000000050000",
    "00000000000000037fffffffffffffff013eb0c6f7a0b5ed8d00",
    "00000000000000010000000000000002000101000000030000000000c00400000000000001010000000400000000003f" +
        "f000000000000000",
    "000000000000000100000000000000020001000000000202610000000040e0000002620000000200000002000000033f" +
        "80000080000000404000004080000040a0000040c00000003ff000000000000000",
)

class SerializersSpec : StringSpec({
    val samples = mapOf(
        "converged" to sampler().all(5, 6).single(),
        "without an estimate" to sampler(solver = euler()).all(0, 1).single(),
        "with rejection statistics" to
            sampler(solver = Fors(0.1)).all(0, 1).single(),
        "failed" to failed { IllegalStateException("broken") },
        "of a request" to sampler().all(requests().take(1)).single(),
        "that cannot be served" to sampler().all(requests().drop(2).take(1)).single(),
    )

    for ((name, sample) in samples) {
        "a sample $name keeps its bits and its certificate" {
            val back = decoded(SampleSerializer(), encoded(SampleSerializer(), sample))
            back shouldBe sample
            back.values0() shouldBe sample.values0()
            back.certificate() shouldBe sample.certificate()
        }
    }

    "the cases have what they are named for" {
        samples.getValue("with rejection statistics").certificate().rejection().shouldNotBeNull()
        samples.getValue("failed").certificate().failure().shouldNotBeNull().cause()
            .shouldBeInstanceOf<IllegalStateException>()
        samples.getValue("that cannot be served").failed() shouldBe true
    }

    "a cause that Java cannot serialize keeps its message" {
        val sample = failed(::Unserializable)
        val back = decoded(SampleSerializer(), encoded(SampleSerializer(), sample))
        back.certificate().failure()!!.message() shouldBe sample.certificate().failure()!!.message()
        val cause = back.certificate().failure()!!.cause().shouldBeInstanceOf<SerializedThrowable>()
        cause.originalErrorClassName shouldBe Unserializable::class.java.name
        cause.message shouldContain "the model is gone"
    }

    "requests keep their tolerances and conditions" {
        for (request in requests()) {
            decoded(RequestSerializer(), encoded(RequestSerializer(), request)) shouldBe request
        }
        val tiny = Request(1, 0, OptionalDouble.of(Double.MIN_VALUE), null)
        decoded(RequestSerializer(), encoded(RequestSerializer(), tiny)) shouldBe tiny
    }

    "a payload that Java cannot serialize is refused" {
        val request = Request.of(1, 2).withCondition(Condition.of(Any()))
        val e = shouldThrow<IOException> { encoded(RequestSerializer(), request) }
        e.message shouldContain "the payload of a condition must be serializable in a Flink job, was java.lang.Object"
        e.message shouldContain "; make it Serializable"
    }

    "copies need no work, because samples are immutable" {
        val serializer = SampleTypes.SAMPLE.createSerializer(SerializerConfigImpl())
        val sample = samples.getValue("converged")
        serializer.isImmutableType shouldBe true
        (serializer.copy(sample) === sample) shouldBe true
        val bytes = encoded(serializer, sample)
        val out = DataOutputSerializer(16)
        serializer.copy(DataInputDeserializer(bytes), out)
        out.copyOfBuffer.toList() shouldContainExactly bytes.toList()
        SampleTypes.SAMPLE shouldBe SampleTypes.SampleFactory().createTypeInfo(Sample::class.java, mapOf())
        SampleTypes.REQUEST shouldBe SampleTypes.RequestFactory().createTypeInfo(Request::class.java, mapOf())
        (SampleTypes.SAMPLE == SampleTypes.REQUEST) shouldBe false
    }

    "snapshots of the serializers restore them, and refuse an unknown version" {
        for (serializer in listOf(SampleSerializer(), RequestSerializer())) {
            val out = DataOutputSerializer(16)
            TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration())
            val loader = SampleSerializer::class.java.classLoader
            val snapshot: TypeSerializerSnapshot<*> =
                TypeSerializerSnapshot.readVersionedSnapshot<Any>(DataInputDeserializer(out.copyOfBuffer), loader)
            snapshot.restoreSerializer() shouldBe serializer
            (snapshot as ValueSerializer.Snapshot<*>).version() shouldBe 1
            compatible(serializer.snapshotConfiguration(), snapshot) shouldBe true
            val e = shouldThrow<IOException> { snapshot.readSnapshot(2, DataInputDeserializer(), loader) }
            e.message shouldContain "the version of a serializer must be 1, was 2; restore the state with the release"
        }
    }

    "the formats have the bytes of the first release" {
        // A change of these needs a new version, and code that reads the old one.
        val written = ArrayList<String>()
        val read = ArrayList<() -> Unit>()

        fun <T> add(serializer: TypeSerializer<T>, value: T) {
            val golden = HexFormat.of().parseHex(GOLDEN[written.size])
            written += HexFormat.of().formatHex(encoded(serializer, value))
            read += { decoded(serializer, golden) shouldBe value }
        }

        fun sample(failure: Failure?, rejection: RejectionStatistics?, request: Request?) = Sample.of(
            7,
            if (failure == null) doubleArrayOf(1.0, -0.0) else null,
            Certificate(
                if (failure == null) Certificate.Status.CONVERGED else Certificate.Status.FAILED,
                OptionalDouble.of(0.5),
                11,
                12,
                13,
                2,
                6,
                failure,
                rejection,
            ),
            request,
        )
        add(SampleSerializer(), sample(null, null, null))
        add(SampleSerializer(), sample(null, RejectionStatistics(1, 2, 3, 4, 0.25), Request.of(3, 7)))
        val violation = Violation("setting", "must be", "1", listOf("lower it"))
        val failure = Failure(Failure.Kind.entries.first(), 2.0, "place", violation, null)
        add(SampleSerializer(), sample(failure, null, null))
        requests().dropLast(1).forEach { add(RequestSerializer(), it) }
        written shouldContainExactly GOLDEN
        read.forEach { it() }
        HexFormat.of().formatHex(StateVersions.OfSplit().serialize(SampleSplit(3, 9))) shouldBe
            "00000000000000030000000000000009"
        HexFormat.of().formatHex(
            StateVersions.OfSource().serialize(SampleSourceState(1, 9, listOf(SampleSplit(3, 4)))),
        ) shouldBe "000000000000000100000000000000090000000100000000000000030000000000000004"
    }

    "splits and the state of a source keep their ranges" {
        for (split in listOf(SampleSplit(0, 0), SampleSplit(3, Long.MAX_VALUE))) {
            with(StateVersions.OfSplit()) { deserialize(version, serialize(split)) shouldBe split }
        }
        for (state in listOf(
            SampleSourceState(0, 0, listOf()),
            SampleSourceState(3, 1L shl 40, listOf(SampleSplit(1, 2), SampleSplit(7, 9))),
        )) {
            with(StateVersions.OfSource()) { deserialize(version, serialize(state)) shouldBe state }
        }
    }

    "unknown versions of splits and states are refused" {
        withClue("a split") {
            shouldThrow<IOException> { StateVersions.OfSplit().deserialize(2, ByteArray(16)) }.message shouldBe
                "the version of a split must be 1, was 2; restore the state with the release of scoreflux-flink that" +
                " wrote it, or a later one"
        }
        shouldThrow<IOException> { StateVersions.OfSource().deserialize(0, ByteArray(12)) }.message shouldContain
            "the version of the state of a source must be 1, was 0"
    }
})

private fun Sample.values0(): List<Long>? = getValues()?.map { it.toRawBits() }

@Suppress("UNCHECKED_CAST")
private fun compatible(now: TypeSerializerSnapshot<*>, before: TypeSerializerSnapshot<*>): Boolean =
    (now as TypeSerializerSnapshot<Any>).resolveSchemaCompatibility(before as TypeSerializerSnapshot<Any>)
        .isCompatibleAsIs
