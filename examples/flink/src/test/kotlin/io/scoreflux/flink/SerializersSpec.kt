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
import io.scoreflux.reject.Fors
import io.scoreflux.state.Condition
import io.scoreflux.state.ConditionTensor
import org.apache.flink.api.common.serialization.SerializerConfigImpl
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot
import org.apache.flink.core.memory.DataInputDeserializer
import org.apache.flink.core.memory.DataOutputSerializer
import org.apache.flink.util.SerializedThrowable
import java.io.IOException
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
            compatible(serializer.snapshotConfiguration(), snapshot) shouldBe true
            val e = shouldThrow<IOException> { snapshot.readSnapshot(2, DataInputDeserializer(), loader) }
            e.message shouldContain "the version of a serializer must be 1, was 2; restore the state with the release"
        }
    }

    "splits and the state of a source keep their ranges" {
        for (split in listOf(SampleSplit(0, 0), SampleSplit(3, Long.MAX_VALUE))) {
            with(StateVersions.OfSplit()) { deserialize(version, serialize(split)) shouldBe split }
        }
        for (state in listOf(
            SampleSourceState(0, listOf()),
            SampleSourceState(1L shl 40, listOf(SampleSplit(1, 2), SampleSplit(7, 9))),
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
