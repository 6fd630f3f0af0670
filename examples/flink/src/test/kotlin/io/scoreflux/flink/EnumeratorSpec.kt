package io.scoreflux.flink

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.shouldBe
import org.apache.flink.connector.testutils.source.reader.TestingSplitEnumeratorContext
import org.apache.flink.runtime.execution.SuppressRestartsException

private fun source(configure: SampleSource.Builder.() -> Unit = {}): SampleSource =
    SampleSource.builder(FastFactory).firstIndex(10).count(25).samplesPerSplit(10).apply(configure).build()

private fun context(parallelism: Int, readers: Int = parallelism) =
    TestingSplitEnumeratorContext<SampleSplit>(parallelism).apply {
        for (reader in 0 until readers) registerReader(reader, "host")
    }

private fun TestingSplitEnumeratorContext<SampleSplit>.splits(reader: Int): List<SampleSplit> =
    splitAssignments[reader]?.assignedSplits.orEmpty()

class EnumeratorSpec : StringSpec({
    "each request gets the next range, and then the end" {
        val context = context(2)
        val enumerator = source().createEnumerator(context)
        enumerator.start()
        for (reader in listOf(0, 1, 0, 1, 0)) enumerator.handleSplitRequest(reader, "host")
        context.splits(0) shouldContainExactly listOf(SampleSplit(10, 20), SampleSplit(30, 35))
        context.splits(1) shouldContainExactly listOf(SampleSplit(20, 30))
        context.splitAssignments.getValue(1).hasReceivedNoMoreSplitsSignal() shouldBe true
        context.splitAssignments.getValue(0).hasReceivedNoMoreSplitsSignal() shouldBe true
    }

    "a split that comes back is handed out before the next range" {
        val context = context(2)
        val enumerator = source().createEnumerator(context)
        enumerator.handleSplitRequest(0, "host")
        enumerator.addSplitsBack(listOf(SampleSplit(14, 20)), 0)
        enumerator.snapshotState(1) shouldBe SampleSourceState(10, 20, listOf(SampleSplit(14, 20)))
        enumerator.handleSplitRequest(1, "host")
        enumerator.handleSplitRequest(1, "host")
        context.splits(1) shouldContainExactly listOf(SampleSplit(14, 20), SampleSplit(20, 30))
    }

    "a reader that has failed since its request gets nothing" {
        val context = context(2, readers = 1)
        val enumerator = source().createEnumerator(context)
        enumerator.handleSplitRequest(1, "host")
        context.splits(1) shouldContainExactly listOf()
        enumerator.snapshotState(1) shouldBe SampleSourceState(10, 10, listOf())
    }

    "a restored enumerator continues, with the count and the parallelism of its job" {
        val context = context(1)
        val enumerator = source { count(30).samplesPerSplit(20) }
            .restoreEnumerator(context, SampleSourceState(10, 30, listOf(SampleSplit(17, 20))))
        repeat(3) { enumerator.handleSplitRequest(0, "host") }
        context.splits(0) shouldContainExactly listOf(SampleSplit(17, 20), SampleSplit(30, 40))
    }

    "the state of a million splits has two dozen bytes" {
        val enumerator = source { count(1_000_000).samplesPerSplit(1) }.createEnumerator(context(1))
        repeat(1000) { enumerator.handleSplitRequest(0, "host") }
        StateVersions.OfSource().serialize(enumerator.snapshotState(1)).size shouldBeLessThan 24
    }

    "by default each subtask has sixteen splits, of 64 to 1,024 samples, and at least one split" {
        for ((count, size) in listOf(
            3L to 1L,
            100L to 50L,
            320L to 64L,
            3200L to 100L,
            1_000_000L to 1024L,
            1_000_000_000L to 50_000L,
        )) {
            val context = context(2)
            val source = SampleSource.builder(FastFactory).count(count).build()
            source.createEnumerator(context).handleSplitRequest(0, "host")
            context.splits(0) shouldContainExactly listOf(SampleSplit(0, size))
        }
    }

    "a parallelism above the number of splits is refused" {
        val e = shouldThrow<SuppressRestartsException> { source().createEnumerator(context(4)) }
        e.cause!!.message shouldBe
            "parallelism must be at most the number of splits, 3 of 10 samples each, was 4; lower the" +
            " parallelism of the source, or lower samplesPerSplit"
    }

    "a checkpoint of another first index or of more samples is refused" {
        fun refused(configure: SampleSource.Builder.() -> Unit) = shouldThrow<SuppressRestartsException> {
            source(configure).restoreEnumerator(context(1), SampleSourceState(10, 30, listOf())).start()
        }.cause!!.message
        refused { firstIndex(11) } shouldBe
            "firstIndex must be that of the checkpoint, 10, was 11; set firstIndex to 10, or start the job without" +
            " the checkpoint"
        refused { count(19) } shouldBe
            "count must be at least 20, the number of samples that the job of the checkpoint has begun, was 19; raise" +
            " count, or start the job without the checkpoint"
        // The last sample is that of the checkpoint: nothing is left to do.
        val context = context(1)
        source { count(20) }.restoreEnumerator(context, SampleSourceState(10, 30, listOf()))
            .handleSplitRequest(0, "host")
        context.splits(0) shouldContainExactly listOf()
        context.splitAssignments.getValue(0).hasReceivedNoMoreSplitsSignal() shouldBe true
    }

    "invalid settings are refused, each with one error" {
        fun refused(configure: SampleSource.Builder.() -> Unit) =
            shouldThrow<RuntimeException> { source(configure) }.message
        refused { count(0) } shouldBe "count must be at least 1, was 0"
        refused { firstIndex(-1) } shouldBe "firstIndex must be at least 0, was -1"
        refused { samplesPerSplit(0) } shouldBe "samplesPerSplit must be at least 1, was 0"
        refused { readAhead(-1) } shouldBe "readAhead must be at least 0, was -1"
        refused { count(Long.MAX_VALUE) } shouldBe
            "count must be at most 9223372036854775797 from index 10 on, was 9223372036854775807"
        shouldThrow<IllegalStateException> { SampleSource.builder(FastFactory).build() }.message shouldBe
            "count must be set, because a source is bounded; call count(n)"
        shouldThrow<IllegalArgumentException> { SampleSplit(3, 2) }.message shouldBe
            "to must be at least next, which begins the range, was 2 < 3"
        shouldThrow<IllegalArgumentException> { SampleSplit(-1, 2) }.message shouldBe "next must be at least 0, was -1"
    }

    "a factory that is not serializable is refused" {
        val model = Any()

        class Holding : SamplerFactory {
            val held = model

            override fun open() = sampler()
        }
        for (build in listOf<() -> Any>(
            { SampleSource.builder(Holding()).count(1).build() },
            { SampleAsyncFunction(Holding()) },
        )) {
            shouldThrow<IllegalArgumentException> { build() }.message shouldBe
                "factory must be serializable, because Flink sends it to the task managers, was " +
                "${Holding::class.java.name} (java.io.NotSerializableException: java.lang.Object); hold only" +
                " settings and create the model in open()"
        }
    }
})
