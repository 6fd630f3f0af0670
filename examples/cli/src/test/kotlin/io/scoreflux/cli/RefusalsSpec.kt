package io.scoreflux.cli

import io.kotest.assertions.throwables.shouldNotThrowAny
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.scoreflux.cli.command.CompareCommand
import io.scoreflux.cli.command.DecodeCommand
import io.scoreflux.cli.command.EvaluateCommand
import io.scoreflux.cli.command.ExpectCommand
import io.scoreflux.cli.command.PosteriorCommand
import io.scoreflux.cli.command.SampleCommand
import io.scoreflux.cli.output.Console
import io.scoreflux.files.format.Format
import picocli.CommandLine.Command
import picocli.CommandLine.Model.CommandSpec
import picocli.CommandLine.Option
import java.io.OutputStream
import java.lang.reflect.Field
import java.nio.file.Files

/** Every bad input ends with exit code 2, nothing on standard output, and one line that names the place. */
class RefusalsSpec :
    FreeSpec({
        val dir = temporary()
        val states = dir.file("states.csv", "0.5,1\n1,2\n")
        val zero = dir.resolve("zero.json").toString()
        run("sample", "--target", "bimodal", "--count", "1", "--to-sigma", "0", "--save-plan", zero, "--quiet")

        "help can be formatted" {
            val console = Console(OutputStream.nullOutputStream(), System.err)
            val commands = listOf(
                SampleCommand(console),
                DecodeCommand(console),
                ExpectCommand(console),
                EvaluateCommand(console),
                CompareCommand(console),
                PosteriorCommand(console),
            )
            for (command in commands) {
                val options = CommandSpec.forAnnotatedObject(command).options().map { it.userObject() as Field }
                val help = command.javaClass.getAnnotation(Command::class.java)
                // As written: what picocli could not format it gives as it is, with a remark on the console.
                val texts = options.flatMap { it.getAnnotation(Option::class.java).description.asList() } +
                    help.description + help.footer
                texts.forEach { withClue(it) { shouldNotThrowAny { String.format(it) } } }
            }
        }

        "refuses options, naming the option and the rule:" - {
            mapOf(
                "--tolerance 2" to "--tolerance must be in [1e-14, 1) for sliding, was 2.0",
                "--tolerance 1e-15" to "--tolerance must be in [1e-14, 1) for sliding, was 1e-15",
                "--tolerance 1" to "--tolerance must be in [1e-14, 1) for sliding, was 1.0",
                "--tolerance NaN" to "--tolerance must be in [1e-14, 1) for sliding, was NaN",
                "--tolerance abc" to "--tolerance must be a number, was abc",
                "--from-sigma NaN" to "--from-sigma must be finite and greater than 0, was NaN",
                "--from-sigma Infinity" to "--from-sigma must be finite and greater than 0, was Infinity",
                "--to-sigma -1" to "--to-sigma must be finite and at least 0, was -1.0",
                "--to-sigma 0 --solver picard" to
                    "--to-sigma must be greater than 0 for --solver picard, was 0; end at" +
                    " a small noise level, or give --solver sliding without --budget",
                "--to-sigma 0 --solver heun --budget 8" to
                    "--to-sigma must be greater than 0 for --solver heun, was 0; end at",
                "--to-sigma 0 --budget 8" to "--to-sigma must be greater than 0 with --budget, was 0; end at a small" +
                    " noise level, or give --tolerance instead of --budget",
                "--to-sigma 0 --plan $zero --solver heun --budget 8" to "--to-sigma is part of the plan",
                "--plan $zero --solver heun --budget 8" to
                    "--plan $zero: toSigma must be greater than 0 for --solver heun, was 0; end at",
                "--plan $zero --budget 8" to
                    "--plan $zero: toSigma must be greater than 0 with --budget, was 0; end at",
                "--to-sigma 1e-300 --solver parallel" to "--solver parallel: --to-sigma must be at least",
                "--to-sigma 1e-320" to "--to-sigma must be at least 1e-75, or 0, was 1e-320",
                "--to-sigma 1e-200 --solver heun --budget 8" to
                    "--to-sigma must be at least 1e-75, or 0, was 1e-200",
                "--to-sigma 1e-200 --budget 8" to "--to-sigma must be at least 1e-75, or 0, was 1e-200",
                "--from-sigma 1e300" to "--from-sigma must be at most 1e75, was 1e300",
                "--from-sigma 1e160 --solver fors" to "--from-sigma must be at most 1e75, was 1e160",
                "--from-sigma 1 --to-sigma 1" to "--from-sigma must be greater than --to-sigma, was 1.0 <= 1.0",
                "--to-sigma 1000" to "(the target's default) <= 1000.0",
                "--count -1" to "--count must be at least 0, was -1",
                "--count 1.5" to "--count must be a whole number, was 1.5",
                "--count 1e3" to "--count must be a whole number, was 1e3",
                "--batch 9999999999" to "--batch must be a whole number from -2147483648 to 2147483647",
                "--first-index -3" to "--first-index must be at least 0, was -3",
                "--first-index 9223372036854775807" to
                    "--first-index must be at most 9223372036854775806, the largest sample index",
                "--first-index 9223372036854775806 --count 2" to
                    "beyond the largest sample index, 9223372036854775806; lower one of them",
                "--batch 0" to "--batch must be at least 1, was 0",
                "--threads 0" to "--threads must be at least 1, was 0",
                "--threads 1025" to "--threads must be at most 1024, was 1025; more threads than cores are not",
                "--stages 0" to "--stages must be at least 1, was 0",
                "--stages 1001" to "--stages must be at most 1000, was 1001",
                "--stages 2147483647" to "--stages must be at most 1000, was 2147483647",
                "--solver heun --budget 1000001" to "--budget must be at most 1000000, was 1000001",
                "--solver euler --budget 2147483647" to "--budget must be at most 1000000, was 2147483647",
                "--format ndjsn" to "unknown --format 'ndjsn' (did you mean 'ndjson'?)",
                "--solver huen" to "unknown solver 'huen' (did you mean 'heun'?)",
                "--solver fors --tolerance 1e-7" to "--tolerance must be in [1e-6, 1) for fors, was 1e-7",
                "--solver fors --budget 50" to "--budget does not apply to fors",
                "--solver fors --to-sigma 0" to "--to-sigma must be greater than 0 for --solver fors",
                "--solver fors --correct fors" to "--correct does not apply to the solver fors",
                "--correct fros" to "unknown --correct 'fros' (did you mean 'fors'?)",
                "--correct fors --moves 3" to "--moves applies to --correct metropolis only",
                "--correct fors --correct-tolerance 2" to "--correct-tolerance must be in [1e-6, 1) for fors, was 2.0",
                "--correct metropolis --correct-tolerance 0.1" to "--correct-tolerance applies to --correct fors only",
                "--correct metropolis --moves 0" to "--moves must be at least 1, was 0",
                "--correct metropolis --to-sigma 0" to
                    "--to-sigma must be greater than 0 with --correct, was 0; end at a small",
                "--correct fors --budget 20" to "--correct does not apply to --budget of sliding",
                "--correct-tolerance 0.1" to "--correct-tolerance applies to --correct fors only",
                "--solver parallel --tolerance 5e-14" to "--tolerance must be in [1e-13, 1) for parallel, was 5e-14",
                "--solver picard --budget 9" to "--budget does not apply to picard",
                "--solver heun" to "heun needs --budget CALLS",
                "--solver heun --budget 1" to "--budget must be at least 2 for heun, was 1",
                "--solver euler --budget 9 --tolerance 0.1" to "--tolerance does not apply to euler",
                "--budget 4" to "--budget must be at least 5 and at most 100 for sliding, was 4; for more accuracy",
                "--budget 101" to "--budget must be at least 5 and at most 100 for sliding, was 101",
                "--budget 9 --tolerance 1e-3" to "--tolerance and --budget exclude each other for sliding",
                "--plan no-such.json" to "cannot read no-such.json",
                "--plan no-such.json --stages 2" to "--stages is part of the plan; leave out --stages or --plan",
                "--plan no-such.json --from-sigma 2" to "--from-sigma is part of the plan",
                "--out a.json --save-plan a.json" to "--out and --save-plan name the same file",
                "--save-plan no/such/plan.json" to "--save-plan: there is no directory",
                "--grid karras" to "--grid does not apply to sliding",
                "--solver euler --budget 9 --grid karas" to "did you mean 'karras'?",
                "--label -1" to "--label must be at least 0, was -1",
                "--label 0" to "--label 0: the target has no classes; leave out --label",
                "--guidance -1.5" to "--guidance requires --label or --condition, what to guide to; give both",
                "--count 2000000000000000000 --format npy" to
                    "--count must be at most 1152921504606846943 for the format npy with 1 numbers in a row",
                "--label 0 --guidance NaN" to "--guidance must be finite, was NaN",
                "--renoise $states" to "--renoise requires --from-sigma, the level of the added noise",
                "--renoise $states --from-sigma 1" to "have dimension 2, the target has 1",
                "--likelihood" to "unknown option '--likelihood'",
                "--tolerence 0.1" to "unknown option '--tolerence' (did you mean '--tolerance'?)",
                "--plot x.jpg" to "name a file that ends in .png",
                "--out a.png --plot a.png" to "--out and --plot name the same file",
                "--format CSV" to "unknown --format 'CSV' (did you mean 'csv'?)",
                "--solver HEUN" to "unknown solver 'HEUN' (did you mean 'heun'?)",
                "--Count 3" to "unknown option '--Count' (did you mean '--count'?)",
                "-count 3" to "unknown option '-count' (did you mean '--count'?)",
                "--count 1 --count 2" to "--count is given twice; give it once",
                "--quiet --quiet" to "--quiet is given twice; give it once",
                "--target ring8" to "--target is given twice; give it once",
                "--count=" to "--count must be a whole number, was ''",
                "--tolerance=" to "--tolerance must be a number, was ''",
                "--seed --count" to "--seed",
                "--label=" to "--label must be a whole number, or several such as 0,1,2, was ''",
                "-" to "unexpected argument '-'",
                "--plot x.PNGX" to "name a file that ends in .png, was x.PNGX",
                "@no-such" to "unexpected argument '@no-such': argument files are not supported",
                "--out " to "--out must name a file",
                "--plot " to "--plot must name a file",
                "--out here/" to "--out must name a file, not a directory, was here/",
                "--out ." to ". is a directory",
                "--out no/such/place.csv" to "there is no directory",
                "--plot no/such/place.png" to "there is no directory",
                "surplus" to "unexpected argument 'surplus'",
            ).forEach { (options, message) ->
                options {
                    refused(listOf(message), "sample", "--target", "bimodal", *options.split(" ").toTypedArray())
                }
            }
        }

        "refuses options of a comparison, naming the option and the rule:" - {
            val three = dir.file("three.csv", "0.5\n1\n2\n")
            mapOf(
                "--solvers sliding,huen" to
                    "unknown solver 'huen' (did you mean 'heun'?); available: sliding, budget, picard",
                "--solvers fors" to "--solvers: fors adds noise, so its rows have no true error",
                "--solvers parallel --tolerances 5e-14" to "--tolerances must be in [1e-13, 1) for parallel",
                "--solvers budget:karras" to "--grid does not apply to budget",
                "--solvers budget --budgets 4,200" to
                    "--budgets must contain a number of calls from 5 to 100 for budget, was [4, 200]",
                "--solvers heun,ancestral" to "--solvers: ancestral adds noise, so its rows have no true error",
                "--solvers sliding,,heun" to "--solvers must be a list such as a,b,c without empty entries",
                "--solvers heun,sliding,heun" to "--solvers contains heun twice; name each solver once",
                "--solvers heun:karas" to "unknown --grid 'karas' (did you mean 'karras'?)",
                "--solvers sliding:karras" to "--grid does not apply to sliding",
                "--solvers sliding --grid karas" to "unknown --grid 'karas'",
                "--solvers sliding --tolerances 1e-2,2" to "--tolerances must be in [1e-14, 1) for sliding, was 2.0",
                "--solvers sliding --tolerances 1e-2,x" to "--tolerances: 'x' is not a number",
                "--solvers heun --budgets 1,8" to "--budgets must be at least 2 for heun, was 1",
                "--solvers heun --budgets 8.5" to "--budgets must be whole numbers of calls, was 8.5",
                "--solvers heun --budgets 1000001" to "--budgets must be at most 1000000, was 1000001",
                "--solvers heun --budgets 1e12" to "--budgets must be whole numbers of calls",
                "--solvers sliding --count 0" to "--count must be at least 1, was 0",
                "--solvers sliding --radius 0" to "--radius must be finite and greater than 0, was 0.0",
                "--solvers sliding --radius 1e-320" to "too small for data of radius",
                "--solvers sliding --initial $states" to "have dimension 2, the target has 1",
                "--solvers sliding --reference $states" to "--reference: the rows of $states have dimension 2",
                "--solvers sliding --initial $three --count 4" to
                    "--count must be at most 3, the number of rows of $three",
                "--solvers sliding --plot x.jpg" to "--plot writes PNG",
                "--solvers sliding --csv a.png --plot a.png" to "--csv and --plot name the same file",
                "--solvers sliding --csv no/such/place.csv" to "--csv: there is no directory",
                "--solvers sliding --to-sigma 0" to "--to-sigma must be greater than 0 in a comparison, was 0, where" +
                    " only sliding can end; give a small positive number",
                "--solvers sliding,parallel --to-sigma 1e-300" to "--solvers: parallel: --to-sigma must be at least",
                "--solvers sliding,heun --to-sigma 1e-320" to "--to-sigma must be at least 1e-75, or 0, was 1e-320",
                "--solvers sliding --from-sigma 1e300" to "--from-sigma must be at most 1e75, was 1e300",
                "--solvers sliding --to-sigma 1000" to "--from-sigma must be greater than --to-sigma",
                "--solvers euler --from-sigma 1.0000000001 --to-sigma 1 --budgets 1000000" to "--solvers: euler: steps",
                "--tolerances 0.1" to "--solvers",
                "--solvers sliding --tolerances 1e-3,0.001" to
                    "--tolerances contains 0.001 twice; name each tolerance once",
                "--solvers heun --budgets 8,16,8" to "--budgets contains 8 twice; name each budget once",
            ).forEach { (options, message) ->
                options {
                    refused(listOf(message), "compare", "--target", "bimodal", *options.split(" ").toTypedArray())
                }
            }
            "different numbers of initial and end states" {
                val two = dir.file("two.csv", "0.5\n1\n")
                refused(
                    listOf("--reference must have one row per initial state: $three has 3 rows, $two has 2"),
                    *arrayOf("compare", "--target", "bimodal", "--solvers", "sliding"),
                    *arrayOf("--initial", three, "--reference", two),
                )
            }
        }

        "refuses unknown commands and targets, naming what there is:" - {
            "no command" {
                refused(listOf("a command is missing; available: sample, decode, encode, expect, evaluate, compare"))
            }
            "an unknown argument is reported before a missing option" {
                val empty = dir.file("empty", "")
                val recursive = dir.file("recursive", "@$dir/recursive")
                for (name in listOf("no-such", empty, recursive)) {
                    val unread = "unexpected argument '@$name': argument files are not supported"
                    refused(listOf(unread), "@$name")
                    refused(listOf(unread), "@$name", "sample", "--target", "ring8")
                    refused(listOf(unread), "@$name", "sample")
                    refused(listOf(unread), "sample", "@$name")
                    refused(listOf(unread), "sample", "--target", "ring8", "@$name")
                }
                for (command in listOf("sample", "decode", "encode", "expect", "evaluate", "compare", "posterior")) {
                    refused(listOf("unexpected argument 'help'; see scoreflux $command --help"), command, "help")
                    refused(listOf("unexpected argument ''; see scoreflux $command --help"), command, "")
                    refused(listOf("unknown option '--bogus'; see scoreflux --help"), "--bogus", command)
                }
                refused(listOf("unknown command ''"), "")
                refused(listOf("unknown command 'smaple' (did you mean 'sample'?)"), "help", "smaple")
                refused(listOf("unknown command 'SAMPLE' (did you mean 'sample'?)"), "SAMPLE")
                refused(listOf("unknown target 'RING8' (did you mean 'ring8'?)"), "sample", "--target", "RING8")
            }
            "unknown command" { refused(listOf("unknown command 'smaple' (did you mean 'sample'?)"), "smaple") }
            "a mistyped option before the one that is missing for it" {
                refused(listOf("unknown option '--targt' (did you mean '--target'?)"), "sample", "--targt", "ring8")
                refused(
                    listOf("unknown option '--inital' (did you mean '--initial'?)"),
                    "decode",
                    "--target",
                    "ring8",
                    "--inital",
                    states,
                )
            }
            "an empty name" {
                refused(listOf("--target must name a file"), "sample", "--target", "")
                refused(listOf("--initial must name a file"), "decode", "--target", "ring8", "--initial", "")
                refused(listOf("--samples must name a file"), "evaluate", "--samples", "", "--reference", states)
                refused(listOf("--reference must name a file"), "evaluate", "--samples", states, "--reference", "")
            }
            "control characters, without repeating them" {
                refused(listOf("unknown target 'a?[31mb?c'"), "sample", "--target", "a\u001b[31mb\u009bc")
            }
            "no target" { refused(listOf("--target"), "sample") }
            "target name" {
                refused(listOf("unknown target 'digit' (did you mean 'digits'?)"), "sample", "--target", "digit")
            }
            "missing file" {
                refused(listOf("cannot read no.json: no such file"), "sample", "--target", "no.json")
            }
            "a directory" { refused(listOf("is a directory"), "sample", "--target", dir.toString()) }
        }

        "refuses target files, naming the place:" - {
            fun mixture(vararg components: String) =
                """{"type":"gaussian-mixture","components":[${components.joinToString()}]}"""
            val good = """{"weight":1,"mean":[0,0],"std":1}"""
            mapOf(
                "" to "must be an object {...}, was empty",
                "[1]" to "must be an object",
                "{\n\"type\": \"dataset\",\n oops}" to "line 3: not valid JSON",
                """{"type":"dataset"} {}""" to "not valid JSON",
                """{"type":"dataset","type":"dataset"}""" to "Duplicate",
                """{"type":NaN}""" to "not valid JSON: 'NaN' is not a number; numbers must be finite",
                """{"type":${"1".repeat(1500)}}""" to "Number value length (1500) exceeds the maximum allowed (1000)",
                """{"type":+1}""" to "JSON spec does not allow numbers to have plus signs",
                """{"type":[1""" to "Unexpected end-of-input: expected close marker for Array",
                "[".repeat(100_000) to "Document nesting depth (501) exceeds the maximum allowed (500)",
                """{"file":"x"}""" to "the field 'type' is missing",
                """{"type":7}""" to "type must be a string, was 7",
                """{"type":"gausian-mixture"}""" to "did you mean 'gaussian-mixture'?",
                """{"type":"onnx","file":"m.onnx"}""" to "the field 'parametrization' is missing",
                """{"type":"remote","url":"http://127.0.0.1:8000"}""" to "'parametrization' is missing",
                """{"type":"gaussian-mixture","components":[]}""" to
                    "components must be a list [...] that is not empty",
                """{"type":"gaussian-mixture","component":[]}""" to
                    "unknown field 'component' (did you mean 'components'?)",
                mixture("3") to "components[0] must be an object",
                mixture(good, """{"wieght":1,"mean":[0],"std":1}""") to
                    "'components[1].wieght' (did you mean 'weight'?)",
                mixture("""{"weight":0,"mean":[0],"std":1}""") to "components[0].weight must be greater than 0, was 0",
                mixture("""{"weight":-1,"mean":[0],"std":1}""") to
                    "components[0].weight must be greater than 0, was -1",
                mixture("""{"weight":"1","mean":[0],"std":1}""") to "components[0].weight must be a number, was \"1\"",
                mixture("""{"weight":1e999,"mean":[0],"std":1}""") to "components[0].weight must be finite",
                mixture("""{"weight":1,"mean":[],"std":1}""") to
                    "components[0].mean must be a list [...] that is not empty",
                mixture("""{"weight":1,"mean":[0,null],"std":1}""") to
                    "components[0].mean[1] must be a number, was null",
                mixture("""{"weight":1,"mean":[0]}""") to "the field 'components[0].std' is missing",
                mixture("""{"weight":1,"mean":[0],"std":"x"}""") to "components[0].std must be a number, a list",
                mixture("""{"weight":1,"mean":[0],"std":-1}""") to "components[0].std must be greater than 0, was -1",
                mixture("""{"weight":1,"mean":[0,0],"std":[1,0]}""") to
                    "components[0].std: std[1] must be finite and greater than 0",
                mixture("""{"weight":1,"mean":[0,0],"std":[1]}""") to
                    "components[0].std must have 2 entries like the mean, has 1",
                mixture("""{"weight":1,"mean":[0,0],"std":[[1,0],[0]]}""") to
                    "components[0].std: covariance[1] must have 2 numbers",
                mixture("""{"weight":1,"mean":[0,0],"std":[[1,0.5],[0.4,1]]}""") to
                    "components[0].std: covariance[0][1] must be equal to entry [1][0], as the matrix is symmetric",
                mixture("""{"weight":1,"mean":[0,0],"std":[[1,2],[2,1]]}""") to
                    "components[0].std: covariance must be positive definite",
                mixture("""{"weight":1,"mean":[0,0],"std":[[1e-20,0],[0,1e20]]}""") to
                    "scale the axes, or give per-axis std where they are independent",
                mixture(good, """{"weight":1,"mean":[0],"std":1}""") to
                    "components[1].mean must have 2 numbers like components[0].mean, has 1",
                mixture("""{"weight":1,"mean":[0],"std":1e-200}""") to
                    "components[0].std is too small for double precision, was 1e-200; rescale the data",
                mixture("""{"weight":1,"mean":[0],"std":1e80}""") to
                    "std or means are too large or too small for double precision; rescale the data",
                mixture("""{"weight":1,"mean":[0],"std":1e-80}""") to
                    "std or means are too large or too small for double precision; rescale the data",
                mixture("""{"weight":1,"mean":[0],"std":1e300}""") to
                    "components[0].std is too large for double precision, was 1e300; rescale the data",
                mixture("""{"weight":1,"mean":[0,0],"std":[1,1e-200]}""") to
                    "components[0].std[1] is too small for double precision",
                mixture("""{"weight":1,"mean":[1e200],"std":1}""") to
                    "components[0].mean is too large for double precision, has 1e200; rescale the data",
                mixture("""{"weight":1,"mean":[1e154],"std":1}""", """{"weight":1,"mean":[-1e154],"std":1}""") to
                    "std or means are too large or too small for double precision; rescale the data",
                mixture("""{"weight":1,"mean":[0],"std":1e153}""") to
                    "std or means are too large or too small for double precision; rescale the data",
                """{"type":"dataset","file":"states.csv","bandwidth":1e-200}""" to
                    "rows or bandwidth are too large or too small for double precision; rescale the data",
                """{"type":"dataset","bandwidth":1}""" to "the field 'file' is missing",
                """{"type":"dataset","file":"states.csv","bandwidth":0}""" to "bandwidth must be greater than 0, was 0",
                """{"type":"dataset","file":"states.csv","bandwidth":1,"shape":[2]}""" to
                    "shape must be [height, width]",
                """{"type":"dataset","file":"states.csv","bandwidth":1,"shape":[2,0]}""" to
                    "shape[1] must be a whole number",
                """{"type":"dataset","file":"states.csv","bandwidth":1,"shape":[2,2]}""" to
                    "shape [2, 2] does not fit the 2 numbers in each row of",
            ).forEach { (text, message) ->
                (if (text.isEmpty()) "an empty file" else text.take(200)) {
                    refused(listOf("t.json", message), "sample", "--target", dir.file("t.json", text))
                }
            }
        }

        "refuses a data set whose rows are missing" {
            val file = dir.file("t.json", """{"type":"dataset","file":"no.csv","bandwidth":1}""")
            refused(listOf("$file: cannot read $dir/no.csv: no such file"), "sample", "--target", file)
        }

        "names both files where one names the other:" - {
            dir.file("words.csv", "1,2\n3,x\n")
            dir.file("one.csv", "1,2\n")
            dir.file("vast.csv", "1e200,0\n-1e200,0\n")
            dir.file("same.csv", "a,sick\n1,0\n1,1\n")
            dir.file("close.csv", "a,sick\n1e-300,0\n2e-300,1\n")
            dir.file("text.csv", "a,sick\n1,0\n2,often\n")
            dir.file("broken.onnx", "not a model")

            fun dataset(
                file: String,
                more: String = "",
            ) = """{"type":"dataset","file":"$file","bandwidth":1$more}"""

            fun regression(
                file: String,
                label: String = "sick",
            ) = """{"type":"logistic-regression","file":"$file","label":"$label","prior-std":1,"standardize":true}"""
            for ((name, command, text) in listOf(
                Triple("no-such.csv", "sample", dataset("no-such.csv")),
                Triple("words.csv", "sample", dataset("words.csv")),
                Triple("vast.csv", "sample", dataset("vast.csv")),
                Triple("one.csv", "sample", dataset("one.csv", ""","shape":[2,2]""")),
                Triple(
                    "no-such.onnx",
                    "sample",
                    """{"type":"onnx","file":"no-such.onnx","parametrization":"denoised"}""",
                ),
                Triple(
                    "broken.onnx",
                    "sample",
                    """{"type":"onnx","file":"broken.onnx","parametrization":"denoised"}""",
                ),
                Triple("no-such.csv", "posterior", regression("no-such.csv")),
                Triple("same.csv", "posterior", regression("same.csv")),
                Triple("close.csv", "posterior", regression("close.csv")),
                Triple("text.csv", "posterior", regression("text.csv")),
                Triple("text.csv", "posterior", regression("text.csv", "well")),
            )) {
                "$name: $text" {
                    val file = dir.file("names.json", text)
                    refused(listOf("scoreflux: $file: ", "$dir/$name"), command, "--target", file)
                }
            }
        }

        "refuses CSV files, naming file and line:" - {
            mapOf(
                "" to "states2.csv: the file has no rows",
                "a,b\n" to "states2.csv: the file has no rows",
                "1,2\n3,x\n" to "states2.csv, line 2, cell 2: 'x' is not a number",
                "1,2\n3,\n" to "states2.csv, line 2, cell 2: '' is not a number",
                "1,2\n3,0x1p3\n" to "line 2, cell 2: '0x1p3' is not a number",
                "1,2\n3,1d\n" to "line 2, cell 2: '1d' is not a number",
                "1,2\n3,NaN\n" to "line 2, cell 2: numbers must be finite, was NaN",
                "1,2\n3,1e999\n" to "line 2, cell 2: numbers must be finite, was 1e999",
                "1,2\n3\n" to "states2.csv, line 2 has 1 cells, the first line has 2",
                "a,b\n1,2\nc,d\n" to "line 3, cell 1: 'c' is not a number",
                "x0,x2\n1,2\n" to "line 1: the header has no column x1",
                "index,status,x0,x1\n0,failed,,\n" to "line 2 is a failed sample without values; remove the line",
                "0.5;1\n" to "states2.csv, line 1: cells must be separated by commas, was a semicolon",
                "1\n" to "the states have dimension 1, the target has 2",
                "1,2\n1,\"2\n" to "states2.csv, line 2: a quoted cell is not closed; add the closing quote",
                "1,\"2\"3\n" to "states2.csv, line 1: text follows a quoted cell; separate cells by",
            ).forEach { (text, message) ->
                (if (text.isEmpty()) "an empty file" else text) {
                    refused(listOf(message), "decode", "--target", "ring8", "--initial", dir.file("states2.csv", text))
                }
            }
            "not UTF-8" {
                val file = Files.write(dir.resolve("latin.csv"), byteArrayOf(0xE9.toByte(), 0x2C, 0x31))
                refused(listOf("not text in UTF-8"), "decode", "--target", "ring8", "--initial", file.toString())
            }
            "more states asked for than given" {
                val args = arrayOf("decode", "--target", "ring8", "--initial")
                refused(
                    listOf("--count 3 from row 0 goes beyond the last row of $states, which has 2 rows; give at most"),
                    *args,
                    states,
                    "--count",
                    "3",
                )
                refused(
                    listOf(
                        "--first-index 5 is beyond the last row of $states, which has 2 rows; rows are" +
                            " numbered from 0, so give at most 1",
                    ),
                    *args,
                    states,
                    "--first-index",
                    "5",
                )
                refused(
                    listOf("which has 1 row; give at most 0"),
                    *args,
                    dir.file("single.csv", "1,2\n"),
                    "--first-index",
                    "1",
                    "--count",
                    "4",
                )
            }
        }

        "refuses files to evaluate, naming the place:" - {
            fun evaluate(
                name: String,
                text: String,
                message: String,
            ) = refused(listOf(message), "evaluate", "--samples", dir.file(name, text), "--reference", states)
            "unknown extension" {
                evaluate("a.dat", "1,2\n", "the name of the file must end in ${Format.readEndings()}")
            }
            "one row" { evaluate("a.csv", "1,2\n", "a comparison needs at least 2 samples") }
            "other dimension" { evaluate("a.csv", "1\n2\n", "the samples have dimension 1") }
            "distances that overflow" {
                val remedy = "the numbers are so large that distances overflow; divide both files by the same number"
                evaluate("a.csv", "1e200,0\n-1e200,0\n", remedy)
                evaluate("a.csv", "1e308,0\n-1e308,0\n", remedy)
            }
            "a radius without pairs" {
                refused(
                    listOf("--radius requires --paired; give --paired, or leave out --radius"),
                    *arrayOf("evaluate", "--samples", states, "--reference", states, "--radius", "2"),
                )
            }
            "bad JSON" { evaluate("a.ndjson", "{\"values\":[1,2]}\nnope\n", "a.ndjson, line 2: not valid JSON") }
            "ragged values" {
                evaluate("a.ndjson", "{\"values\":[1,2]}\n{\"values\":[1]}\n", "line 2: values must have 2 numbers")
            }
            "not an array" { evaluate("a.npy", "hello, world", "not a NumPy array file") }
        }

        "refuses a truncated NumPy array" {
            val file = dir.resolve("cut.npy")
            run("sample", "--target", "ring8", "--count", "3", "--format", "npy", "--out", file.toString(), "--quiet")
            Files.write(file, Files.readAllBytes(file).dropLast(1).toByteArray())
            refused(listOf("declares 48 bytes"), "evaluate", "--samples", file.toString(), "--reference", states)
        }
    })
