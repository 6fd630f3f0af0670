package io.scoreflux.flink.job

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.throwables.shouldThrowAny
import io.kotest.core.spec.style.StringSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.scoreflux.Sample
import io.scoreflux.files.text.UserError
import io.scoreflux.flink.Gate
import io.scoreflux.flink.GatedFactory
import io.scoreflux.flink.environment
import io.scoreflux.flink.miniCluster
import org.apache.flink.api.common.JobID
import org.apache.flink.configuration.PipelineOptionsInternal
import org.apache.flink.configuration.RestartStrategyOptions
import org.apache.flink.configuration.StateRecoveryOptions
import org.apache.flink.core.execution.SavepointFormatType
import org.apache.flink.runtime.execution.SuppressRestartsException
import tools.jackson.databind.JsonNode
import tools.jackson.databind.ObjectMapper
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.PrintStream
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit

class JobSpec : StringSpec({
    val cluster = miniCluster()
    beforeSpec { cluster.before() }
    afterSpec { cluster.after() }

    fun run(vararg arguments: String): Pair<JsonNode, String> {
        val out = ByteArrayOutputStream()
        val err = ByteArrayOutputStream()
        SampleJob.run(cluster.environment(2), arrayOf(*arguments), PrintStream(out), PrintStream(err))
        return ObjectMapper().readTree(out.toByteArray()) to err.toString(Charsets.UTF_8)
    }

    fun direct(vararg arguments: String, from: Long, to: Long): List<Sample> {
        val factory = TargetFactory(*arguments, "--out", "unused")
        return factory.open().samples(from, to).collectList().block()!!.also { factory.close() }
    }

    "the files of the job are those of one process, and its report does not depend on the parallelism" {
        val reference = tempdir().resolve("reference.ndjson")
        reference.writeText(lines(direct("--target", "ring8", "--seed", "9", from = 0, to = 300)).joinToString("\n"))
        val arguments = arrayOf("--target", "ring8", "--first-index", "100", "--count", "700", "--seed", "3")
        val expected = direct(*arguments, from = 100, to = 800)
        val reports = listOf(1, 3).map { parallelism ->
            val directory = tempdir()
            val (report, table) = run(
                *arguments,
                "--out",
                directory.path,
                "--parallelism",
                "$parallelism",
                "--samples-per-split",
                "64",
                "--samples-per-directory",
                "500",
                "--checkpoint-interval",
                "200",
                "--reference",
                reference.path,
            )
            lines(directory).sortedBy(::index) shouldContainExactly lines(expected)
            ObjectMapper().readTree(directory.resolve("_report.json")) shouldBe report
            table shouldContain "energy distance"
            report
        }
        val report = reports[0]
        report["samples"].asLong() shouldBe 700
        report["calls"].asLong() shouldBe expected.sumOf { it.certificate().calls() }
        report["mean"][0].asDouble() shouldBe (expected.map { it.values()[0] }.average() plusOrMinus 1e-12)
        for (exact in listOf(
            "samples",
            "failed",
            "unconverged",
            "calls",
            "mostCalls",
            "largestError",
            "energyDistance",
        )) {
            reports[1][exact] shouldBe report[exact]
        }
        for (i in 0..1) {
            reports[1]["covariance"][i][i].asDouble() shouldBe (report["covariance"][i][i].asDouble() plusOrMinus 1e-12)
        }
    }

    "by default a job has no more subtasks than samples" {
        val directory = tempdir()
        run(
            "--target",
            "ring8",
            "--count",
            "1",
            "--out",
            directory.path,
            "--format",
            "csv",
        ).first["samples"].asLong() shouldBe
            1
        lines(directory).size shouldBe 2
        shouldThrow<UserError> { run("--target", "ring8", "--count", "1", "--out", directory.path) }.message shouldBe
            "--out $directory must not have the files of an earlier job, has _report.json; name another directory, or" +
            " remove this one"
        shouldThrow<UserError> { run("--target", "ring8", "--out", "nowhere://directory") }.message shouldContain
            "--out nowhere://directory: "
    }

    "a directory with files of a job that was cancelled is refused before the job starts" {
        for (file in listOf("part-0-0.ndjson", ".part-0-0.ndjson.inprogress.1")) {
            val directory = tempdir()
            directory.resolve("first-index=0").mkdir()
            directory.resolve("first-index=0/$file").createNewFile()
            shouldThrow<UserError> { run("--target", "ring8", "--out", directory.path) }.message shouldBe
                "--out $directory must not have files of a job that has not ended or was cancelled, has" +
                " first-index=0/$file; name another directory, or remove this one"
        }
        val other = tempdir()
        other.resolve("notes").createNewFile()
        other.resolve("first-index=0").mkdir()
        run("--target", "ring8", "--count", "9", "--out", other.path).first["samples"].asLong() shouldBe 9
    }

    "an application that is executed again accepts its own files if it continues from a checkpoint" {
        val directory = tempdir()
        val arguments = arrayOf(
            "--target",
            "ring8",
            "--count",
            "2000",
            "--out",
            directory.path,
            "--checkpoint-interval",
            "50",
        )
        // The second half waits until the job is stopped.
        Gate.latch = CountDownLatch(1)
        val factory = GatedFactory(1000)

        fun application(savepoint: String?): String {
            // As a job manager that runs the application again after a failure.
            val environment = cluster.environment(2) {
                set(PipelineOptionsInternal.PIPELINE_FIXED_JOB_ID, JobID.generate().toHexString())
                set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
                savepoint?.let { set(StateRecoveryOptions.SAVEPOINT_PATH, it) }
            }
            val err = ByteArrayOutputStream()
            SampleJob.run(environment, arguments, factory, PrintStream(ByteArrayOutputStream()), PrintStream(err))
            return err.toString(Charsets.UTF_8)
        }
        val first = CompletableFuture.supplyAsync { application(null) }
        while (lines(directory).isEmpty()) Thread.onSpinWait()
        val client = cluster.clusterClient
        val job = client.listJobs().get().single { !it.jobState.isGloballyTerminalState }.jobId
        val savepoint = client.stopWithSavepoint(
            job,
            false,
            tempdir().toURI().toString(),
            SavepointFormatType.CANONICAL,
        )
        savepoint.get(60, TimeUnit.SECONDS)
        Gate.latch.countDown()
        first.get(60, TimeUnit.SECONDS) shouldContain "the job was stopped before its files had all samples"
        directory.resolve("_report.json").exists() shouldBe false
        val rows = lines(directory)

        val refused = SampleJob.refused(shouldThrowAny { application(null) }).shouldNotBeNull()
        refused.message shouldContain
            "--out $directory must not have the files of an earlier job, has first-index=0/part-"
        lines(directory) shouldContainExactlyInAnyOrder rows

        // With the report of an attempt that failed after it had written it.
        directory.resolve("_report.json").writeText("")
        application(savepoint.get()) shouldContain "2000"
        ObjectMapper().readTree(directory.resolve("_report.json"))["samples"].asLong() shouldBe 2000
        lines(directory).map(::index).sorted() shouldContainExactly (0L until 2000L).toList()
    }

    "arguments are refused, each with one error" {
        fun refused(vararg arguments: String): String =
            shouldThrow<UserError> { SampleArguments.parse("--target", "ring8", "--out", "d", *arguments) }.message!!
        refused("--count", "0") shouldBe "--count must be at least 1, was 0"
        refused("--first-index", "-1") shouldBe "--first-index must be at least 0, was -1"
        refused("--read-ahead", "-1") shouldBe "--read-ahead must be at least 0, was -1"
        refused("--samples-per-split", "0") shouldBe "--samples-per-split must be at least 1, was 0"
        refused("--samples-per-directory", "0") shouldBe "--samples-per-directory must be at least 1, was 0"
        refused("--checkpoint-interval", "0") shouldBe "--checkpoint-interval must be at least 10, was 0"
        refused("--parallelism", "0") shouldBe "--parallelism must be at least 1, was 0"
        refused("--count", "100", "--samples-per-split", "50", "--parallelism", "3") shouldBe
            "--parallelism must be at most the number of splits, 2 of 50 samples each, was 3; lower it, or lower" +
            " --samples-per-split"
        refused("--coun", "3") shouldContain "unknown option '--coun' (did you mean '--count'?)"
        refused("--plot", "a.png") shouldContain "unknown option '--plot'"
        refused("--format", "npy") shouldContain "--format"
        refused("--count", "many") shouldBe
            "--count must be a whole number, was many; see SampleJob --help"
        refused("--tolerance", "0x1p3") shouldContain "--tolerance must be a number, was 0x1p3"
        shouldThrow<UserError> { SampleArguments.parse("--target", "ring8") }.message shouldContain "--out"
        shouldThrow<UserError> { SampleArguments.parse("--out", "d") }.message shouldContain "--target"
    }

    "files that the client cannot read are refused before the job starts" {
        val missing = File(tempdir(), "missing.json")
        shouldThrowAny { run("--target", missing.path, "--out", tempdir().path) }.message shouldContain
            "cannot read $missing"
        val rows = File(tempdir(), "missing.csv")
        shouldThrowAny { run("--target", "ring8", "--out", tempdir().path, "--reference", rows.path) }
            .message shouldContain "cannot read $rows"
    }

    "settings that the sampler refuses are refused before the job starts" {
        shouldThrow<UserError> {
            run("--target", "ring8", "--out", tempdir().path, "--solver", "slidin")
        }.message shouldContain
            "unknown solver 'slidin' (did you mean 'sliding'?)"
        shouldThrow<UserError> {
            run("--target", "ring8", "--out", tempdir().path, "--from-sigma", "1", "--to-sigma", "2")
        }.message shouldBe "--from-sigma must be greater than --to-sigma, was 1.0 <= 2.0"
    }

    "a target that a task manager cannot see fails the job without a restart, with one error" {
        val missing = File(tempdir(), "missing.json")
        val factory = TargetFactory("--target", missing.path, "--out", "d")
        val e = shouldThrow<SuppressRestartsException> { factory.open() }
        SampleJob.refused(e).shouldNotBeNull().message shouldContain
            "on a task manager: cannot read $missing: no such file or directory; every task manager must see the files"
    }

    "the help has the options of the samples and not the outputs of the command line" {
        val help = SampleArguments.help()
        for (option in listOf("--target", "--solver", "--out", "--read-ahead", "--reference")) help shouldContain option
        help shouldNotContain "--plot"
    }
})
