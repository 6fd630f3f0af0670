package io.scoreflux.cli

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.files.format.Format
import io.scoreflux.files.targets.Target
import io.scoreflux.files.targets.TargetHash
import io.scoreflux.model.GaussianMixture
import tools.jackson.databind.json.JsonMapper
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption
import java.nio.file.attribute.FileTime
import java.time.Instant
import java.util.OptionalDouble
import java.util.concurrent.TimeUnit
import kotlin.io.path.deleteExisting
import kotlin.io.path.exists
import kotlin.io.path.fileSize
import kotlin.io.path.name
import kotlin.io.path.readBytes
import kotlin.io.path.readText
import kotlin.io.path.writeBytes
import kotlin.io.path.writeText

private val JSON = JsonMapper()

/** Parts of a run in a directory: sample --shard, verify and merge. */
class ShardSpec :
    FreeSpec({
        val dir = temporary()

        fun fresh() = Files.createTempDirectory(dir, "run").resolve("parts")

        val ring = arrayOf("--target", "ring8", "--seed", "5", "--tolerance", "1e-3")

        fun shard(
            out: Path,
            shard: String,
            vararg options: String,
        ) = run("sample", *ring, "--shard", shard, "--out", "$out", *options)

        fun done(run: Run) = withClue(run.err) { run.also { it.code shouldBe 0 } }

        fun names(out: Path) = Files.list(out).use { all -> all.map { it.name }.sorted().toList() }

        fun parts(out: Path) = names(out).filter { it.startsWith("part-") }

        fun verified(
            out: Path,
            vararg options: String,
        ) = JSON.readTree(done(run("verify", "$out", "--quiet", *options)).out)

        "the union of the shards is one run, byte for byte, in every format" {
            for (format in Format.ALL) {
                for (shards in listOf(1, 2, 3, 7)) {
                    val out = fresh()
                    val size = arrayOf("--count", "25", "--first-index", "3", "--quiet")
                    for (i in (0 until shards).shuffled(kotlin.random.Random(1))) {
                        done(shard(out, "$i/$shards", *size, "--part-size", "4", "--format", "$format"))
                    }
                    val whole = dir.resolve("whole.$format")
                    done(run("sample", *ring, *size, "--out", "$whole"))
                    val merged = dir.resolve("merged.$format")
                    done(run("merge", "$out", "--out", "$merged", "--quiet"))
                    withClue("$format, $shards shards") {
                        merged.readBytes().toList() shouldBe whole.readBytes().toList()
                        verified(out).let {
                            it["samples"].longValue() shouldBe 25
                            it["recomputed"].intValue() shouldBe 16
                            it["faults"].intValue() shouldBe 0
                        }
                        run("merge", "$out", "--quiet").bytes shouldBe whole.readBytes().toList()
                    }
                }
            }
        }

        "the parts are named by their range, and all shards write the same manifest" {
            val out = fresh()
            done(shard(out, "1/2", "--count", "9", "--part-size", "2"))
            val manifest = out.resolve("manifest.json").readBytes().toList()
            parts(out) shouldContainExactly listOf("part-5-7.ndjson", "part-7-9.ndjson")
            done(shard(out, "0/2", "--count", "9", "--part-size", "2"))
            out.resolve("manifest.json").readBytes().toList() shouldBe manifest
            parts(out) shouldContainAll listOf("part-0-2.ndjson", "part-2-4.ndjson", "part-4-5.ndjson")
            val other = fresh()
            done(shard(other, "0/2", "--count", "9", "--part-size", "2"))
            other.resolve("manifest.json").readBytes().toList() shouldBe manifest
            out.resolve("part-2-4.ndjson").readText().lines().filter { it.isNotEmpty() }.map {
                JSON.readTree(it)["index"].longValue()
            } shouldContainExactly listOf(2L, 3L)
        }

        "a second run keeps the parts that are complete and computes the others" {
            val out = fresh()
            val options = arrayOf("--count", "12", "--part-size", "2")
            done(shard(out, "0/1", *options))
            val whole = parts(out).associateWith { out.resolve(it).readBytes().toList() }
            // Missing, cut, changed, and without a summary.
            out.resolve("part-2-4.ndjson").deleteExisting()
            out.resolve("part-4-6.ndjson").let { it.writeBytes(it.readBytes().dropLast(5).toByteArray()) }
            out.resolve("part-6-8.ndjson").let { it.writeText(it.readText().replace("converged", "convergeD")) }
            out.resolve("summary-8-10.json").deleteExisting()
            val before = Files.getLastModifiedTime(out.resolve("part-0-2.ndjson"))
            val again = done(shard(out, "0/1", *options))
            again.err shouldContain "2 of 6 parts are complete"
            again.err shouldContain "wrote 4 parts"
            parts(out).associateWith { out.resolve(it).readBytes().toList() } shouldBe whole
            Files.getLastModifiedTime(out.resolve("part-0-2.ndjson")) shouldBe before
            done(shard(out, "0/1", *options)).err shouldContain "6 of 6 parts are complete"
        }

        "the plan of the first run holds for all, so only one has a pilot" {
            val out = fresh()
            val options = arrayOf("--target", "ring8", "--budget", "8", "--count", "6", "--out", "$out", "--shard")
            done(run("sample", *options, "0/2")).err shouldContain "pilot"
            done(run("sample", *options, "1/2")).err.contains("pilot") shouldBe false
            val merged = done(run("merge", "$out", "--quiet")).out
            merged shouldBe done(run("sample", *options.copyOf(6).requireNoNulls(), "--quiet")).out
        }

        "samples with statistics of rejection sampling, conditions and files" {
            val initial = dir.resolve("mixture.json")
            initial.writeText(
                """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[1,0],"std":0.2,"label":0},
                {"weight":1,"mean":[-1,0],"std":0.2,"label":1}]}""",
            )
            val observed = dir.resolve("observed.json")
            observed.writeText("""{"indices":[1],"values":[0.1],"noise":0.3}""")
            val target = arrayOf("--target", "$initial", "--count", "7")
            for (options in listOf(
                arrayOf("--solver", "fors", "--tolerance", "0.1"),
                arrayOf("--correct", "metropolis", "--moves", "2"),
                arrayOf("--label", "0,1", "--guidance", "2"),
                arrayOf("--observe", "$observed"),
            )) {
                for (format in Format.ALL) {
                    val out = fresh()
                    val shared = arrayOf(*target, *options, "--quiet")
                    for (i in 0..1) {
                        done(run("sample", *shared, "--shard", "$i/2", "--out", "$out", "--format", "$format"))
                    }
                    verified(out, "--samples", "3")["recomputed"].intValue() shouldBe 3
                    done(run("merge", "$out", "--quiet")).bytes shouldBe
                        done(run("sample", *shared, "--format", "$format")).bytes
                }
            }
            // The content of the files counts.
            val out = fresh()
            val shared = arrayOf("sample", *target, "--observe", "$observed", "--quiet", "--out", "$out", "--shard")
            done(run(*shared, "0/2"))
            observed.writeText("""{"indices":[1],"values":[0.2],"noise":0.3}""")
            refused(
                listOf("$out/manifest.json: the directory belongs to another run: its content of the files"),
                *shared,
                "1/2",
            )
            refused(listOf("the files of the options have another content", "$observed"), "verify", "$out")
            observed.writeText("""{"indices":[1],"values":[0.1],"noise":0.3}""")
            initial.writeText(initial.readText().replace("0.2", "0.3"))
            refused(listOf("its target must be mixture.json, of dimension 2", "with other content"), *shared, "1/2")
            refused(listOf("must have the SHA-256 hash", "name the target of that run with --target"), "verify", "$out")
        }

        "failed samples end every command with exit code 1, and are computed again" {
            for (format in Format.ALL) {
                val out = fresh()
                // Too large for the single precision of the network.
                val failing =
                    arrayOf("--target", "../digits/digits.json", "--from-sigma", "1e40", "--count", "2", "--quiet")
                val parts = arrayOf("sample", *failing, "--shard", "0/1", "--format", "$format", "--out", "$out")
                for (attempt in 1..2) {
                    run(*parts).let {
                        it.code shouldBe 1
                        it.err shouldContain "2 of 2 samples failed"
                    }
                }
                run("verify", "$out", "--quiet").let {
                    it.code shouldBe 1
                    it.err shouldContain "2 of 2 samples failed"
                    JSON.readTree(it.out)["failed"].intValue() shouldBe 2
                }
                val merged = run("merge", "$out", "--quiet")
                merged.code shouldBe 1
                merged.bytes shouldBe run("sample", *failing, "--format", "$format").bytes
            }
        }

        "null tensors and weights in a file of their own count as content of the target" {
            val one = TargetHash.ofRun(network(dir, "one.json", "[1,1]"), anyTarget()).sha256()
            TargetHash.ofRun(network(dir, "two.json", "[2,2]"), anyTarget()).sha256() shouldNotBe one
            TargetHash.ofRun(network(dir, "same.json", "[1,1]"), anyTarget()).sha256() shouldBe one
            Files.write(dir.resolve("network.onnx.data"), byteArrayOf(1))
            TargetHash.ofRun(network(dir, "same.json", "[1,1]"), anyTarget()).sha256() shouldNotBe one
        }

        "a target that has moved is named again" {
            val here = dir.resolve("here.json")
            here.writeText("""{"type":"gaussian-mixture","components":[{"weight":1,"mean":[1],"std":0.2}]}""")
            val out = fresh()
            done(run("sample", "--target", "$here", "--count", "4", "--shard", "0/1", "--out", "$out"))
            val there = Files.move(here, dir.resolve("there.json"))
            run("verify", "$out").code shouldBe 2
            verified(out, "--target", "$there")["samples"].intValue() shouldBe 4
        }

        "shards that are empty, and a run without samples" {
            val out = fresh()
            for (i in 0..3) done(shard(out, "$i/4", "--count", "2", "--quiet"))
            parts(out) shouldContainExactly listOf("part-0-1.ndjson", "part-1-2.ndjson")
            verified(out)["recomputed"].intValue() shouldBe 2
            val none = fresh()
            done(shard(none, "0/1", "--count", "0", "--quiet", "--format", "csv"))
            verified(none)["samples"].intValue() shouldBe 0
            done(run("merge", "$none", "--quiet")).out shouldBe "index,status,calls,error,x0,x1\n"
        }

        "indices up to the largest are divided without overflow" {
            val out = fresh()
            val first = Long.MAX_VALUE - 10
            for (i in 0..2) done(shard(out, "$i/3", "--first-index", "$first", "--count", "10", "--quiet"))
            parts(out) shouldContain "part-${Long.MAX_VALUE - 3}-${Long.MAX_VALUE}.ndjson"
            verified(out)["samples"].intValue() shouldBe 10
        }

        "verify finds" - {
            fun faulty(
                message: String,
                change: (Path) -> Unit,
            ) {
                val out = fresh()
                for (i in 0..1) done(shard(out, "$i/2", "--count", "8", "--part-size", "2", "--quiet"))
                change(out)
                val run = run("verify", "$out", "--quiet")
                withClue(run.err) {
                    run.code shouldBe 1
                    run.err shouldContain message
                    run.err shouldContain "is not complete and correct"
                    JSON.readTree(run.out)["faults"].intValue() shouldNotBe 0
                }
                val merge = run("merge", "$out", "--out", "${out.resolveSibling("merged.ndjson")}", "--quiet")
                if (!message.contains("computed again") && !message.contains("other counts")) {
                    merge.code shouldBe 1
                    out.resolveSibling("merged.ndjson").exists() shouldBe false
                }
            }
            "a part that is missing" {
                faulty("shard 1/2: ") { it.resolve("part-4-6.ndjson").deleteExisting() }
            }
            "a shard that did not run" {
                faulty("part-0-2.ndjson is missing") {
                    parts(it).filter { name -> name < "part-4" }.forEach { name -> it.resolve(name).deleteExisting() }
                }
            }
            "a part with other bytes" {
                faulty("must have the SHA-256 hash") {
                    it.resolve("part-4-6.ndjson").let { file -> file.writeText(file.readText().replace("3", "4")) }
                }
            }
            "a part that was cut" {
                faulty("bytes, has") {
                    it.resolve("part-4-6.ndjson").let { file -> file.writeText(file.readText().dropLast(1)) }
                }
            }
            "a part of another division" {
                faulty("part-1-3.ndjson is not a part of this run") {
                    Files.copy(it.resolve("part-0-2.ndjson"), it.resolve("part-1-3.ndjson"))
                }
            }
            "a part of a run with another seed" {
                faulty("part-4-6.ndjson belongs to another run") { out ->
                    val other = fresh()
                    for (i in 0..1) {
                        done(
                            run(
                                *arrayOf("sample", "--target", "ring8", "--seed", "6", "--tolerance", "1e-3"),
                                *arrayOf("--count", "8", "--part-size", "2", "--quiet"),
                                *arrayOf("--shard", "$i/2", "--out", "$other"),
                            ),
                        )
                    }
                    for (name in listOf("part-4-6.ndjson", "summary-4-6.json")) {
                        Files.copy(other.resolve(name), out.resolve(name), StandardCopyOption.REPLACE_EXISTING)
                    }
                }
            }
            "a summary that is not readable, which the next run replaces" {
                faulty("part-4-6.ndjson is missing, or its summary is missing or not readable") {
                    it.resolve("summary-4-6.json").writeText("")
                }
                val out = fresh()
                done(shard(out, "0/1", "--count", "2", "--quiet"))
                out.resolve("summary-0-2.json").writeText("{")
                done(shard(out, "0/1", "--count", "2", "--quiet"))
                verified(out)["samples"].intValue() shouldBe 2
            }
            "counts that are not those of the samples" {
                faulty("has other counts of samples by status, or of calls, than its summary") {
                    it.resolve("summary-4-6.json").let { file ->
                        file.writeText(file.readText().replace(Regex("\"calls\" : \\d+"), "\"calls\" : 1"))
                    }
                }
            }
            "numbers that the target does not give, even with a matching checksum" {
                faulty("computed again: ") { out ->
                    val file = out.resolve("part-4-6.ndjson")
                    val changed = file.readText().replace(Regex("\"values\":\\[[^,]*,"), "\"values\":[0.125,")
                    file.writeText(changed)
                    val hash = java.security.MessageDigest.getInstance("SHA-256").digest(changed.toByteArray())
                    val summary = out.resolve("summary-4-6.json")
                    summary.writeText(
                        summary.readText()
                            .replace(
                                Regex("\"sha256\" : \"\\w+\""),
                                "\"sha256\" : \"${hash.joinToString("") {
                                    "%02x".format(it)
                                }}\"",
                            )
                            .replace(Regex("\"bytes\" : \\d+"), "\"bytes\" : ${file.fileSize()}"),
                    )
                }
            }
        }

        "bad input is refused before any work, and nothing is written" - {
            "shards and sizes" {
                for (bad in listOf("2/2", "-1/2", "1", "a/b", "1/0", "0/-1", "0/2/3", "", "0/9999999999")) {
                    refused(
                        listOf("--shard must be I/N, such as 0/4 to 3/4"),
                        "sample",
                        *ring,
                        "--shard",
                        bad,
                        "--out",
                        "$dir/no",
                    )
                }
                for ((options, message) in listOf(
                    arrayOf("--shard", "0/2") to "--shard requires --out, the directory for the part files",
                    arrayOf("--shard", "0/2", "--out", "-") to "--shard requires --out",
                    arrayOf("--part-size", "5", "--out", "$dir/no") to "--part-size requires --shard",
                    arrayOf("--shard", "0/2", "--out", "$dir/no", "--part-size", "0") to
                        "--part-size must be at least 1, was 0",
                    arrayOf("--shard", "0/2", "--out", "$dir/no", "--part-size", "1", "--count", "10000000000") to
                        "--part-size must be at least 10000 for 10000000000 samples in 2 shards, was 1; a directory has at",
                    arrayOf("--shard", "0/2000000", "--out", "$dir/no", "--count", "10000000000") to
                        "--shard must have at most 1000000 shards, was of 2000000",
                    arrayOf("--shard", "0/2", "--out", "$dir/no", "--plot", "a.png") to
                        "--plot does not apply to --shard",
                    arrayOf("--shard", "0/2", "--out", "$dir/no", "--save-plan", "a.json") to
                        "--save-plan does not apply to --shard",
                    arrayOf("--shard", "0/2", "--out", "$dir/no.csv", "--format", "npy") to "--format npy contradicts",
                    arrayOf("--shard", "0/2", "--out", "$dir/no/deep") to "there is no directory $dir/no",
                )) {
                    refused(listOf(message), "sample", *ring, *options)
                }
                dir.resolve("no").exists() shouldBe false
            }
            "a directory that is not ours" {
                val file = Path.of(dir.file("file.txt", "x"))
                refused(
                    listOf("--out must be a directory with --shard"),
                    "sample",
                    *ring,
                    "--shard",
                    "0/2",
                    "--out",
                    "$file",
                )
                val full = Files.createDirectory(dir.resolve("full"))
                full.file("notes.txt", "x")
                refused(
                    listOf("but $full has the file notes.txt; name another directory"),
                    *arrayOf("sample", *ring, "--shard", "0/2", "--out", "$full"),
                )
                names(full) shouldContainExactly listOf("notes.txt")
                for (command in listOf("verify", "merge")) {
                    refused(listOf("$full: there is no manifest.json"), command, "$full")
                    refused(listOf("$dir/none is not a directory"), command, "$dir/none")
                }
            }
            "a directory of another run" {
                val out = fresh()
                done(shard(out, "0/2", "--count", "8", "--quiet"))
                val before = names(out)
                for ((options, message) in listOf(
                    arrayOf("--count", "9", "--shard", "1/2") to "its count must be 8, was 9",
                    arrayOf("--count", "8", "--shard", "1/3") to "its number of shards must be 2, was 3",
                    arrayOf("--count", "8", "--shard", "1/2", "--part-size", "7") to
                        "its part size must be 10000, was 7",
                    arrayOf("--count", "8", "--shard", "1/2", "--first-index", "1") to
                        "its first index must be 0, was 1",
                    arrayOf(
                        "--count",
                        "8",
                        "--shard",
                        "1/2",
                        "--format",
                        "csv",
                    ) to "its format must be ndjson, was csv",
                    arrayOf("--count", "8", "--shard", "1/2", "--stages", "2") to
                        "its options have none, those of this run --stages=2 in their place",
                )) {
                    refused(
                        listOf("$out/manifest.json: the directory belongs to another run: $message"),
                        *arrayOf("sample", *ring, *options, "--out", "$out"),
                    )
                }
                refused(
                    listOf("its options have --seed=5 --tolerance=0.001, those of this run --seed=0 in their place"),
                    *arrayOf("sample", "--target", "ring8", "--count", "8", "--shard", "1/2", "--out", "$out"),
                )
                refused(
                    listOf("its target must be ring8, of dimension 2, was bimodal, of dimension 1"),
                    *arrayOf("sample", "--target", "bimodal", "--count", "8", "--shard", "1/2", "--out", "$out"),
                )
                names(out) shouldBe before
                val manifest = out.resolve("manifest.json")
                val text = manifest.readText()
                for ((from, to, message) in listOf(
                    Triple("\"version\" : \"", "\"version\" : \"9.", "version"),
                    Triple("\"shards\" : 2", "\"shards\" : 0", "shards must be at least 1, was 0"),
                    Triple("\"partSize\" : 10000", "\"partSize\" : 0", "partSize must be at least 1, was 0"),
                    Triple("\"count\" : 8", "\"count\" : -8", "count must be at least 0, was -8"),
                    Triple("\"portable\"", "\"fast\"", "the kernel must be portable, that of this program, was fast"),
                    Triple(
                        "\"count\" : 8",
                        "\"count\" : \"many\"",
                        "the field 'count' is missing, unknown or of the wrong",
                    ),
                    Triple("\"count\"", "\"coun\"", "is not a manifest of 'sample --shard'"),
                    Triple("\"shards\" : ", "\"shards\" ", "not valid JSON"),
                )) {
                    manifest.writeText(text.replaceFirst(from, to))
                    refused(
                        listOf(message, "manifest.json"),
                        "sample",
                        *ring,
                        "--count",
                        "8",
                        "--shard",
                        "1/2",
                        "--out",
                        "$out",
                    )
                }
            }
            "merging" {
                val out = fresh()
                done(shard(out, "0/1", "--count", "2", "--quiet"))
                refused(
                    listOf("--out $dir/a.csv contradicts the format ndjson of the parts"),
                    *arrayOf("merge", "$out", "--out", "$dir/a.csv"),
                )
                refused(
                    listOf("--out must name a file outside of the directory of the parts"),
                    *arrayOf("merge", "$out", "--out", "$out/part-0-2.ndjson"),
                )
                refused(
                    listOf("--out must name a file outside of the directory of the parts"),
                    *arrayOf("merge", "$out", "--out", "$out/summary-0-2.json"),
                )
                val mixture = dir.file(
                    "kept.json",
                    """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[1],"std":0.2}]}""",
                )
                val kept = fresh()
                done(run("sample", "--target", mixture, "--count", "2", "--quiet", "--shard", "0/1", "--out", "$kept"))
                refused(
                    listOf("--out $mixture would overwrite what --target reads"),
                    "merge",
                    "$kept",
                    "--out",
                    mixture,
                )
                run("merge").code shouldBe 2
                run("verify", "$out", "--samples", "-1").code shouldBe 2
                run("verify", "$out", "--tolerance", "2").code shouldBe 2
            }
        }

        "the unfinished files of killed processes are removed, those of others are not" {
            val out = fresh()
            done(shard(out, "0/1", "--count", "2", "--quiet"))
            val old = FileTime.from(Instant.now().minusSeconds(7200))
            val dead = Path.of(out.file(".part-0-2.ndjson.1.part", "x")).also { Files.setLastModifiedTime(it, old) }
            val young = Path.of(out.file(".part-0-2.ndjson.2.part", "x"))
            atomicFile(out.resolve("part-4-6.ndjson")).use {
                val alive = names(out).single { name -> name.startsWith(".part-4-6") }
                Files.setLastModifiedTime(out.resolve(alive), old)
                done(shard(out, "0/1", "--count", "2", "--quiet"))
                dead.exists() shouldBe false
                young.exists() shouldBe true
                names(out) shouldContain alive
            }
        }

        "a full disk ends the run with one error, and no part has its final name" {
            // The limit is on the size of each file, and the parts have different sizes.
            val out = fresh()
            val script = "ulimit -f 8; exec " + java(
                *arrayOf("sample", *ring, "--count", "2000", "--part-size", "1000", "--shard", "0/1", "--out", "$out"),
            ).joinToString(" ") { "'$it'" }
            val process = ProcessBuilder("bash", "-c", script).redirectErrorStream(true).start()
            val text = process.inputStream.readAllBytes().decodeToString()
            withClue(text) {
                process.waitFor() shouldBe 1
                text shouldContain "cannot write to $out: "
            }
            names(out) shouldContainExactly listOf("manifest.json")
        }

        "shards that are killed at random and started again give each sample once" {
            val out = fresh()
            val random = kotlin.random.Random(3)
            val options = arrayOf(
                *arrayOf("sample", *ring, "--count", "24000", "--part-size", "800", "--out", "$out", "--quiet"),
                "--shard",
            )
            var kills = 0
            var next = 2
            while (kills < 4) {
                val complete = if (out.exists()) parts(out).size else 0
                withClue("the processes were done before they could be killed") { complete shouldBeLessThan 30 }
                val processes = (0..1).map { ProcessBuilder(java(*options, "$it/2")).inheritIO().start() }
                // Progress in files, not time, decides when the processes are killed.
                while (parts(out.takeIf { it.exists() } ?: dir).size < next && processes.any { it.isAlive }) {
                    processes[0].waitFor(5, TimeUnit.MILLISECONDS)
                }
                processes.forEach {
                    if (it.isAlive) kills++
                    it.destroyForcibly().waitFor()
                }
                next = parts(out).size + 1 + random.nextInt(3)
            }
            // Two processes on the same shard do no harm.
            val last = listOf("0/2", "1/2", "1/2").map { ProcessBuilder(java(*options, it)).inheritIO().start() }
            last.forEach { it.waitFor() shouldBe 0 }
            verified(out)["samples"].longValue() shouldBe 24000
            val whole = dir.resolve("all.ndjson")
            done(run("sample", *ring, "--count", "24000", "--out", "$whole", "--quiet"))
            val merged = dir.resolve("kills.ndjson")
            done(run("merge", "$out", "--out", "$merged", "--quiet"))
            Files.mismatch(merged, whole) shouldBe -1
        }
    })

/** A target file of a network that need not exist. */
private fun network(
    dir: Path,
    name: String,
    values: String,
): String {
    dir.file("network.onnx", "not opened here")
    return dir.file(
        name,
        """{"type":"onnx","file":"network.onnx","conditions":{"context":{"shape":[2],"null":$values}}}""",
    )
}

private fun anyTarget() =
    Target(
        GaussianMixture.builder(1).component(1.0, doubleArrayOf(0.0), 1.0).build(),
        OptionalDouble.empty(),
        20.0,
        0.1,
        null,
    )

/** The command that runs the program in a process of its own. */
private fun java(vararg args: String): List<String> =
    listOf(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx256m",
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        "io.scoreflux.cli.Main",
        *args,
    )
