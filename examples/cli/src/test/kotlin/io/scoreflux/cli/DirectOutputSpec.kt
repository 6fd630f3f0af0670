package io.scoreflux.cli

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.kotest.matchers.string.shouldStartWith
import java.io.FileInputStream
import java.io.FileOutputStream
import java.io.RandomAccessFile
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

private val DESCRIPTORS = Path.of("/proc/self/fd")

/** Outputs that are not regular files are written directly: at their position, without truncation or a temporary file. */
class DirectOutputSpec :
    StringSpec({
        val dir = temporary()
        val sample = arrayOf("sample", "--target", "ring8", "--count", "4", "--quiet", "--format", "csv")
        val expected = run(*sample).out
        val hasDescriptors = Files.isDirectory(DESCRIPTORS) && Files.exists(Path.of("/dev/fd"))

        /** The number of this process's descriptor of a file. */
        fun descriptor(file: Path): String = Files.list(DESCRIPTORS).use { all ->
            all.filter { runCatching { Files.readSymbolicLink(it) == file.toRealPath() }.getOrDefault(false) }
                .findFirst().get().fileName.toString()
        }

        fun child(
            vararg command: String,
            appendTo: Path,
        ): Run {
            val err = Files.createTempFile(dir, "child", ".err")
            val process = ProcessBuilder(*command)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(appendTo.toFile()))
                .redirectError(err.toFile())
                .also { it.environment()["CLASSPATH"] = System.getProperty("java.class.path") }
                .start()
            withClue("the child must end") { process.waitFor(120, TimeUnit.SECONDS) shouldBe true }
            return Run(process.exitValue(), emptyList(), Files.readString(err))
        }

        val java = arrayOf("${System.getProperty("java.home")}/bin/java", "io.scoreflux.cli.Main")

        "a dash is standard output for every output, with the bytes that a file would have" {
            val rows = dir.file("rows.csv", "dose,sick\n1,0\n2,1\n4,1\n3,0\n")
            val regression =
                """{"type":"logistic-regression","file":"rows.csv","label":"sick","prior-std":1,"standardize":true}"""
            val logistic = dir.file("logistic.json", regression)
            val states = dir.file("states.csv", "0.5,1\n1,2\n")
            val other = dir.resolve("other").toString()
            val draws = arrayOf("posterior", "--target", logistic, "--count", "8", "--burn-in", "20")
            val digits = arrayOf("sample", "--target", "digits", "--count", "2", "--tolerance", "1e-2", "--out", other)
            val compared =
                arrayOf("compare", "--target", "ring8", "--solvers", "heun", "--budgets", "8", "--count", "2")
            val cases = listOf(
                sample to "--out",
                arrayOf("encode", "--target", "ring8", "--input", states) to "--out",
                arrayOf("decode", "--target", "ring8", "--initial", states) to "--out",
                draws to "--out",
                arrayOf(*draws, "--out", other) to "--summary",
                arrayOf(*draws, "--out", other) to "--plot",
                digits to "--plot",
                digits to "--film",
                digits to "--save-plan",
                compared to "--csv",
                compared to "--plot",
            )
            for ((args, option) in cases) {
                val end = mapOf("--plot" to "png", "--film" to "png", "--summary" to "json").getOrDefault(option, "txt")
                val file = dir.resolve("a.$end")
                run(*args, option, "$file").code shouldBe 0
                val dashed = run(*args, option, "-")
                withClue("${args[0]} $option: ${dashed.err}") {
                    dashed.code shouldBe 0
                    dashed.bytes shouldBe Files.readAllBytes(file).toList()
                    dashed.err shouldNotContain "wrote -"
                }
                Files.delete(file)
            }
            Files.exists(Path.of("-")) shouldBe false
            // The table goes to standard error if a program reads standard output.
            run(*compared, "--csv", "-").err shouldContain "rms error"
            run(*compared, "--csv", "-", "--quiet").err shouldBe ""
        }

        "two outputs cannot both be standard output, under any name" {
            val names = if (hasDescriptors) listOf("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1") else listOf("-")
            for (name in names) {
                refused(listOf("the samples and --plot both go to standard output; name a"), *sample, "--plot", name)
                refused(listOf("--out and --plot both go"), *sample, "--out", "-", "--plot", name)
                refused(listOf("--out and --save-plan both go"), *sample, "--out", name, "--save-plan", "-")
                refused(listOf("the samples and --film both go"), *sample, "--film", name)
                val compared = arrayOf("compare", "--target", "ring8", "--solvers", "heun")
                refused(listOf("--csv and --plot both go"), *compared, "--csv", name, "--plot", "-")
                val draws = arrayOf("posterior", "--target", "tumours")
                refused(listOf("the draws and --summary both go"), *draws, "--summary", name)
                refused(listOf("--plot and --summary both go"), *draws, "--out", "x", "--plot", "-", "--summary", name)
            }
        }

        "the names of descriptor 1, and links to them, are standard output".config(enabled = hasDescriptors) {
            val link = Files.createSymbolicLink(dir.resolve("out.csv"), Path.of("/dev/stdout"))
            val second = Files.createSymbolicLink(dir.resolve("second.csv"), Path.of("out.csv"))
            for (name in listOf(
                "/dev/stdout",
                "/dev/fd/1",
                "/proc/self/fd/1",
                "/dev/../dev/stdout",
                "$link",
                "$second",
            )) {
                val run = run(*sample, "--out", name)
                withClue("$name: ${run.err}") {
                    run.code shouldBe 0
                    run.out shouldBe expected
                }
            }
            Files.isSymbolicLink(link) shouldBe true
            val errors = run(*sample, "--out", "/dev/stderr")
            errors.err shouldBe expected
            errors.out shouldBe ""
        }

        "a descriptor of a file is appended to".config(enabled = hasDescriptors) {
            val file = Path.of(dir.file("open.csv", "old\n"))
            FileOutputStream(file.toFile(), true).use {
                val number = descriptor(file)
                run(*sample, "--out", "/dev/fd/$number").code shouldBe 0
                Files.readString(file) shouldBe "old\n$expected"
                run(*sample, "--out", "/proc/self/fd/$number").code shouldBe 0
                Files.readString(file) shouldBe "old\n$expected$expected"
                // Writing the file by its name would replace it while the descriptor is open.
                refused(listOf("name the same file"), *sample, "--out", "/dev/fd/$number", "--save-plan", "$file")
                Files.readString(file) shouldBe "old\n$expected$expected"
            }
        }

        "a descriptor of a file that is not open for appending is rejected, under every name".config(
            enabled = hasDescriptors,
        ) {
            val file = Path.of(dir.file("positioned.csv", "old\n"))
            for (open in listOf({ RandomAccessFile(file.toFile(), "rw") }, { FileOutputStream(file.toFile()) })) {
                open().use {
                    val number = descriptor(file)
                    val link = dir.resolve("positioned.link")
                    Files.deleteIfExists(link)
                    Files.createSymbolicLink(link, Path.of("/dev/fd/$number"))
                    val before = Files.readString(file)
                    for (name in listOf("/dev/fd/$number", "/proc/self/fd/$number", "$link")) {
                        for (option in listOf("--out", "--plot", "--save-plan")) {
                            refused(
                                listOf(
                                    "$option: $name leads to a file that is not open for appending",
                                    "$number>> FILE",
                                ),
                                *sample,
                                option,
                                name,
                            )
                        }
                    }
                    Files.readString(file) shouldBe before
                }
            }
        }

        "a shell's lines around the results are kept, or the run is rejected".config(
            enabled = hasDescriptors && Files.exists(Path.of("/bin/bash")),
        ) {
            val command = (java + sample).joinToString(" ") { "'$it'" }
            for ((redirection, code) in listOf(">" to 2, ">>" to 0, "<>" to 2)) {
                val log = Path.of(dir.file("shell.log", ""))
                val script = "exec 3$redirection'$log'; echo header >&3; $command --out /dev/fd/3; code=\$?; " +
                    "echo line >&3; exit \$code"
                val run = child("/bin/bash", "-c", script, appendTo = dir.resolve("shell.out"))
                withClue("$redirection ${run.err}") {
                    run.code shouldBe code
                    Files.readString(log) shouldBe "header\n${if (code == 0) expected else ""}line\n"
                }
            }
        }

        "a descriptor that is closed or read-only is rejected".config(enabled = hasDescriptors) {
            refused(listOf("--out: /dev/fd/987 is not open; open it in the shell"), *sample, "--out", "/dev/fd/987")
            val file = Path.of(dir.file("read.csv", "old\n"))
            FileInputStream(file.toFile()).use {
                val name = "/dev/fd/${descriptor(file)}"
                refused(listOf("--out: $name is not open for writing; name another file"), *sample, "--out", name)
            }
            Files.readString(file) shouldBe "old\n"
        }

        "a named pipe is written and kept".config(enabled = hasDescriptors) {
            for (option in listOf("--out", "--plot")) {
                val pipe = dir.resolve("pipe$option")
                ProcessBuilder("mkfifo", "$pipe").inheritIO().start().waitFor() shouldBe 0
                val read = CompletableFuture.supplyAsync { Files.readAllBytes(pipe) }
                run(*sample, option, "$pipe").code shouldBe 0
                val bytes = read.get(60, TimeUnit.SECONDS)
                if (option == "--out") String(bytes) shouldBe expected else String(bytes, 1, 3) shouldBe "PNG"
                Files.readAttributes(pipe, "isOther")["isOther"] shouldBe true
            }
        }

        "a full device is reported in one line that names it, for every output".config(enabled = hasDescriptors) {
            val full = "/dev/full"
            val draws = arrayOf("posterior", "--target", "tumours", "--count", "4", "--burn-in", "5", "--quiet")
            val compared = arrayOf("compare", "--target", "ring8", "--solvers", "heun", "--budgets", "8", "--quiet")
            for (args in listOf(
                arrayOf(*sample, "--out", full),
                arrayOf(*sample, "--plot", full),
                arrayOf(*sample, "--save-plan", full),
                arrayOf(*draws, "--out", full),
                arrayOf(*draws, "--summary", full),
                arrayOf(*draws, "--plot", full),
                arrayOf(*compared, "--csv", full),
                arrayOf(*compared, "--plot", full),
            )) {
                val run = run(*args)
                run.code shouldBe 1
                run.err shouldBe "scoreflux: cannot write $full: No space left on device\n"
            }
            Files.exists(Path.of(full)) shouldBe true
        }

        "a file to which standard output is appended keeps its lines, and is rejected as an input".config(
            enabled = hasDescriptors,
        ) {
            val file = Path.of(dir.file("log.csv", "earlier\n"))
            val run = child(*java, *sample, "--out", "/dev/stdout", appendTo = file)
            withClue(run.err) { run.code shouldBe 0 }
            Files.readString(file) shouldBe "earlier\n$expected"
            val states = Path.of(dir.file("in.csv", "0.5,1\n1,2\n"))
            val decode = arrayOf("decode", "--target", "ring8", "--initial", "$states")
            val refused = child(*java, *decode, "--out", "-", appendTo = states)
            refused.code shouldBe 2
            refused.err shouldStartWith "scoreflux: --out on standard output would overwrite what --initial reads"
            Files.readString(states) shouldBe "0.5,1\n1,2\n"
        }

        "the inputs of compare and evaluate are not appended to".config(enabled = hasDescriptors) {
            val text = "0.5,1\n1,2\n"
            val one = Path.of(dir.file("one.csv", text))
            val other = dir.file("other.csv", "0.25,1\n1,3\n")
            val compared = arrayOf("compare", "--target", "ring8", "--solvers", "heun")
            for ((option, args) in listOf(
                "--initial" to arrayOf(*compared, "--initial", "$one"),
                "--reference" to arrayOf(*compared, "--reference", "$one"),
                "--samples" to arrayOf("evaluate", "--samples", "$one", "--reference", other),
                "--reference" to arrayOf("evaluate", "--samples", other, "--reference", "$one"),
            )) {
                val refused = child(*java, *args, appendTo = one)
                refused.code shouldBe 2
                refused.err shouldContain "on standard output would overwrite what $option reads; name another file"
                Files.readString(one) shouldBe text
            }
        }

        "a process substitution gets all output".config(
            enabled = hasDescriptors && Files.exists(Path.of("/bin/bash")),
        ) {
            val file = dir.resolve("substituted.csv")
            val command = (java + sample).joinToString(" ") { "'$it'" }
            // The outer cat ends when the inner one has.
            val run = child("/bin/bash", "-c", "$command --out >(cat) | cat; exit \${PIPESTATUS[0]}", appendTo = file)
            withClue(run.err) { run.code shouldBe 0 }
            Files.readString(file) shouldBe expected
        }
    })
