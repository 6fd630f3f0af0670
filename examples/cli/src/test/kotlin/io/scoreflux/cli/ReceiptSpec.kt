package io.scoreflux.cli

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.scoreflux.files.format.Format
import tools.jackson.databind.JsonNode
import tools.jackson.databind.json.JsonMapper
import tools.jackson.databind.node.ObjectNode
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path
import java.security.MessageDigest
import java.util.HexFormat
import kotlin.io.path.deleteExisting
import kotlin.io.path.exists
import kotlin.io.path.moveTo
import kotlin.io.path.readLines
import kotlin.io.path.writeLines
import kotlin.io.path.writeText

private val JSON = JsonMapper()

/** Receipts: sample --receipts and verify --receipts. */
class ReceiptSpec :
    FreeSpec({
        val dir = temporary()

        fun fresh(): Path = Files.createTempDirectory(dir, "run")

        fun done(run: Run) = withClue(run.err) { run.also { it.code shouldBe 0 } }

        val ring = arrayOf("--target", "ring8", "--seed", "5", "--tolerance", "1e-3", "--quiet")

        /** Draws samples with receipts into a new directory. */
        fun drawn(
            vararg options: String,
            out: String = "samples.ndjson",
        ): Path {
            val place = fresh()
            val receipts = place.resolve("receipts.ndjson")
            done(run("sample", *ring, *options, "--out", "$place/$out", "--receipts", "$receipts"))
            return receipts
        }

        fun verified(
            receipts: Path,
            vararg options: String,
        ) = JSON.readTree(done(run("verify", "--receipts", "$receipts", "--quiet", *options)).out)

        /** Replaces the receipt of one sample, as an altered file or another machine would. */
        fun alter(
            receipts: Path,
            index: Int,
            change: (ObjectNode) -> Unit,
        ) {
            val lines = receipts.readLines().toMutableList()
            val receipt = JSON.readTree(lines[index + 1]) as ObjectNode
            change(receipt)
            lines[index + 1] = JSON.writeValueAsString(receipt)
            receipts.writeLines(lines)
        }

        fun values(node: JsonNode) = node["values"].values().map { it.doubleValue() }

        fun hash(values: List<Double>): String {
            val bytes = ByteBuffer.allocate(8 * values.size)
            values.forEach { bytes.putDouble(it) }
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()))
        }

        /** Moves the first number of a stored sample, and changes its receipt accordingly. */
        fun perturb(
            receipts: Path,
            index: Int,
            by: Double,
        ) {
            val samples = receipts.resolveSibling("samples.ndjson")
            val lines = samples.readLines().toMutableList()
            val sample = JSON.readTree(lines[index]) as ObjectNode
            val moved = values(sample).toMutableList()
            moved[0] += by * moved.maxOf { kotlin.math.abs(it) }
            sample.putArray("values").also { array -> moved.forEach { array.add(it) } }
            lines[index] = JSON.writeValueAsString(sample)
            samples.writeLines(lines)
            alter(receipts, index) { it.put("sha256", hash(moved)) }
        }

        "a receipt has the run, and the hash of the values of each sample" {
            val receipts = drawn("--count", "5", "--first-index", "7")
            val lines = receipts.readLines().map { JSON.readTree(it) }
            val run = lines[0]
            run["target"]["name"].stringValue() shouldBe "ring8"
            run["arguments"].values().map { it.stringValue() } shouldContainExactly
                listOf("--seed=5", "--solver=sliding", "--target=ring8", "--tolerance=0.001")
            run["tolerance"].doubleValue() shouldBe 1e-3
            run["kernels"].stringValue() shouldBe "portable"
            run["samples"]["file"].stringValue() shouldBe "samples.ndjson"
            val samples = receipts.resolveSibling("samples.ndjson").readLines().map { JSON.readTree(it) }
            lines.drop(1).map { it["index"].longValue() } shouldBe (7L until 12L).toList()
            lines.drop(1).map { it["calls"] } shouldBe samples.map { it["calls"] }
            lines.drop(1).map { it["status"] } shouldBe samples.map { it["status"] }
            lines.drop(1).map { it["sha256"].stringValue() } shouldBe samples.map { hash(values(it)) }
        }

        "samples that are computed again have the hashes of their receipts, in all formats and batches" {
            for (format in Format.ALL) {
                val options = arrayOf("--count", "20", "--first-index", "3", "--format", "$format")
                val receipts = drawn(*options, out = "samples.$format")
                val result = verified(receipts, "--batch", "3", "--threads", "2")
                withClue("$format") {
                    result["receipts"].longValue() shouldBe 20
                    result["recomputed"].longValue() shouldBe 16
                    result["identical"].longValue() shouldBe 16
                    result["digits"].isNull shouldBe true
                    result["faults"].longValue() shouldBe 0
                }
            }
        }

        "a seed selects the samples, and --index names them" {
            val receipts = drawn("--count", "9")
            alter(receipts, 4) { it.put("calls", 1) }
            verified(receipts, "--index", "0", "--index", "8")["recomputed"].longValue() shouldBe 2
            val all = run("verify", "--receipts", "$receipts", "--quiet", "--samples", "100")
            all.code shouldBe 1
            JSON.readTree(all.out)["recomputed"].longValue() shouldBe 9
            all.err shouldContain
                "sample 4, computed again: status and calls must be converged and 1, were converged and"
            run("verify", "--receipts", "$receipts", "--quiet", "--samples", "3", "--seed", "8").out shouldBe
                run("verify", "--receipts", "$receipts", "--quiet", "--samples", "3", "--seed", "8").out
        }

        "the digits that agree are counted, and a tolerance permits a difference" {
            val receipts = drawn("--count", "4")
            perturb(receipts, 1, 3e-9)
            perturb(receipts, 2, 2e-12)
            val differs = run("verify", "--receipts", "$receipts", "--quiet")
            differs.code shouldBe 1
            JSON.readTree(differs.out).let {
                it["identical"].longValue() shouldBe 2
                it["digits"].intValue() shouldBe 8
                it["faults"].longValue() shouldBe 2
            }
            differs.err shouldContain "sample 1, computed again: 8 digits agree"
            differs.err shouldContain "sample 2, computed again: 11 digits agree"
            val permitted = verified(receipts, "--tolerance", "1e-8")
            permitted["identical"].longValue() shouldBe 2
            permitted["digits"].intValue() shouldBe 8
        }

        "without the file of the samples, only hashes are compared" {
            val receipts = drawn("--count", "3")
            perturb(receipts, 1, 1e-9)
            val samples = receipts.resolveSibling("samples.ndjson")
            val moved = fresh().resolve("moved.ndjson")
            samples.moveTo(moved)
            val blind = run("verify", "--receipts", "$receipts")
            blind.code shouldBe 1
            blind.err shouldContain "so only their hashes are compared; name it with --values"
            blind.err shouldContain "sample 1, computed again: the values differ; name the file of the samples"
            run("verify", "--receipts", "$receipts", "--values", "$moved").err shouldContain
                "sample 1, computed again: 9 digits agree"
            moved.deleteExisting()
            refused(listOf("moved.ndjson"), "verify", "--receipts", "$receipts", "--values", "$moved")
        }

        "another default tolerance does not change the samples, and another status is a fault" {
            val receipts = fresh().resolve("r.ndjson")
            done(run("sample", "--target", "ring8", "--count", "3", "--receipts", "$receipts", "--quiet"))
            verified(receipts)["identical"].longValue() shouldBe 3
            alter(receipts, -1) { it.put("tolerance", 1e-2) }
            val coarse = run("verify", "--receipts", "$receipts", "--quiet")
            JSON.readTree(coarse.out)["identical"].longValue() shouldBe 0
            val other = drawn("--count", "2")
            perturb(other, 1, 1e-12)
            alter(other, 1) { it.put("status", "unconverged") }
            run("verify", "--receipts", "$other", "--quiet", "--tolerance", "1e-9").err shouldContain
                "sample 1, computed again: status and calls must be unconverged"
        }

        "samples that were changed after the run are found" {
            val receipts = drawn("--count", "3")
            val samples = receipts.resolveSibling("samples.ndjson")
            val lines = samples.readLines()
            samples.writeLines(listOf(lines[0], lines[1].replaceFirst("0.", "0.1"), lines[2]))
            lines[1] shouldNotBe samples.readLines()[1]
            val run = run("verify", "--receipts", "$receipts", "--quiet")
            run.code shouldBe 1
            run.err shouldContain "sample 1: $samples does not have the values of the receipt"
        }

        "receipts on another version say so" {
            val receipts = drawn("--count", "1")
            alter(receipts, -1) { it.put("version", "0.0.1") }
            val run = done(run("verify", "--receipts", "$receipts"))
            run.err shouldContain "the receipts are of version 0.0.1 with the kernels portable, this is version"
            done(run("verify", "--receipts", "$receipts", "--quiet")).err shouldNotContain "0.0.1"
        }

        "a target with another content is refused, and one that has moved can be named" {
            val place = fresh()
            val target = place.file(
                "line.json",
                """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[0],"std":1}]}""",
            )
            val receipts = place.resolve("r.ndjson")
            done(run("sample", "--target", target, "--count", "2", "--receipts", "$receipts", "--quiet"))
            val moved = place.resolve("moved.json")
            Path.of(target).moveTo(moved)
            refused(listOf("line.json", "if it has moved, name it with --target"), "verify", "--receipts", "$receipts")
            verified(receipts, "--target", "$moved")["identical"].longValue() shouldBe 2
            moved.writeText("""{"type":"gaussian-mixture","components":[{"weight":1,"mean":[0],"std":2}]}""")
            refused(listOf("has another content"), "verify", "--receipts", "$receipts", "--target", "$moved")
        }

        "a run without samples has receipts without samples" {
            val receipts = drawn("--count", "0")
            verified(receipts).let {
                it["receipts"].longValue() shouldBe 0
                it["recomputed"].longValue() shouldBe 0
            }
        }

        "receipts do not change the samples, and appear when they are complete" {
            val receipts = drawn("--count", "6")
            val alone = done(run("sample", *ring, "--count", "6"))
            receipts.resolveSibling("samples.ndjson").readLines() shouldBe alone.lines
            val place = fresh().resolve("r.ndjson")
            val out = Failing(300, "No space left on device")
            runInto(out, "sample", *ring, "--count", "6", "--receipts", "$place").code shouldBe 1
            place.exists() shouldBe false
        }

        "bad input is refused in one line" {
            val receipts = drawn("--count", "2")
            val text = dir.file("text.ndjson", "no receipts\n")
            val empty = dir.file("empty.ndjson", "")
            val other = dir.file("other.ndjson", "{\"a\":1}\n")
            val cut = receipts.resolveSibling("cut.ndjson")
            cut.writeLines(receipts.readLines().dropLast(1))
            run("verify", "--receipts", "$cut", "--quiet").let {
                it.code shouldBe 1
                it.err shouldContain "must have 2 receipts from the index 0 on, has 1 from the index 0 on"
            }
            val twice = receipts.resolveSibling("twice.ndjson")
            twice.writeLines(receipts.readLines().let { it + it[1] })
            refused(listOf("give either the directory of the parts or --receipts, neither"), "verify")
            refused(listOf("both are given"), "verify", "$dir", "--receipts", "$receipts")
            refused(listOf("--values requires --receipts"), "verify", "$dir", "--values", "x.ndjson")
            refused(listOf("--index requires --receipts"), "verify", "$dir", "--index", "1")
            refused(
                listOf("--samples does not apply to --index"),
                *arrayOf("verify", "--receipts", "$receipts", "--index", "1", "--samples", "1"),
            )
            refused(
                listOf("--seed does not apply to --index"),
                *arrayOf("verify", "--receipts", "$receipts", "--index", "1", "--seed", "1"),
            )
            refused(listOf("no receipt with the index 9"), "verify", "--receipts", "$receipts", "--index", "9")
            refused(listOf("--index must be at least 0, was -1"), "verify", "--receipts", "$receipts", "--index=-1")
            refused(listOf("text.ndjson, line 1: not valid JSON"), "verify", "--receipts", text)
            refused(listOf("it is empty", "'sample --receipts' has written"), "verify", "--receipts", empty)
            refused(listOf("other.ndjson, line 1: the run is not complete"), "verify", "--receipts", other)
            refused(listOf("twice.ndjson, line 4", "must be at least 2"), "verify", "--receipts", "$twice")
            refused(listOf("missing.ndjson"), "verify", "--receipts", "$dir/missing.ndjson")
            refused(
                listOf("--receipts does not apply to --shard"),
                *arrayOf("sample", *ring, "--shard", "0/2", "--out", "$dir/parts", "--receipts", "$dir/r.ndjson"),
            )
            val states = dir.file("states.csv", "0.1,0.2\n")
            refused(
                listOf("--receipts does not apply to --renoise"),
                *arrayOf("sample", *ring, "--renoise", states, "--from-sigma", "1", "--receipts", "$dir/r.ndjson"),
            )
            val seen = dir.file("seen.json", """{"indices":[1],"values":[0.4],"noise":0.3}""")
            refused(
                listOf("--receipts does not apply to --exact"),
                *arrayOf("sample", "--target", "ring8", "--observe", seen, "--exact", "--receipts", "$dir/r.ndjson"),
            )
            refused(
                listOf("--out and --receipts name the same file"),
                *arrayOf("sample", *ring, "--out", "$dir/same.ndjson", "--receipts", "$dir/same.ndjson"),
            )
            refused(
                listOf("both go to standard output"),
                *arrayOf("sample", *ring, "--receipts", "/dev/stdout"),
            )
        }
    })
