package io.scoreflux.cli

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Files
import java.nio.file.Path
import kotlin.math.sin
import kotlin.math.sqrt

private val MODELS: Path = Path.of("../../core/src/test/resources/onnx").toAbsolutePath().normalize()

private const val STD = 0.5
private const val FROM = 20.0
private const val TO = 0.02

/** Tensors of conditions for a network that is Gaussian around the mean of the tokens that a mask keeps; see fixtures.py. */
class ConditionsSpec : FreeSpec({
    val folder = temporary()

    fun npy(name: String, shape: String, type: String, numbers: List<Double>, order: String = "False"): Path {
        val header = "{'descr': '$type', 'fortran_order': $order, 'shape': $shape, }".toByteArray()
        val bytes = ByteBuffer.allocate(10 + header.size + 8 * numbers.size).order(ByteOrder.LITTLE_ENDIAN)
        bytes.put(byteArrayOf(0x93.toByte())).put("NUMPY".toByteArray()).put(1).put(0)
        bytes.putShort(header.size.toShort()).put(header)
        for (number in numbers) {
            when (type) {
                "<f4" -> bytes.putFloat(number.toFloat())
                "<f8" -> bytes.putDouble(number)
                "<i4" -> bytes.putInt(number.toInt())
                "<i8" -> bytes.putLong(number.toLong())
                else -> bytes.put(number.toInt().toByte())
            }
        }
        return Files.write(folder.resolve(name), bytes.array().copyOf(bytes.position()))
    }

    val contextInput = """"context":{"shape":[2,2]}"""

    fun target(name: String, conditions: String, radius: String = ""","radius":1"""): String = folder.file(
        name,
        """{"type":"onnx","file":"${MODELS.resolve("prompted-double.onnx")}","parametrization":"denoised"$radius,
            "from-sigma":$FROM,"to-sigma":$TO,"conditions":{$conditions}}""",
    )

    // Prompts of two tokens, with the means (1, -2), (-3, 0.25) and (0, 4).
    val three = npy(
        "three.npy",
        "(3, 2, 2)",
        "<f4",
        listOf(0.5, -3.0, 1.5, -1.0) + listOf(-3.0, 1.25, -3.0, -0.75) + listOf(-1.0, 4.0, 1.0, 4.0),
    )
    val means = listOf(listOf(1.0, -2.0), listOf(-3.0, 0.25), listOf(0.0, 4.0))
    val empty = npy("empty.npy", "(2, 2)", "<f8", listOf(0.0, 0.0, 1.0, -1.0))
    val emptyMean = listOf(0.5, -0.5)
    val mask = """"mask":{"shape":[2],"null":[1,1]}"""
    val states = listOf(listOf(12.5, -7.25), listOf(-20.0, 3.5), listOf(4.0, 18.0), listOf(1.0, 2.0))
    val initial = folder.file("initial.csv", "x0,x1\n" + states.joinToString("\n") { it.joinToString(",") } + "\n")

    fun decoded(target: String, vararg more: String): List<List<Double>> {
        val run = run(
            *arrayOf("decode", "--target", target, "--initial", initial, "--format", "csv", "--quiet"),
            *arrayOf("--tolerance", "1e-9", *more),
        )
        run.err shouldBe ""
        return run.lines.drop(1).map { line -> line.split(",").drop(4).map { it.toDouble() } }
    }

    fun check(ends: List<List<Double>>, mean: (Int) -> List<Double>) {
        val ratio = sqrt((STD * STD + TO * TO) / (STD * STD + FROM * FROM))
        for ((k, end) in ends.withIndex()) {
            for (i in 0 until 2) {
                end[i] shouldBe (mean(k)[i] + (states[k][i] - mean(k)[i]) * ratio plusOrMinus 3e-8)
            }
        }
    }

    "samples take the tensors of a file in turn, or share one" {
        val file = target("turn.json", "$contextInput,$mask")
        check(decoded(file, "--condition", "context=$three")) { means[it % 3] }
        check(decoded(file, "--condition", "context=$empty")) { emptyMean }
        // The first token only.
        for (type in listOf("<i8", "<i4", "|b1", "<f8")) {
            val first = npy("first.npy", "(2,)", type, listOf(1.0, 0.0))
            check(decoded(file, "--condition", "context=$three", "--condition", "mask=$first")) {
                listOf(listOf(0.5, -3.0), listOf(-3.0, 1.25), listOf(-1.0, 4.0))[it % 3]
            }
        }
        // The same tensors with the first axis varying fastest.
        val values = listOf(0.5, -3.0, -1.0, 1.5, -3.0, 1.0, -3.0, 1.25, 4.0, -1.0, -0.75, 4.0)
        val columns = npy("columns.npy", "(3, 2, 2)", "<f4", values, order = "True")
        decoded(file, "--condition", "context=$columns") shouldBe decoded(file, "--condition", "context=$three")
    }

    "a null tensor is that of samples without a condition, and of the other branch of guidance" {
        val file = target("null.json", """"context":{"null":"empty.npy"},$mask""")
        check(decoded(file)) { emptyMean }

        fun guided(other: List<Double>, w: Double): (Int) -> List<Double> =
            { k -> List(2) { other[it] + w * (means[k % 3][it] - other[it]) } }
        check(decoded(file, "--condition", "context=$three", "--guidance", "3"), guided(emptyMean, 3.0))
        val last = npy("last.npy", "(1, 2, 2)", "<f4", listOf(-1.0, 4.0, 1.0, 4.0))
        val both = arrayOf("--condition", "context=$three", "--negative", "context=$last", "--guidance")
        check(decoded(file, *both, "3"), guided(means[2], 3.0))
        // Without a null tensor the mask is that of the condition in both branches.
        val needed = target("needed.json", """$contextInput,"mask":{"shape":[2]}""")
        val ones = npy("ones.npy", "(2,)", "<i8", listOf(1.0, 1.0))
        check(decoded(needed, *both, "2", "--condition", "mask=$ones"), guided(means[2], 2.0))
    }

    "variants of guidance, whose calls count the branches that are evaluated" {
        val file = target("variants.json", """"context":{"null":"empty.npy"},$mask""")

        fun calls(vararg more: String) = run(
            *arrayOf("sample", "--target", file, "--count", "1", "--quiet", "--solver", "euler", "--budget", "20"),
            *arrayOf("--condition", "context=$three", "--format", "csv", *more),
        ).lines[1].split(",")[2].toInt()
        calls() shouldBe 20
        calls("--guidance", "3") shouldBe 40
        // The levels are uniform in ln sigma; those from 20 (1e-3)^(k / 20) inside are k = 7 to 12.
        calls("--guidance", "3", "--guidance-interval", "0.3,2") shouldBe 26
        calls("--guidance", "3", "--guidance-rescale", "0.7") shouldBe 40
    }

    "compare takes one tensor for all rows, also with guidance" {
        val file = target("compared.json", """"context":{"null":"empty.npy"},$mask""")
        val one = npy("one.npy", "(2, 2)", "<f4", listOf(0.5, -3.0, 1.5, -1.0))
        run(
            *arrayOf("compare", "--target", file, "--count", "2", "--solvers", "heun", "--budgets", "40", "--quiet"),
            *arrayOf("--condition", "context=$one", "--guidance", "2"),
        ).let { it.code to it.err } shouldBe (0 to "")
    }

    "a pilot has the conditions of the samples" {
        val file = target("pilot.json", "$contextInput,$mask", radius = "")
        val run = run("sample", "--target", file, "--count", "3", "--condition", "context=$three")
        run.code shouldBe 0
        run.err shouldContain "(pilot)"
    }

    "wrong tensors are rejected in one line before any work" {
        val file = target("wrong.json", "$contextInput,$mask")
        val half = npy("half.npy", "(2,)", "<f4", listOf(0.5, 1.0))
        val flat = npy("flat.npy", "(3, 4)", "<f4", List(12) { 0.0 })
        val hole = npy("hole.npy", "(2, 2)", "<f8", listOf(0.0, 1.0, Double.NaN, 0.0))
        val words = npy("words.npy", "(2, 2)", "<U4", List(16) { 0.0 })
        val large = npy("large.npy", "(2,)", "<i8", listOf(1.0, 16777217.0))
        val none = npy("none.npy", "(0, 2, 2)", "<f4", emptyList())
        val context = arrayOf("--condition", "context=$three")
        for ((given, parts) in listOf(
            arrayOf<String>() to listOf("the target needs a tensor for its input 'context' of the shape [2, 2]"),
            arrayOf("--condition", "contest=$three") to
                listOf("--condition contest: the target has the condition inputs context, mask", "mean 'context'"),
            arrayOf("--condition", "context=$flat") to
                listOf("has the shape [3, 4]; give [2, 2] for all samples, or [n, 2, 2] for n samples"),
            arrayOf("--condition", "context=$hole") to listOf("hole.npy: values[2] must be finite"),
            arrayOf("--condition", "context=$words") to
                listOf("has numbers of the type '<U4', but only f4, f8, i4, i8 and b1 can be read"),
            arrayOf("--condition", "context=$none") to listOf("has the shape (0, 2, 2) without numbers"),
            arrayOf("--condition", "context=missing.npy") to listOf("missing.npy"),
            arrayOf("--condition", "context") to listOf("--condition must be NAME=FILE.npy", "was context"),
            arrayOf("--condition", "=x.npy") to listOf("--condition must be NAME=FILE.npy", "was =x.npy"),
            arrayOf(*context, *context) to listOf("--condition context is given twice"),
            arrayOf(*context, "--condition", "mask=$half") to
                listOf("tensor 'mask' must contain numbers that its input can hold, which is int64, was 0.5"),
            arrayOf(*context, "--condition", "mask=$large") to
                listOf("has the number 16777217, which single precision cannot hold"),
            arrayOf(*context, "--negative", "context=$three") to listOf("--negative requires --guidance"),
            arrayOf(*context, "--guidance-rescale", "0.5") to listOf("--guidance-rescale requires --guidance"),
            arrayOf(*context, "--guidance", "2", "--guidance-rescale", "2") to
                listOf("--guidance-rescale must be at least 0 and at most 1, was 2.0"),
            arrayOf(*context, "--guidance", "2", "--guidance-interval", "1") to
                listOf("--guidance-interval must be two noise levels LOW,HIGH with 0 <= LOW < HIGH, was 1;"),
            arrayOf(*context, "--guidance", "2", "--guidance-interval", "3,1") to
                listOf(
                    "--guidance-interval must be two noise levels LOW,HIGH with 0 <= LOW < HIGH, was 3,1; write one",
                ),
            arrayOf(*context, "--guidance", "2", "--guidance-interval", "1,x") to
                listOf(
                    "--guidance-interval must be two noise levels LOW,HIGH with 0 <= LOW < HIGH, was 1,x; write one",
                ),
            arrayOf(*context, "--out", "$three") to listOf("--out", "would overwrite what --condition reads"),
        )) {
            refused(parts, "sample", "--target", file, *given)
        }
        refused(
            listOf("--condition context: the target has no condition inputs; leave it out"),
            *arrayOf("sample", "--target", "ring8", *context),
        )
        refused(
            listOf("--condition and --negative accept only one tensor for each input here"),
            *arrayOf("compare", "--target", file, "--solvers", "heun", *context),
        )
    }

    "guidance without an effect is rejected" {
        val file = target("effect.json", """"context":{"null":"empty.npy"},$mask""")
        val bare = target("bare.json", """$contextInput,"mask":{"shape":[2]}""")
        val ones = npy("some.npy", "(2,)", "<i8", listOf(1.0, 1.0))
        val context = arrayOf("--condition", "context=$three", "--guidance")
        val both = arrayOf("--condition", "mask=$ones", *context)
        val range = "from 20.0 to 0.02, was"
        for ((given, message) in listOf(
            arrayOf(*context, "1", "--negative", "context=$three") to "--negative has no effect with --guidance 1",
            arrayOf(*context, "1", "--guidance-rescale", "0.5") to "--guidance-rescale has no effect with --guidance 1",
            arrayOf(*context, "1", "--guidance-interval", "1,2") to
                "--guidance-interval has no effect with --guidance 1",
            arrayOf(*context, "2", "--guidance-interval", "30,40") to
                "--guidance-interval must have levels in the noise range $range 30.0,40.0; give levels inside",
            arrayOf(*context, "2", "--guidance-interval", "0,0.01") to
                "--guidance-interval must have levels in the noise range $range 0.0,0.01; give levels inside",
            arrayOf(*context, "1e308") to "--guidance must be at least -10000 and at most 10000, was 1e308; usual",
            arrayOf(*context, "inf") to "--guidance must be finite, was Infinity",
        )) {
            refused(listOf(message), "sample", "--target", file, *given)
        }
        refused(
            listOf("--guidance has no effect, because both of its branches have the same tensors; give --negative"),
            *arrayOf("sample", "--target", bare, *both, "2"),
        )
        refused(
            listOf("branches have the same tensors; give another --negative, or leave --guidance out"),
            *arrayOf("sample", "--target", bare, *both, "2", "--negative", "context=$three"),
        )
        run("sample", "--target", bare, *both, "2", "--negative", "context=$empty", "--quiet").code shouldBe 0
    }

    "a run says what samples are conditioned on if the options do not" {
        val file = target("remarks.json", """"context":{"null":"empty.npy"},$mask""")
        val sample = arrayOf("sample", "--target", file, "--count", "2")
        val context = arrayOf("--condition", "context=$three")
        val none = run(*sample)
        none.err.lines().first() shouldBe
            "no --condition: all samples have the null tensors of the target, as without a " +
            "prompt; give --condition NAME=FILE.npy for context, mask"
        val weak = run(*sample, *context)
        weak.err.lines().first() shouldBe
            "no --guidance: the weight is 1, so samples follow the condition alone; text to " +
            "image usually takes 3 to 12"
        for (stated in listOf(arrayOf(*context, "--guidance", "1"), arrayOf(*context, "--guidance", "3"))) {
            run(*sample, *stated).err.lines().first() shouldStartWith "status"
        }
        for (quiet in listOf(run(*sample, "--quiet"), run(*sample, *context, "--quiet"))) {
            quiet.err shouldBe ""
        }
    }

    "the complete target of Stable Diffusion in the documentation, with the command beside it" {
        val text = Files.readString(Path.of("../../docs/networks.md"))
        val pipeline = folder.resolve("stable-diffusion")
        Path.of("../tiny-pipeline").toFile().copyRecursively(pipeline.toFile())
        // The same fields for the shapes of the small pipeline.
        val json = Regex(
            """\{"type":"onnx","file":"unet/model.onnx","scheduler":"[^"]*","shape"[^#]*?}}}""",
        ).find(text)!!.value
        pipeline.file("target.json", json.replace("[4,64,64]", "[4,8,8]").replace("[77,768]", "[77,32]"))
        val tensors = mapOf("empty" to 0.0, "prompt" to 0.3, "negative" to -0.2).mapValues { (name, scale) ->
            npy("stable-diffusion/$name.npy", "(77, 32)", "<f4", List(77 * 32) { scale * sin(it.toDouble()) })
        }
        val command = Regex(
            """(sample --target stable-diffusion/target.json[^`]*?latents.npy)\n""",
        ).find(text)!!.groupValues[1]
        val arguments = command.split(Regex("""[\s\\\\]+""")).map { word ->
            tensors.entries.fold(word) { all, (name, file) -> all.replace("=$name.npy", "=$file") }
                .replace("stable-diffusion/target.json", "${pipeline.resolve("target.json")}")
                .replace("latents.npy", "${folder.resolve("latents.npy")}")
        }
        val run = run(*arguments.toTypedArray())
        withClue(run.err) {
            run.code shouldBe 0
            run.err shouldContain "converged          4"
            Files.size(folder.resolve("latents.npy")) shouldBe 128 + 4 * 256 * 8
        }
    }

    "wrong condition inputs of a target are rejected" {
        for ((conditions, parts) in listOf(
            """"context":{},$mask""" to listOf("'context'", "has dynamic axes after the batch axis"),
            """"context":{"shape":[2,2],"null":[1,2]},$mask""" to
                listOf("conditions.context.null: values must be 4 numbers for the shape [2, 2], was 2"),
            """"context":{"shape":[3,2],"null":"empty.npy"},$mask""" to
                listOf("conditions.context.null must have the shape [3, 2], has [2, 2]"),
            """"context":{"null":"three.npy"},$mask""" to listOf("does not fit the tensors [n, 3, 2, 2]"),
            """"context":{"null":"nothing.npy"},$mask""" to listOf("nothing.npy"),
            """"context":{"zero":1},$mask""" to listOf("unknown field 'conditions.context.zero'", "known: shape, null"),
            """"context":3,$mask""" to listOf("conditions.context must be an object"),
            """$contextInput,"mask":{"shape":[2],"null":[0.5,1]}""" to
                listOf("cannot carry the value 0.5 of its null tensor"),
        )) {
            refused(parts, "sample", "--target", target("bad.json", conditions))
        }
    }
})
