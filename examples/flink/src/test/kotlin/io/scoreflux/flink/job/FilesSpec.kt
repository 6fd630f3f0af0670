package io.scoreflux.flink.job

import io.kotest.core.spec.style.StringSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.scoreflux.Sample
import io.scoreflux.files.format.Columns
import io.scoreflux.files.format.Format
import io.scoreflux.files.format.OutputRow
import io.scoreflux.flink.Gate
import io.scoreflux.flink.GatedFactory
import io.scoreflux.flink.SampleSource
import io.scoreflux.flink.SampleTypes
import io.scoreflux.flink.all
import io.scoreflux.flink.environment
import io.scoreflux.flink.euler
import io.scoreflux.flink.miniCluster
import io.scoreflux.flink.sampler
import org.apache.flink.api.common.eventtime.WatermarkStrategy
import org.apache.flink.api.common.functions.MapFunction
import org.apache.flink.api.common.state.CheckpointListener
import org.apache.flink.configuration.RestartStrategyOptions
import org.apache.flink.core.execution.JobClient
import org.apache.flink.core.fs.Path
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment
import java.io.ByteArrayOutputStream
import java.io.File
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit

/** The lines of files that are complete. Names of other files begin with a dot or an underscore. */
fun lines(directory: File): List<String> = directory.walk()
    .filter { it.isFile && !it.name.startsWith(".") && !it.name.startsWith("_") }
    .flatMap { it.readLines() }
    .toList()

/** The lines of one process. */
fun lines(samples: List<Sample>): List<String> {
    val out = ByteArrayOutputStream()
    val writer = Format.NDJSON.writer().of(out, Columns.ofSamples(2, false, false), 0)
    samples.forEach { writer.write(OutputRow.of(it, null)) }
    return out.toString(Charsets.UTF_8).trimEnd().lines()
}

fun index(line: String): Long = line.substringAfter("\"index\":").substringBefore(",").toLong()

/** What happens at the first checkpoint that holds some of a subtask's samples. */
private object First {
    @Volatile
    var checkpoint = CountDownLatch(0)

    @Volatile
    var fails = false
}

private class AtCheckpoint :
    MapFunction<Sample, Sample>,
    CheckpointListener {
    @Transient
    private var seen = 0L

    override fun map(sample: Sample): Sample = sample.also { seen++ }

    override fun notifyCheckpointComplete(checkpointId: Long) {
        if (seen > 0 && First.checkpoint.count > 0) {
            First.checkpoint.countDown()
            if (First.fails) {
                Gate.latch.countDown()
                error("a failure in mid-stream")
            }
        }
    }
}

class FilesSpec : StringSpec({
    // One slot each, so that both task managers have subtasks.
    val cluster = miniCluster(slots = 1)
    val count = 3000L
    val expected = lines(sampler(solver = euler()).all(0, count))

    beforeSpec { cluster.before() }
    afterSpec { cluster.after() }

    fun environment(parallelism: Int): StreamExecutionEnvironment = cluster.environment(parallelism) {
        set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
        set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 5)
        set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ZERO)
    }

    /** Starts a job whose second half waits at the gate. */
    fun start(directory: File): JobClient {
        Gate.latch = CountDownLatch(1)
        First.checkpoint = CountDownLatch(1)
        val environment = environment(2)
        environment.enableCheckpointing(50)
        val source = SampleSource.builder(
            GatedFactory(count / 2),
        ).count(count).samplesPerSplit(100).readAhead(64).build()
        environment.fromSource(source, WatermarkStrategy.noWatermarks(), "samples")
            .map(AtCheckpoint()).returns(SampleTypes.SAMPLE)
            .sinkTo(SampleFiles.sink(Path(directory.toURI()), "ndjson", 2, false, 1000))
        return environment.executeAsync()
    }

    "after a failure in mid-stream, exactly-once files have each index once, with the bytes of one process" {
        val directory = tempdir()
        First.fails = true
        start(directory).jobExecutionResult.get(60, TimeUnit.SECONDS)
        First.checkpoint.count shouldBe 0
        lines(directory).sortedBy(::index) shouldContainExactly expected
    }

    "after a task manager has ended in mid-stream, exactly-once files have each index once" {
        val directory = tempdir()
        First.fails = false
        val client = start(directory)
        First.checkpoint.await(60, TimeUnit.SECONDS) shouldBe true
        cluster.miniCluster.terminateTaskManager(0).get(60, TimeUnit.SECONDS)
        Gate.latch.countDown()
        cluster.miniCluster.startTaskManager()
        client.jobExecutionResult.get(60, TimeUnit.SECONDS)
        lines(directory).sortedBy(::index) shouldContainExactly expected
    }

    "files are in directories by index" {
        val directory = tempdir()
        Gate.latch = CountDownLatch(0)
        First.checkpoint = CountDownLatch(0)
        val environment = environment(2)
        environment.enableCheckpointing(60_000)
        val source = SampleSource.builder(GatedFactory(0)).count(count).build()
        environment.fromSource(source, WatermarkStrategy.noWatermarks(), "samples")
            .sinkTo(SampleFiles.sink(Path(directory.toURI()), "csv", 2, false, 1000))
        val client = environment.executeAsync()
        client.jobExecutionResult.get(60, TimeUnit.SECONDS)
        directory.list()!!.sorted() shouldContainExactly
            listOf("first-index=0", "first-index=1000", "first-index=2000")
        for (first in listOf(0L, 1000L, 2000L)) {
            val files = directory.resolve("first-index=$first").walk().filter { it.isFile }.toList()
            files.all { it.name.endsWith(".csv") } shouldBe true
            files.all { it.readLines()[0] == "index,status,calls,error,x0,x1" } shouldBe true
            files.flatMap {
                it.readLines().drop(1)
            }.map { it.substringBefore(",").toLong() }.sorted() shouldContainExactly
                (first until first + 1000).toList()
        }
    }

    "Parquet files have the samples of one process, with their certificates" {
        val directory = tempdir()
        Gate.latch = CountDownLatch(0)
        First.checkpoint = CountDownLatch(0)
        val environment = environment(2)
        // Several files for each subtask.
        environment.enableCheckpointing(100)
        environment.fromSource(
            SampleSource.builder(GatedFactory(0)).count(count).build(),
            WatermarkStrategy.noWatermarks(),
            "samples",
        ).sinkTo(SampleFiles.sink(Path(directory.toURI()), "parquet", 2, false, 1000))
        environment.executeAsync().jobExecutionResult.get(60, TimeUnit.SECONDS)
        val rows = ArrayList<OutputRow>()
        val columns = Columns.ofSamples(2, false, false)
        directory.walk().filter { it.isFile && it.extension == "parquet" && !it.name.startsWith(".") }.forEach { file ->
            Format.of("parquet", null).rows().read(file.toPath(), columns) { rows += it }
        }
        rows.sortBy { it.index() }
        val out = ByteArrayOutputStream()
        val writer = Format.NDJSON.writer().of(out, columns, count)
        // Parquet has each column in each row; NDJSON leaves out a reason that does not exist.
        rows.forEach { writer.write(OutputRow(it.index(), it.values(), it.fields() - "reason")) }
        out.toString(Charsets.UTF_8).trimEnd().lines() shouldContainExactly expected
    }
})
