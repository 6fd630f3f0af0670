package io.scoreflux.cli.command

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldMatch
import io.kotest.matchers.types.shouldBeInstanceOf
import io.scoreflux.Sampler
import io.scoreflux.cli.After
import io.scoreflux.cli.Failing
import io.scoreflux.cli.atomicFile
import io.scoreflux.cli.file
import io.scoreflux.cli.option.OutputName
import io.scoreflux.cli.option.RunOptions
import io.scoreflux.cli.output.Console
import io.scoreflux.cli.run
import io.scoreflux.cli.runInto
import io.scoreflux.cli.temporary
import io.scoreflux.evaluation.metrics.EnergyDistance
import io.scoreflux.files.format.Format
import io.scoreflux.files.format.SampleFile
import io.scoreflux.files.targets.Target
import io.scoreflux.files.text.RunError
import io.scoreflux.model.GaussianMixture
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.PrintStream
import java.nio.file.Files
import java.util.Collections
import java.util.OptionalDouble
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

class OutputSpec :
    StringSpec({
        val args = arrayOf("sample", "--target", "ring8", "--count", "2000", "--quiet")

        "ends at once with one line when the pipe is closed" {
            for (format in listOf("ndjson", "csv", "npy")) {
                for (threads in listOf("1", "2")) {
                    val run = runInto(Failing(500, "Broken pipe"), *args, "--format", format, "--threads", threads)
                    run.code shouldBe 1
                    run.err shouldBe "scoreflux: cannot write to standard output: Broken pipe\n"
                }
            }
        }

        "stops computing when nothing can be written" {
            val calls = AtomicInteger()
            val ring = GaussianMixture.builder(1).component(1.0, doubleArrayOf(0.0), 1.0).build()
            val counting = After(ring) { _, _ -> calls.incrementAndGet() }
            val sampler = Sampler.builder(counting).noiseRange(10.0, 0.1).build()
            var after = 0
            runCatching {
                Pump.run(sampler.samples(0, Long.MAX_VALUE), 1) { sample ->
                    if (sample.index() == 3L) {
                        after = calls.get()
                        throw IOException("full")
                    }
                }
            }.exceptionOrNull()!!.message shouldBe "full"
            calls.get() shouldBe after
        }

        "with --threads, workers compute and the calling thread waits; when that fails, no file is left" {
            val dir = temporary()
            val threads = Collections.synchronizedSet(HashSet<String>())
            val all = CountDownLatch(3)
            val ring = GaussianMixture.builder(1).component(1.0, doubleArrayOf(0.0), 1.0).build()

            fun run(more: () -> Unit): Throwable? {
                val options = RunOptions()
                options.workerOptions.batch = 64
                options.workerOptions.threads = 3
                options.quiet = true
                options.output.out = OutputName(dir.resolve("a.ndjson"), false)
                val recording = After(ring) { rows, _ ->
                    // The first request is for one sample, which has one worker. Then each worker waits until all three have begun;
                    // otherwise one could compute everything alone.
                    if (rows.count() > 1 && threads.add(Thread.currentThread().name)) {
                        all.countDown()
                        all.await(30, TimeUnit.SECONDS)
                    }
                    more()
                }
                return runCatching {
                    Delivery(Console.of(ByteArrayOutputStream(), System.err), options)
                        .run(
                            Target(recording, OptionalDouble.empty(), 20.0, 0.1, null),
                            Delivery.Request(200) { it.samples(0, 200) },
                        )
                }.exceptionOrNull()
            }
            run {}.shouldBeNull()
            threads.size shouldBe 3
            threads.all { it.startsWith("worker-") } shouldBe true
            Files.readAllLines(dir.resolve("a.ndjson")).size shouldBe 200
            Files.delete(dir.resolve("a.ndjson"))
            run { throw OutOfMemoryError("for the test") }.shouldBeInstanceOf<OutOfMemoryError>()
            Files.list(dir).use { it.count() } shouldBe 0
        }

        "reports a full disk for evaluate and help, too" {
            val file = temporary().file("a.csv", "1\n2\n3\n")
            for (command in listOf(arrayOf("evaluate", "--samples", file, "--reference", file), arrayOf("--help"))) {
                val run = runInto(Failing(5, "No space left on device"), *command)
                run.code shouldBe 1
                run.err shouldBe "scoreflux: cannot write to standard output: No space left on device\n"
            }
        }

        "puts whole files under their names and leaves nothing beside them" {
            val dir = temporary()
            dir.file("a.csv", "old")
            val run =
                run(
                    "sample",
                    "--target",
                    "ring8",
                    "--count",
                    "3",
                    "--format",
                    "csv",
                    "--out",
                    "$dir/a.csv",
                    "--plot",
                    "$dir/b.png",
                    "--quiet",
                )
            run.code shouldBe 0
            Files.readAllLines(dir.resolve("a.csv")).size shouldBe 4
            Files.list(dir).use { files ->
                files.map { it.fileName.toString() }.toList()
            } shouldContainExactlyInAnyOrder
                listOf("a.csv", "b.png")
        }

        "leaves the old file when the new one is not finished" {
            val dir = temporary()
            val old = dir.resolve(dir.file("a.csv", "old").substringAfterLast('/'))
            atomicFile(old).use { it.out().write(1) }
            Files.readString(old) shouldBe "old"
            Files.list(dir).use { it.count() } shouldBe 1
        }

        "writes through a symbolic link and into a device" {
            val dir = temporary()
            dir.file("real.csv", "old")
            Files.createSymbolicLink(dir.resolve("link.csv"), dir.resolve("real.csv"))
            atomicFile(dir.resolve("link.csv")).use {
                it.out().write("new".toByteArray())
                it.commit()
            }
            Files.readString(dir.resolve("real.csv")) shouldBe "new"
            Files.isSymbolicLink(dir.resolve("link.csv")) shouldBe true
            if (Files.exists(java.nio.file.Path.of("/dev/null"))) {
                run("sample", "--target", "ring8", "--count", "1", "--quiet", "--out", "/dev/null").code shouldBe 0
                Files.exists(java.nio.file.Path.of("/dev/null")) shouldBe true
            }
        }

        "delivers the samples that did not fail, then says how many did" {
            val ring = GaussianMixture.builder(2).component(1.0, doubleArrayOf(0.0, 0.0), 1.0).build()
            val broken =
                After(ring) { rows, out ->
                    for (row in 0 until rows.count()) {
                        if (rows.values()[2 * row] > 0) out[2 * row] = Double.NaN
                    }
                }
            for (format in Format.ALL.filter { !it.hasMetadata() }) {
                val options = RunOptions()
                options.workerOptions.batch = 64
                options.workerOptions.threads = 1
                options.stages = 4
                options.output.format = format.toString()
                val out = ByteArrayOutputStream()
                val err = ByteArrayOutputStream()
                val request = Delivery.Request(20) { it.samples(0, 20) }
                val error =
                    runCatching {
                        Delivery(
                            Console.of(out, PrintStream(err)),
                            options,
                        ).run(Target(broken, OptionalDouble.empty(), 20.0, 0.1, null), request)
                    }.exceptionOrNull()
                (error is RunError) shouldBe true
                error!!.message!! shouldMatch "\\d+ of 20 samples failed, the first sample \\d+: .+"
                err.toString() shouldMatch "(?s)status.*converged.*failed.*"
                val file = Files.write(temporary().resolve("a.$format"), out.toByteArray())
                val rows = SampleFile.read(file)
                rows.failed() + rows.rows().size shouldBe 20
                (rows.failed() > 0 && rows.rows().size > 1) shouldBe true
                error.message!!.substringBefore(" ").toLong() shouldBe rows.failed()
                val lines = out.toString().lines()
                if (format == Format.NDJSON) {
                    lines.first { "failed" in it } shouldMatch
                        """\{"index":\d+,"status":"failed","calls":\d+,.*"reason":".+"}"""
                }
                if (format == Format.CSV) {
                    lines.first { "failed" in it } shouldMatch """\d+,failed,\d+,,,"""
                }
                EnergyDistance.between(rows.toArray(), rows.toArray()).value().isFinite() shouldBe true
            }
        }
    })
