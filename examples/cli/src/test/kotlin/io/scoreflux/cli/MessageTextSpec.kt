package io.scoreflux.cli

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.scoreflux.Sampler
import io.scoreflux.cli.input.InputFile
import io.scoreflux.cli.targets.Targets
import io.scoreflux.cli.text.MessageText
import io.scoreflux.cli.text.RunError
import io.scoreflux.cli.text.UserError
import io.scoreflux.model.Denoiser
import io.scoreflux.model.Moments
import io.scoreflux.noise.SigmaGrid
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.state.Rows
import reactor.core.scheduler.Schedulers
import java.io.EOFException
import java.io.IOException
import java.io.OutputStream
import java.nio.file.DirectoryNotEmptyException
import java.nio.file.FileAlreadyExistsException
import java.nio.file.FileSystemLoopException
import java.nio.file.NoSuchFileException
import java.nio.file.NotDirectoryException
import java.nio.file.Path
import java.util.Optional

/** Messages use the terms of the command line, not those of Java. */
class MessageTextSpec :
    StringSpec({
        "numbers with an exponent are written as they are typed" {
            mapOf(
                "was 1.0E-9" to "was 1e-9",
                "was -1.0E15; lower it" to "was -1e15; lower it",
                "was 2.5E-9." to "was 2.5e-9.",
                "in [1.0E-14, 1.0E150), was 4.109282931117059E-308" to "in [1e-14, 1e150), was 4.109282931117059e-308",
                "was 2.0, not 0.25" to "was 2.0, not 0.25",
            ).forEach { (java, typed) -> MessageText.numbers(java) shouldBe typed }
        }

        "names, paths and quotations stay as they are" {
            for (text in listOf(
                "cannot read 1.0E-9.csv",
                "cannot read run-1.0E-9/a.csv",
                "cannot read ../1.0E-9",
                "'1.0E-9' is not known",
                "sample1.0E9",
                "1.0E9a",
            )) {
                MessageText.numbers(text) shouldBe text
            }
        }

        "settings of the library are replaced by options, or omitted" {
            MessageText.line("more than 9 denoiser calls are needed; raise maxCalls or the tolerance") shouldBe
                "more than 9 denoiser calls are needed; raise --tolerance"
            MessageText.line("too large; lower maxRows of the gateway") shouldBe "too large; lower --batch"
        }

        "no name of a setting in camel case is left of the library's messages" {
            val camelCase = Regex("\\b[a-z]+[A-Z]\\w*")
            // So many numbers that no trajectory fits the heap.
            val wide = object : Denoiser {
                override fun dimension() = Int.MAX_VALUE / 8

                override fun moments() = Optional.empty<Moments>()

                override fun denoise(
                    rows: Rows,
                    out: DoubleArray,
                ) = Unit
            }

            fun builder(denoiser: Denoiser) = Sampler.builder(denoiser).radius(1.0)
            val ring = Targets.find("ring8").denoiser()
            val failures = listOf<() -> Any>(
                { builder(wide).noiseRange(80.0, 0.01).build() },
                { builder(wide).noiseRange(80.0, 0.01).lanes(4, Schedulers.immediate()).build() },
                { builder(ring).noiseRange(1.0, 2.0).build() },
                { builder(ring).noiseRange(1.0, 1e-200).build() },
                { builder(ring).noiseRange(1e200, 1.0).build() },
                { builder(ring).noiseRange(1.0, 0.0).solver(Parallel(1e-4)).build() },
                { builder(ring).noiseRange(1e100, 1e-100).solver(Parallel(1e-4)).build() },
                { builder(ring).noiseRange(1.0, 0.0).solver(FixedStep(Scheme.HEUN, 8, SigmaGrid.KARRAS)).build() },
            )
            for (failure in failures) {
                val error = runCatching { failure() }.exceptionOrNull()
                withClue(error) { (error is IllegalArgumentException || error is IllegalStateException) shouldBe true }
                val message = MessageText.options(error as Exception)
                withClue(error.message) {
                    camelCase.find(MessageText.line(message))?.value shouldBe null
                    message shouldNotContain "lanes"
                    message shouldNotContain "raise memory"
                }
            }
            // Messages whose causes a test cannot produce.
            for (message in listOf(
                "more than 9 denoiser calls are needed; raise maxCalls or the tolerance",
                "the call has 9 bytes; lower maxRows of the gateway",
                "call of 16 rows; raise memory, or lower fixedRows",
                "export it with a dynamic first axis, or call it with fixedRows(16)",
                "a field that circulates has no density. Check the gradient, or raise asymmetryLimit",
                "known on a part of space; give preconditioner and curvature without atMode()",
                "may run out of memory: raise the limit with -Xmx; a solver of fixed steps takes least, a lower maxDegree less, as do fewer lanes",
            )) {
                camelCase.find(MessageText.line(message))?.value shouldBe null
            }
            MessageText.line(
                "width 256 is brought down to 3: it is much; raise the heap's limit with -Xmx, or memory; a",
            ) shouldBe
                "at most 3 samples are computed at a time instead of 256: it is much; raise the heap's limit with -Xmx; a"
            MessageText.line(
                "raise the limit with -Xmx, or do without a pilot: give the radius, and a solver that needs none",
            ) shouldBe
                "raise the limit with -Xmx, or do without a pilot: give the radius in the target's file, and --tolerance instead of --budget"
        }

        "a message is one line without control characters" {
            MessageText.line("a \n b\u001bc") shouldBe "a b?c"
        }

        "file errors do not name Java classes" {
            for (e in listOf(
                IOException(),
                EOFException(),
                NoSuchFileException("a"),
                FileAlreadyExistsException("a"),
                NotDirectoryException("a"),
                DirectoryNotEmptyException("a"),
                FileSystemLoopException("a"),
            )) {
                UserError.reason(e) shouldNotContain "Exception"
                UserError.reason(e).isBlank() shouldBe false
            }
        }

        "out of memory: a run names the options that reduce it, and only those that it has" {
            val short = object : OutputStream() {
                override fun write(b: Int): Unit = throw OutOfMemoryError("for the test")

                override fun write(
                    b: ByteArray,
                    off: Int,
                    len: Int,
                ): Unit = throw OutOfMemoryError("for the test")
            }
            val dir = temporary()
            val states = dir.file("states.csv", "0.5,1\n1,2\n")
            val more = dir.file("more.csv", "0.4,1\n1,3\n")
            val remedies = mapOf(
                arrayOf("sample", "--target", "ring8") to
                    "while computing samples; give Java more with -Xmx, or lower --batch,",
                arrayOf("decode", "--target", "ring8", "--initial", states) to "while computing samples",
                arrayOf("encode", "--target", "ring8", "--input", states) to "while computing samples",
                arrayOf("posterior", "--target", "tumours", "--count", "4", "--burn-in", "5") to
                    "while drawing; give Java more with -Xmx, or lower --chains,",
                arrayOf("compare", "--target", "ring8", "--solvers", "heun", "--budgets", "8") to
                    "while comparing solvers; give Java more with -Xmx, or lower --count,",
                arrayOf("evaluate", "--samples", states, "--reference", more) to
                    "while comparing the rows; give Java more with -Xmx, or give files with fewer rows",
            )
            for ((args, remedy) in remedies) {
                val quiet = if (args[0] == "evaluate") args else arrayOf(*args, "--quiet")
                val run = runInto(short, *quiet)
                run.code shouldBe 1
                run.err.trimEnd().lines().size shouldBe 1
                run.err shouldContain "scoreflux: out of memory $remedy"
                val known = run(args[0], "--help").out
                Regex("--[a-z-]+").findAll(run.err).forEach { known shouldContain it.value }
            }
        }

        "out of memory for a file: the message names the file and the one that refers to it, but not --batch" {
            val dir = temporary()
            val file = Path.of(dir.file("rows.csv", "1,2\n"))
            val json = dir.resolve("target.json")

            fun fail(): Nothing = throw OutOfMemoryError("for the test")
            shouldThrow<RunError> { InputFile.read<Int>(file) { fail() } }.message shouldBe
                "out of memory while reading $file; give Java more with -Xmx, or give a smaller file"
            shouldThrow<RunError> { InputFile.readReferenced<Int>(json, file) { fail() } }.message shouldBe
                "$json: out of memory while reading $file; give Java more with -Xmx, or give a smaller file"
            shouldThrow<UserError> {
                InputFile.readReferenced<Int>(json, file) { throw UserError("$file: bad") }
            }.message shouldBe
                "$json: $file: bad"
            InputFile.readReferenced(json, file) { 3 } shouldBe 3
        }

        "an unexpected error is one line without Java's names" {
            val odd = object : OutputStream() {
                override fun write(b: Int): Unit = throw IllegalStateException("odd")
            }
            for (args in listOf(arrayOf("sample", "--target", "ring8", "--count", "1", "--quiet"))) {
                val run = runInto(odd, *args)
                run.code shouldBe 1
                run.err shouldBe "scoreflux: the program failed unexpectedly: odd; -Dscoreflux.debug=true shows where\n"
            }
        }
    })
