package io.scoreflux.flink.job

import io.kotest.core.spec.style.StringSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.shouldBe
import io.scoreflux.flink.all
import io.scoreflux.flink.euler
import io.scoreflux.flink.job.ReportedFiles.Part
import io.scoreflux.flink.sampler
import org.apache.flink.api.connector.sink2.Committer
import org.apache.flink.api.connector.sink2.Committer.CommitRequest
import org.apache.flink.connector.file.sink.FileSinkCommittable
import org.apache.flink.core.fs.Path
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness
import tools.jackson.databind.ObjectMapper

private typealias Harness = OneInputStreamOperatorTestHarness<CommittableMessage<Part>, CommittableMessage<Part>>

private fun harness(count: Long, state: OperatorSubtaskState? = null): Harness =
    Harness(ReportOperator(count, null)).apply {
        state?.let { initializeState(it) }
        open()
    }

private fun Harness.receive(message: CommittableMessage<Part>) = processElement(StreamRecord(message))

/** A file and the statistics of its samples. */
private fun Harness.written(checkpoint: Long, from: Long, to: Long) {
    val statistics = SampleStatistics().apply { sampler(solver = euler()).all(from, to).forEach(::add) }
    receive(CommittableSummary(0, 1, checkpoint, 2, 0))
    receive(CommittableWithLineage(Part.of(file("file $from")), checkpoint, 0))
    receive(CommittableWithLineage(Part.of(statistics), checkpoint, 0))
}

private fun file(name: String) = FileSinkCommittable("first-index=0", Path("/$name"))

/** The number of samples in the report that has been passed on, if there is one. */
private fun Harness.reported(): List<Long> = extractOutputValues()
    .mapNotNull { (it as? CommittableWithLineage<Part>)?.committable?.report() }
    .map { ObjectMapper().readTree(it)["samples"].asLong() }

private class Request(
    private val part: Part,
) : CommitRequest<Part> {
    override fun getCommittable() = part

    override fun getNumberOfRetries() = 0

    override fun signalFailedWithKnownReason(t: Throwable) = throw t

    override fun signalFailedWithUnknownReason(t: Throwable) = throw t

    var retries = 0

    override fun retryLater() {
        retries++
    }

    override fun updateAndRetryLater(committable: Part) = error("retried")

    override fun signalAlreadyCommitted() = Unit
}

class ReportSpec : StringSpec({
    "the report takes the place of the last statistics, and all other messages are passed on" {
        harness(30).use { report ->
            report.written(1, 0, 20)
            report.reported() shouldContainExactly listOf()
            report.written(2, 20, 30)
            report.reported() shouldContainExactly listOf(30L)
            val output = report.extractOutputValues()
            output.size shouldBe 6
            output.last().let { (it as CommittableWithLineage<Part>).committable.report() != null } shouldBe true
            output.map { it.checkpointId } shouldContainExactly listOf(1L, 1, 1, 2, 2, 2)
        }
    }

    "after a failure the report counts each sample once" {
        val state = harness(30).use { report ->
            report.written(1, 0, 20)
            val state = report.snapshot(1, 0)
            // Lost with the failure.
            report.written(2, 20, 25)
            state
        }
        harness(30, state).use { report ->
            report.written(2, 20, 25)
            report.reported() shouldContainExactly listOf()
            report.written(3, 25, 30)
            report.reported() shouldContainExactly listOf(30L)
        }
    }

    "the client has the statistics, also if the job fails after the last sample" {
        val state = harness(20).use { report ->
            report.written(1, 0, 20)
            report.snapshot(1, 0)
        }
        for ((count, present) in listOf(20L to true, 21L to false)) {
            harness(count, state).use {
                val accumulators = it.operator.runtimeContext
                    .getAccumulator<java.io.Serializable, java.io.Serializable>(ReportOperator.STATISTICS)
                (accumulators != null) shouldBe present
            }
        }
    }

    "the report appears after the files of the same checkpoint" {
        val directory = tempdir()
        val out = OutputDirectory(directory.path, directory.path)
        val events = ArrayList<String>()
        val files = object : Committer<FileSinkCommittable> {
            override fun commit(requests: Collection<CommitRequest<FileSinkCommittable>>) {
                directory.resolve("_report.json").takeIf { it.exists() }.shouldBeNull()
                requests.forEach { events += it.committable.compactedFileToCleanup!!.name }
            }

            override fun close() = Unit
        }
        ReportedFiles.PartCommitter(files, out).commit(
            listOf(Part.report("the report"), Part.of(file("a")), Part.nothing(), Part.of(file("b"))).map(::Request),
        )
        events shouldContainExactly listOf("a", "b")
        directory.resolve("_report.json").readText() shouldBe "the report"
    }

    "the report replaces that of an earlier attempt, and leaves no other file" {
        val directory = tempdir()
        directory.resolve("_report.json").writeText("an earlier, longer report")
        val files = object : Committer<FileSinkCommittable> {
            override fun commit(requests: Collection<CommitRequest<FileSinkCommittable>>) = Unit

            override fun close() = Unit
        }
        ReportedFiles.PartCommitter(files, OutputDirectory(directory.path, directory.path))
            .commit(listOf(Request(Part.report("the report"))))
        directory.resolve("_report.json").readText() shouldBe "the report"
        directory.list()!!.toList() shouldContainExactly listOf("_report.json")
    }

    "the report waits for files that are tried again" {
        val directory = tempdir()
        val files = object : Committer<FileSinkCommittable> {
            override fun commit(requests: Collection<CommitRequest<FileSinkCommittable>>) =
                requests.drop(1).forEach { it.retryLater() }

            override fun close() = Unit
        }
        val committer = ReportedFiles.PartCommitter(files, OutputDirectory(directory.path, directory.path))
        val requests = listOf(Part.report("the report"), Part.of(file("a")), Part.of(file("b"))).map(::Request)
        committer.commit(requests)
        requests.map { it.retries } shouldContainExactly listOf(1, 0, 1)
        directory.resolve("_report.json").exists() shouldBe false
        committer.commit(requests.take(2))
        directory.resolve("_report.json").readText() shouldBe "the report"
    }

    "the counts of a checkpoint do not include the next one" {
        harness(30).use { report ->
            val operator = report.operator as ReportOperator
            report.written(1, 0, 20)
            report.snapshot(1, 0)
            report.written(2, 20, 25)
            report.snapshot(2, 0)
            operator.counts(1) shouldBe "20 samples, 0 failed, 0 unconverged, 80 calls"
            operator.counts(2) shouldBe "25 samples, 0 failed, 0 unconverged, 100 calls"
            report.notifyOfCompletedCheckpoint(2)
            operator.counts(1).shouldBeNull()
            operator.counts(2).shouldBeNull()
        }
    }
})
