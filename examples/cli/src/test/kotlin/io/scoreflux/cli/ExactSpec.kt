package io.scoreflux.cli

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.kotest.matchers.string.shouldStartWith
import io.scoreflux.files.format.SampleFile
import tools.jackson.databind.JsonNode
import tools.jackson.databind.json.JsonMapper
import java.nio.file.Files
import java.nio.file.Path
import javax.imageio.ImageIO
import kotlin.math.exp
import kotlin.math.sqrt

private val JSON = JsonMapper()

/** `sample --exact`: the exact posterior of an observation. */
class ExactSpec : FreeSpec({
    val dir = temporary()
    val modes = dir.file(
        "modes.json",
        """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[-1,-1],"std":0.3},
            {"weight":1,"mean":[1,1],"std":0.3}]}""",
    )
    val observed = dir.file("observed.json", """{"indices":[1],"values":[0.4],"noise":0.3}""")
    val sample = arrayOf("sample", "--target", modes, "--observe", observed, "--exact")
    val tiny = arrayOf(*sample, "--particles", "16", "--quiet")
    val small = arrayOf(*tiny, "--islands", "4")

    fun particles(run: Run): List<JsonNode> = run.lines.map { JSON.readTree(it) }

    fun JsonNode.x(i: Int) = get("values").get(i).doubleValue()

    // N(0.4; -1 or 1, 0.09 + 0.09): the exact mean of the first number is 0.9768.
    val ratio = exp(-0.5 * (1.4 * 1.4 - 0.6 * 0.6) / 0.18)
    val exactMean = (1 - ratio) / (1 + ratio)

    "the documented case: the mean is within its interval, and the particles give the table" {
        exactMean shouldBe (0.9768 plusOrMinus 1e-4)
        val run = run(*sample)
        withClue(run.err) {
            run.code shouldBe 0
            run.err shouldNotContain "warning"
        }
        val rows = particles(run)
        rows.map { it.get("index").longValue() } shouldContainExactly (0L until 8 * 256).toList()
        rows.map { it.get("island").intValue() } shouldContainExactly List(8 * 256) { it / 256 }
        rows.all { it.get("status").stringValue() == "unestimated" && it.get("error").isNull } shouldBe true
        val islands = rows.groupBy { it.get("island").intValue() }.values
        for (island in islands) {
            island.sumOf { it.get("weight").doubleValue() } shouldBe (1.0 plusOrMinus 1e-12)
            island.map { it.get("logEvidence").doubleValue() }.distinct().size shouldBe 1
        }
        val pool = islands.map { exp(it[0].get("logEvidence").doubleValue()) }
        val means = islands.map { island -> island.sumOf { it.get("weight").doubleValue() * it.x(0) } }
        val mean = pool.zip(means) { z, own -> z * own }.sum() / pool.sum()
        val line = run.err.lines().first { it.startsWith("x0 ") }.split(Regex(" +"))
        // Four digits.
        line[1].toDouble() shouldBe (mean plusOrMinus 5.1e-5)
        // The interval misses the exact value with a probability of 0.05. The seed is fixed.
        exactMean.shouldBeBetween(line[2].toDouble(), line[4].toDouble(), 0.0)
        (line[4].toDouble() - line[2].toDouble()) shouldBeLessThan 0.1
        line[5].toDouble() shouldBe (sqrt(0.09 + 1 - exactMean * exactMean) plusOrMinus 0.03)
        // The effective number of particles cannot exceed 2,048 by more than the error of a variance from 8 islands.
        line[6].toDouble().shouldBeBetween(200.0, 6000.0, 0.0)
        line[7].toDouble() shouldBeLessThan 1.05
        run.err shouldContain "8 islands of 256 particles, effective islands"
        val calls = rows.sumOf { it.get("calls").longValue() }
        run.err shouldContain "\n$calls calls, "
        val pilot = Regex("pilot: (\\d+) calls").find(run.err)!!.groupValues[1]
        run.err shouldContain "and $pilot in the pilot"
    }

    "the approximation without --exact stays" {
        val values = particles(
            run("sample", "--target", modes, "--observe", observed, "--count", "400", "--quiet", "--tolerance", "1e-3"),
        ).map { it.x(0) }
        // 0.454 in docs/conditions.md, with a standard deviation of 0.66; four standard errors.
        values.average() shouldBe (0.454 plusOrMinus 4 * 0.66 / sqrt(400.0))
    }

    "the same bytes for any --batch, --threads and --first-index; other seeds give others" {
        val all = run(*tiny, "--islands", "6")
        all.code shouldBe 0
        all.lines.size shouldBe 6 * 16
        run(*small, "--batch", "5").lines shouldBe all.lines.take(64)
        run(*small, "--threads", "2").lines shouldBe all.lines.take(64)
        run(*small, "--first-index", "2").lines shouldBe all.lines.drop(32)
        (run(*small, "--seed", "1").lines == all.lines.take(64)) shouldBe false
    }

    "all formats with weights" {
        val json = particles(run(*small))
        val values = json.map { row -> listOf(row.x(0), row.x(1)) }
        for (format in listOf("ndjson", "csv", "parquet", "arrow")) {
            val file = dir.resolve("out.$format")
            val run = run(*small, "--out", "$file")
            withClue(run.err) { run.code shouldBe 0 }
            SampleFile.states(file).toArray().map { it.toList() } shouldBe values
            val plain = dir.file("plain.csv", values.reversed().joinToString("\n") { it.joinToString(",") })
            val evaluation = arrayOf("evaluate", "--samples", "$file", "--reference", plain)
            val warning = "warning: $file has the weights of particles, which evaluate does not use"
            run(*evaluation).err shouldContain warning
            run("evaluate", "--samples", plain, "--reference", "$file").err shouldContain warning
            run("evaluate", "--samples", "$file", "--reference", "$file").err.split(warning).size shouldBe 2
            run(*evaluation, "--quiet").err shouldBe ""
        }
        val lines = Files.readAllLines(dir.resolve("out.csv"))
        lines[0] shouldBe "index,status,calls,error,x0,x1,island,weight,logEvidence"
        val cells = lines[18].split(",")
        cells.take(4) shouldBe listOf("17", "unestimated", "${json[17].get("calls")}", "")
        cells.drop(6).map { it.toDouble() } shouldBe
            listOf("island", "weight", "logEvidence").map { json[17].get(it).doubleValue() }
    }

    "--quiet prints nothing, and without it the warnings of the summary appear in its words" {
        run(*small).err shouldBe ""
        val run = run(*sample, "--particles", "16", "--islands", "4")
        run.code shouldBe 0
        run.err shouldContain "warning: the "
        run.err shouldContain "double --particles"
    }

    "a label, and a guidance of 1" {
        val labelled = dir.file(
            "labelled.json",
            """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[-1,-1],"std":0.3,"label":0},
                {"weight":1,"mean":[1,1],"std":0.3,"label":1}]}""",
        )
        val run = run(
            *arrayOf("sample", "--target", labelled, "--observe", observed, "--exact", "--label", "0"),
            *arrayOf("--guidance", "1", "--islands", "4", "--particles", "64", "--quiet"),
        )
        withClue(run.err) { run.code shouldBe 0 }
        // All of the weight is at -1; four standard errors of 256 particles.
        particles(run).map { it.x(0) }.average() shouldBe (-1.0 plusOrMinus 4 * 0.3 / sqrt(256.0))
    }

    "plots: the observation with samples before and after" - {
        fun plot(name: String, vararg args: String): Pair<Int, Int> {
            val file = dir.resolve("$name.png")
            val run = run(*args, "--exact", "--islands", "4", "--particles", "16", "--quiet", "--plot", "$file")
            withClue(run.err) { run.code shouldBe 0 }
            val image = ImageIO.read(file.toFile())
            return image.width to image.height
        }
        "in two dimensions" {
            plot("plane", "sample", "--target", modes, "--observe", observed) shouldBe (1600 to 1280)
        }
        "in one dimension" {
            val line = dir.file("line.json", """{"indices":[0],"values":[0.4],"noise":0.3}""")
            plot("line", "sample", "--target", "bimodal", "--observe", line) shouldBe (1600 to 1280)
        }
        "of images: rows of ten images, one observation, ten images" {
            val seen = dir.file("seen.json", """{"groups":[[27,28],[35,36]],"values":[8,9],"noise":2}""")
            // Three rows of ten cells of 128 pixels with frames and gaps.
            plot("images", "sample", "--target", "digits", "--observe", seen) shouldBe (10 * 138 + 8 to 3 * 138 + 8)
        }
    }

    "refuses, in one line before any work:" - {
        val two = dir.file("two.json", """{"indices":[0,1],"values":[0.4],"noise":0.3}""")
        val wide = dir.file("wide.json", """{"matrix":[[1,0,0]],"values":[0.4],"noise":0.3}""")
        val zero = dir.file("zero.json", """{"indices":[1],"values":[0.4],"noise":0}""")
        val fine = dir.file("fine.json", """{"indices":[1],"values":[0.4],"noise":0.001}""")
        val none = dir.file("none.json", """{"matrix":[[0,0]],"values":[0.4],"noise":0.3}""")
        val contrary = dir.file("contrary.json", """{"matrix":[[1,0],[2,0]],"values":[1,-1],"noise":0.01}""")
        val ragged = dir.file("ragged.json", """{"matrix":[[1,0],[1]],"values":[1,1],"noise":0.1}""")
        val beyond = dir.file("beyond.json", """{"groups":[[0,2]],"values":[1],"noise":0.1}""")
        val twice = dir.file("twice.json", """{"indices":[1,1],"values":[1,1],"noise":[0.1,0.1]}""")
        val lists = dir.file("lists.json", """{"indices":[1],"values":[1],"noise":[0.1,0.1]}""")
        val signed = dir.file("signed.json", """{"indices":[1],"values":[1],"noise":[-0.1]}""")
        val indefinite = dir.file("indefinite.json", """{"indices":[0,1],"values":[1,1],"noise":[[1,2],[2,1]]}""")
        val exact = "--observe $observed --exact"
        mapOf(
            "--exact" to "--exact requires --observe, the observation; give both, or neither",
            "--observe $observed --islands 8" to "--islands requires --exact; add --exact, or leave out --islands",
            "--observe $observed --particles 64" to
                "--particles requires --exact; add --exact, or leave out --particles",
            "$exact --islands 3" to "--islands must be at least 4, was 3",
            "$exact --particles 15" to "--particles must be at least 16 and at most 1048576, was 15",
            "$exact --particles 0" to "--particles must be at least 16 and at most 1048576, was 0",
            "$exact --particles 2000000" to "--particles must be at least 16 and at most 1048576, was 2000000",
            "$exact --count 5" to
                "--count does not apply to --exact, which draws islands of particles; give --islands and --particles",
            "$exact --solver heun" to "--solver does not apply to --exact, whose steps are fixed; leave it out",
            "$exact --solver sliding" to "--solver does not apply to --exact",
            "$exact --tolerance 1e-3" to "--tolerance does not apply to --exact",
            "$exact --budget 20" to "--budget does not apply to --exact",
            "$exact --grid karras" to "--grid does not apply to --exact",
            "$exact --stages 2" to "--stages does not apply to --exact",
            "$exact --correct fors" to "--correct does not apply to --exact",
            "$exact --moves 3" to "--moves does not apply to --exact",
            "$exact --pilot-chains 64" to "--pilot-chains does not apply to --exact",
            "$exact --plan p.json" to "--plan does not apply to --exact",
            "$exact --save-plan p.json" to "--save-plan does not apply to --exact",
            "$exact --film f.png" to "--film does not apply to --exact, whose particles start together from noise",
            "$exact --renoise $two --from-sigma 1" to "--renoise does not apply to --exact",
            "$exact --shard 0/2" to
                "--shard does not apply to --exact; give each process its own --first-index and --islands",
            "$exact --label 0 --guidance 2" to "--guidance must be 1 with --exact, was 2.0",
            "$exact --label 0,1" to "--label accepts only one class with --exact",
            "$exact --label 0" to "--label 0: the target has no classes",
            "$exact --first-index -1" to "--first-index must be at least 0, was -1",
            "$exact --first-index 70368744177657" to "--first-index must be at most 70368744177656 with --exact",
            "$exact --format npy" to "--format npy does not apply to --exact, because it has no weights; use ndjson",
            "$exact --out a.npy" to "--format npy does not apply to --exact",
            "$exact --to-sigma 0" to "--to-sigma must be greater than 0 for a posterior, was 0",
            "$exact --out $observed" to "would overwrite what --observe reads",
            "--exact --observe $two" to "two.json: indices must have an entry for each of the 1 values, was 2",
            "--exact --observe $wide" to "wide.json: matrix must have rows of the denoiser's dimension 2, was 3",
            "--exact --observe $zero" to "zero.json: noise must be greater than 0",
            "--exact --observe $fine" to "fine.json: noise must be greater than --to-sigma, 0.03, in each observed",
            "--exact --observe $none" to "none.json: matrix must have an entry that is not 0",
            "--exact --observe $contrary" to
                "contrary.json: values must be in the range of the matrix up to the noise",
            "--exact --observe $ragged" to "ragged.json: matrix[1] must have 2 numbers, was 1",
            "--exact --observe $beyond" to "beyond.json: groups[0]",
            "--exact --observe $twice" to "twice.json: indices must be distinct, was 1 twice",
            "--exact --observe $lists" to "lists.json: noise must have a row for each of the 1 values, was 2",
            "--exact --observe $signed" to "signed.json: std[0] must be",
            "--exact --observe $indefinite" to "indefinite.json: covariance must be positive definite",
        ).forEach { (options, message) ->
            val name = options.replace("$dir/", "")
            name {
                refused(listOf(message), "sample", "--target", modes, *options.split(" ").toTypedArray())
            }
        }
        "a target without moments" {
            val model = Path.of("../../core/src/test/resources/onnx/denoised-ve-sigma-double.onnx").toAbsolutePath()
            val target = dir.file(
                "onnx.json",
                """{"type":"onnx","file":"$model","parametrization":"denoised","time":"time"}""",
            )
            refused(
                listOf("onnx.json: moments must be known for a posterior", "give the mean and variance of the data"),
                *arrayOf("sample", "--target", target, "--observe", observed, "--exact"),
            )
        }
    }
})
