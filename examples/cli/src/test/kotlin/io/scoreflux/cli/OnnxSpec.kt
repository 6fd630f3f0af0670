package io.scoreflux.cli

import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.files.format.SampleFile
import io.scoreflux.model.GaussianMixture
import io.scoreflux.solve.sliding.Sliding
import java.nio.file.Files
import java.nio.file.Path
import kotlin.math.abs

private val MODELS: Path = Path.of("../../core/src/test/resources/onnx").toAbsolutePath().normalize()
private val DIGITS: Path = Path.of("../digits/digits.json").toAbsolutePath().normalize()

/** The distribution of the exact models; see fixtures.py. */
private const val MIXTURE = """{"type":"gaussian-mixture","components":[{"weight":0.5,"mean":[0.8,0.3],"std":0.3},
    {"weight":0.3,"mean":[-0.9,0.5],"std":0.4},{"weight":0.2,"mean":[-0.2,-1.1],"std":0.25}]}"""

class OnnxSpec : FreeSpec({
    val folder = temporary()
    val states = folder.resolve("states.csv")
    Files.writeString(states, "x0,x1\n12.5,-7.25\n-20.0,3.5\n4.0,18.0\n")

    fun target(name: String, json: String): String = folder.resolve(name).also {
        Files.writeString(it, json)
    }.toString()

    fun onnx(model: String, more: String) =
        target("$model.json", """{"type":"onnx","file":"${MODELS.resolve("$model.onnx")}",$more}""")

    fun decoded(target: String, vararg more: String): List<List<Double>> {
        val run = run(
            "decode",
            "--target",
            target,
            "--initial",
            "$states",
            "--from-sigma",
            "20",
            "--to-sigma",
            "0.02",
            "--format",
            "csv",
            "--quiet",
            *more,
        )
        run.code shouldBe 0
        return run.lines.drop(1).map { line -> line.split(",").drop(4).map { it.toDouble() } }
    }

    "an exact network ends where the mixture ends" - {
        val exact = decoded(target("mixture.json", MIXTURE), "--tolerance", "1e-11")
        val known = """"mean":[0.09,0.08],"variance":[0.5701,0.4526]"""
        val files = mapOf(
            onnx(
                "denoised-ve-log-sigma-double",
                """"parametrization":"denoised","time":"time","time-means":"log-sigma",$known""",
            ) to
                1e-7,
            onnx(
                "v-vp-linear-t-double",
                """"parametrization":"v","schedule":{"type":"vp-linear"},"time":"time","time-means":"t",$known""",
            ) to
                1e-7,
            onnx(
                "score-vp-cosine-t-double",
                """"parametrization":"score","schedule":{"type":"vp-cosine"},"time":"time","time-means":"t","radius":1.01""",
            ) to
                1e-7,
            onnx(
                "flow-flow-t-float",
                """"parametrization":"flow","schedule":{"type":"flow"},"time":"time","time-means":"t",$known""",
            ) to
                1e-4,
            onnx(
                "epsilon-vp-linear-timestep-float",
                """"parametrization":"epsilon","schedule":{"type":"vp-linear","beta-min":0.1,"beta-max":20},"time":"time","time-means":"timestep","mean":0,"radius":1""",
            ) to 1e-4,
            onnx(
                "image-double",
                """"parametrization":"denoised","state":"image","time":"noise","output":"clean","shape":[1,2,1],$known""",
            ) to
                1e-7,
        )
        for ((file, bound) in files) {
            "${Path.of(file).fileName}" {
                val ends = decoded(file, "--tolerance", if (bound < 1e-6) "1e-9" else "1e-5")
                ends.size shouldBe exact.size
                ends.flatten().zip(exact.flatten()).forEach { (a, b) -> abs(a - b) shouldBeLessThan bound }
            }
        }
    }

    "a scheduler's configuration determines schedule, prediction, time and range" {
        val chain = """{"_class_name":"DDPMScheduler","beta_start":0.0001,"beta_end":0.02,"beta_schedule":"linear","""
        target("scheduler_config.json", """$chain"prediction_type":"epsilon","num_train_timesteps":1000}""")
        val exact = decoded(target("mixture2.json", MIXTURE), "--tolerance", "1e-11")
        val files = listOf(
            onnx("discrete-linear", """"scheduler":"scheduler_config.json","radius":1""") to 1e-6,
            onnx("discrete-int32-scalar", """"scheduler":"scheduler_config.json","radius":1""") to 1e-3,
            onnx("discrete-int64", """"scheduler":$chain"prediction_type":"v_prediction"},"radius":1""") to 1e-3,
            onnx(
                "discrete-float-one",
                """"scheduler":$chain"prediction_type":"sample"},"time-means":"timestep","radius":1""",
            ) to 1e-3,
        )
        for ((file, bound) in files) {
            val ends = decoded(file, "--tolerance", if (bound < 1e-5) "1e-8" else "1e-4")
            ends.flatten().zip(exact.flatten()).forEach { (a, b) -> abs(a - b) shouldBeLessThan bound }
        }
        val sample = arrayOf("sample", "--target", files[0].first, "--count", "1", "--quiet")
        run(*sample).out shouldBe
            run(*sample, "--from-sigma", "157.40726936571173", "--to-sigma", "0.01000132982421665").out
        refused(
            listOf("--from-sigma must be at most 157.407"),
            "sample",
            "--target",
            files[0].first,
            "--from-sigma",
            "160",
        )
    }

    "what a scheduler's configuration cannot determine is said in one line" {
        target("sigmoid.json", """{"_class_name":"DDPMScheduler","beta_schedule":"sigmoid"}""")

        fun wrong(
            more: String,
            vararg parts: String,
        ) = refused(parts.toList(), "sample", "--target", onnx("discrete-linear", more))
        wrong(
            """"scheduler":"sigmoid.json"""",
            "sigmoid.json: beta_schedule must be linear, scaled_linear or squaredcos_cap_v2, was 'sigmoid'",
        )
        wrong(""""scheduler":"nowhere.json"""", "nowhere.json: the file must be a readable scheduler_config.json")
        wrong(
            """"scheduler":{"_class_name":"LCMScheduler"}""",
            "discrete-linear.json: scheduler: _class_name must be a scheduler whose noise schedule is known",
        )
        wrong(""""scheduler":3""", "scheduler: the file must be an object {...}, was 3")
        wrong(
            """"scheduler":"sigmoid.json","parametrization":"v"""",
            "parametrization follows from 'scheduler', but is given too; leave out one of them",
        )
        wrong(""""parametrization":"v","tokens":3""", "tokens belongs to 'scheduler', which is missing")
    }

    "labels, constants and defaults are read" {
        val labelled = onnx("label-int64", """"parametrization":"denoised","label":"label","classes":3,"radius":0.5""")
        val one =
            target(
                "one.json",
                """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[-0.9,0.5],"std":0.4}]}""",
            )
        val ends = decoded(labelled, "--label", "1", "--tolerance", "1e-9")
        ends.flatten().zip(decoded(one, "--tolerance", "1e-11").flatten()).forEach { (a, b) ->
            abs(a - b) shouldBeLessThan
                1e-7
        }
        decoded(labelled, "--label", "1", "--guidance", "1", "--tolerance", "1e-9") shouldBe ends
        decoded(labelled, "--label", "1", "--guidance", "2") shouldNotBe decoded(labelled, "--label", "1")

        val shifted =
            onnx("shifted", """"parametrization":"denoised","inputs":{"shift":[[0.25,-0.5]],"gain":2},"radius":1""")
        val moved = GaussianMixture.builder(
            2,
        ).component(0.5, doubleArrayOf(1.3, -0.7), 0.3).component(0.3, doubleArrayOf(-0.4, -0.5), 0.4)
            .component(0.2, doubleArrayOf(0.3, -2.1), 0.25).build()
        val exact = io.scoreflux.Sampler.builder(moved).noiseRange(20.0, 0.02).solver(Sliding(1e-10)).build()
            .decode(SampleFile.states(states).toArray()).collectList().block()!!.flatMap { it.values().toList() }
        decoded(shifted, "--tolerance", "1e-5").flatten().zip(exact).forEach { (a, b) ->
            abs(a - b) shouldBeLessThan
                1e-4
        }
    }

    "samples take several labels in turn, in the order of their indices" {
        val file = onnx("label-int64", """"parametrization":"denoised","label":"label","classes":3,"radius":0.5""")

        fun sampled(vararg more: String) =
            run("sample", "--target", file, "--to-sigma", "0.02", "--quiet", "--fixed-rows", "16", *more).let {
                it.code shouldBe 0
                it.lines
            }
        val inTurn = sampled("--label", "2,0,1", "--count", "7")
        for ((index, line) in inTurn.withIndex()) {
            val label = listOf(2, 0, 1)[index % 3]
            sampled("--label", "$label", "--count", "1", "--first-index", "$index") shouldBe listOf(line)
        }
        sampled("--label", "2,0,1", "--count", "3", "--first-index", "4") shouldBe inTurn.slice(4..6)
        sampled("--label", "2,0", "--guidance", "3", "--count", "2")[1] shouldBe
            sampled("--label", "0", "--guidance", "3", "--count", "2")[1]

        refused(listOf("--label 3: the target has the classes 0 to 2"), "sample", "--target", file, "--label", "0,3")
        for (wrong in listOf("1,,2", "0,", "x", "1.5")) {
            refused(
                listOf("--label must be a whole number, or several such as 0,1,2, was $wrong"),
                "sample",
                "--target",
                file,
                "--label",
                wrong,
            )
        }
        // The state of row k has the label of sample k.
        val decoded = decoded(file, "--label", "2,0", "--fixed-rows", "16")
        for ((k, label) in listOf(2, 0, 2).withIndex()) {
            decoded(file, "--label", "$label", "--fixed-rows", "16")[k] shouldBe decoded[k]
        }
    }

    "an unknown radius is estimated by a pilot, and the plan says so" {
        val file = onnx("denoised-ve-sigma-double", """"parametrization":"denoised","time":"time"""")
        val run = run("sample", "--target", file, "--count", "3", "--to-sigma", "0.02")
        run.code shouldBe 0
        run.err shouldContain "(pilot)"
        run.lines.size shouldBe 3
    }

    "compare takes a network whose radius is known" {
        val known = onnx("denoised-ve-sigma-double", """"parametrization":"denoised","time":"time","radius":1""")
        val run = run(
            "compare",
            "--target",
            known,
            "--solvers",
            "sliding",
            "--tolerances",
            "1e-3,1e-6",
            "--count",
            "2",
            "--to-sigma",
            "0.02",
            "--quiet",
        )
        run.code shouldBe 0
        run.out shouldContain "sliding"
        val unknown =
            onnx(
                "v-flow-t-double",
                """"parametrization":"v","schedule":{"type":"flow"},"time":"time","time-means":"t"""",
            )
        refused(
            listOf("the radius of the data is unknown", "--radius"),
            "compare",
            "--target",
            unknown,
            "--solvers",
            "sliding",
        )
    }

    "the digits' network gives the same bytes for any batch, number of threads and first index, with fixed rows" {
        val base =
            arrayOf(
                "sample",
                "--target",
                "$DIGITS",
                "--tolerance",
                "1e-2",
                "--label",
                "4",
                "--quiet",
                "--fixed-rows",
                "12",
            )
        val whole = run(*base, "--count", "12")
        whole.code shouldBe 0
        run(*base, "--count", "12", "--threads", "2", "--batch", "5").out shouldBe whole.out
        run(*base, "--count", "3", "--first-index", "7").lines shouldBe whole.lines.slice(7..9)
    }

    "what a newcomer gets wrong is said in one line" - {
        val plain = """"parametrization":"denoised","time":"time""""
        val model = "denoised-ve-sigma-float"
        val cases = listOf(
            Triple(
                "no parametrization",
                target("a1.json", """{"type":"onnx","file":"m.onnx"}"""),
                listOf("'parametrization' is missing"),
            ),
            Triple(
                "another parametrization",
                target("a2.json", """{"type":"onnx","file":"m.onnx","parametrization":"eps"}"""),
                listOf("parametrization 'eps' is unknown", "denoised, epsilon, v, flow, score"),
            ),
            Triple(
                "no file",
                target("a3.json", """{"type":"onnx","file":"m.onnx","parametrization":"v"}"""),
                listOf("a3.json", "m.onnx: the model does not exist"),
            ),
            Triple(
                "an unknown field",
                target("a4.json", """{"type":"onnx","file":"m.onnx","parametrization":"v","sigma-time":"t"}"""),
                listOf("unknown field 'sigma-time'"),
            ),
            Triple(
                "another schedule",
                target(
                    "a5.json",
                    """{"type":"onnx","file":"m.onnx","parametrization":"v","schedule":{"type":"cosine"}}""",
                ),
                listOf("schedule.type 'cosine' is unknown", "vp-cosine"),
            ),
            Triple(
                "another time",
                target("a6.json", """{"type":"onnx","file":"m.onnx","parametrization":"v","time-means":"step"}"""),
                listOf("time-means 'step' is unknown", "sigma, log-sigma, t, timestep"),
            ),
            Triple(
                "rates of another schedule",
                target(
                    "a7.json",
                    """{"type":"onnx","file":"m.onnx","parametrization":"v","schedule":{"type":"ve","beta-max":20}}""",
                ),
                listOf("unknown field 'schedule.beta-max'"),
            ),
            Triple(
                "a label without classes",
                target("a8.json", """{"type":"onnx","file":"m.onnx","parametrization":"v","label":"y"}"""),
                listOf("classes is missing, but 'label' is given"),
            ),
            Triple(
                "a variance without a mean",
                target("a9.json", """{"type":"onnx","file":"m.onnx","parametrization":"v","variance":1}"""),
                listOf("mean is missing, but 'variance' is given"),
            ),
            Triple(
                "a range upside down",
                target("a10.json", """{"type":"onnx","file":"m.onnx","parametrization":"v","to-sigma":90}"""),
                listOf("to-sigma must be less than from-sigma 80.0, was 90.0; leave out both for the usual range"),
            ),
            Triple(
                "the wrong name of the time",
                onnx(model, """"parametrization":"denoised""""),
                listOf("there is no input 'sigma'", "'time' float[batch]"),
            ),
            Triple(
                "a constant input named like the state",
                onnx("shifted", """"parametrization":"denoised","inputs":{"x":[0,0],"gain":2},"radius":1"""),
                listOf(
                    "inputs must have another name in the model than state, was 'x'",
                    "use the names of the model",
                ),
            ),
            Triple(
                "a condition that is a constant too",
                onnx(
                    "prompted-float",
                    """"parametrization":"denoised","inputs":{"context":[0,0]},"conditions":{"context":{"shape":[2,2]}}""",
                ),
                listOf("inputs must have another name in the model than conditions, was 'context'"),
            ),
            Triple(
                "a radius out of range",
                onnx("epsilon-ve-sigma-double", """"parametrization":"epsilon","time":"time","radius":1e-90"""),
                listOf("radius must be at least 1e-75 and at most 1e75, was 1e-90; scale the data"),
            ),
            Triple(
                "a range out of range",
                onnx("epsilon-ve-sigma-float", """"parametrization":"epsilon","time":"time","from-sigma":1e100"""),
                listOf("from-sigma must be at most 1e75, was 1e100"),
            ),
            Triple(
                "tokens of a scheduler without a dynamic shift",
                target(
                    "tokens.json",
                    """{"type":"onnx","file":"m.onnx","scheduler":{"_class_name":"DDIMScheduler"},"tokens":64}""",
                ),
                listOf("tokens applies only to a scheduler with use_dynamic_shifting, was given with DDIMScheduler"),
            ),
            Triple(
                "a damaged scheduler in its own file",
                target(
                    "scheduled.json",
                    """{"type":"onnx","file":"m.onnx","scheduler":"${folder.file(
                        "scheduler.json",
                        """{"_class_name":"DDIMScheduler","beta_start":null}""",
                    )}"}""",
                ),
                listOf("scheduled.json: ", "scheduler.json: beta_start must not be null, was null; leave it out"),
            ),
            Triple("a truncated model", onnx("broken-truncated", plain), listOf("cannot load the model")),
            Triple(
                "a batch of 1",
                onnx("broken-batch-of-1", plain),
                listOf("fixes the batch at 1", "or set --fixed-rows to 1"),
            ),
            Triple(
                "rows of 4 GB",
                onnx("broken-4-gigabytes", """"parametrization":"denoised""""),
                listOf(
                    "the limit of the memory of a call is 2.68e+08; raise the limit with --memory, or use a smaller model",
                ),
            ),
            Triple(
                "a mean of another length",
                onnx("v-ve-sigma-float", """"parametrization":"v","time":"time","mean":[0,0,0],"variance":1"""),
                listOf("mean must have the network's dimension 2, was 3"),
            ),
        )
        for ((name, file, parts) in cases) {
            name { refused(parts, "sample", "--target", file) }
        }
        "options that do not go together" {
            val file = onnx("label-int32", """"parametrization":"denoised","label":"label","classes":3,"radius":1""")
            refused(
                listOf("--label 3: the target has the classes 0 to 2"),
                "sample",
                "--target",
                file,
                "--label",
                "3",
            )
            refused(listOf("--label must be at least 0, was -1"), "sample", "--target", file, "--label", "-1")
            refused(listOf("--guidance requires --label"), "sample", "--target", file, "--guidance", "2")
            refused(listOf("--fixed-rows must be at least 1, was 0"), "sample", "--target", file, "--fixed-rows", "0")
            refused(
                listOf("--fixed-rows must be at most 1048576, was 2147483647; larger calls are not faster"),
                "sample",
                "--target",
                file,
                "--fixed-rows",
                "2147483647",
            )
            refused(listOf("--fixed-rows is for networks"), "sample", "--target", "ring8", "--fixed-rows", "16")
            refused(listOf("--label 1: the target has no classes"), "sample", "--target", "ring8", "--label", "1")
        }
        "a range beyond the schedule" {
            val file =
                onnx(
                    "v-vp-linear-t-float",
                    """"parametrization":"v","schedule":{"type":"vp-linear"},"time":"time","time-means":"t","radius":1""",
                )
            refused(
                listOf("--from-sigma must be at most 152.1", "was 200.0"),
                "sample",
                "--target",
                file,
                "--from-sigma",
                "200",
            )
            refused(
                listOf("--memory is for the calls of networks; ring8 is not a network"),
                *arrayOf("sample", "--target", "ring8", "--memory", "100"),
            )
        }
        "samples that miss the tolerance are delivered with a warning" {
            val file = onnx("v-ve-sigma-float", """"parametrization":"v","time":"time","radius":1""")
            val sample = arrayOf("sample", "--target", file, "--count", "2", "--tolerance", "1e-13")
            val run = run(*sample)
            run.code shouldBe 0
            run.err.lines().single { it.startsWith("warning: ") } shouldContain Regex(
                "2 unconverged, with an estimated error of up to .* of the radius; give a larger --tolerance, " +
                    "such as 1e-2, or a fixed-step solver",
            )
            run(*sample, "--quiet").err shouldBe ""
        }
        "a range of the target file beyond the schedule, which options do not cause but can replace" {
            val schedule = """"parametrization":"v","schedule":{"type":"vp-linear"},"time":"time","time-means":"t""""
            val file = target(
                "beyond.json",
                """{"type":"onnx","file":"${MODELS.resolve("v-vp-linear-t-float.onnx")}",$schedule,"radius":1,
                    "from-sigma":200}""",
            )
            for (command in listOf(arrayOf("sample"), arrayOf("compare", "--solvers", "sliding"))) {
                refused(
                    listOf(
                        "scoreflux: $file: from-sigma must be at most 152.1",
                        "was 200.0; lower it, or leave it out",
                    ),
                    *arrayOf(*command, "--target", file),
                )
            }
            run("sample", "--target", file, "--count", "1", "--from-sigma", "100", "--quiet").code shouldBe 0
        }
        "--memory divides calls, and changes no bits of rows that stand alone" {
            val file = onnx("v-ve-sigma-double", """"parametrization":"v","time":"time","radius":1""")
            val sample = arrayOf("sample", "--target", file, "--count", "2", "--quiet", "--fixed-rows", "1")
            run(*sample, "--memory", "1").out shouldBe run(*sample).out
            refused(listOf("--memory must be at least 1, was 0"), *sample, "--memory", "0")
        }
    }
})
