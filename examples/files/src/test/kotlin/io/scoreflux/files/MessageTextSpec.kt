package io.scoreflux.files

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.scoreflux.Sampler
import io.scoreflux.error.Failure
import io.scoreflux.error.HasViolation
import io.scoreflux.error.Violation
import io.scoreflux.files.input.InputFile
import io.scoreflux.files.targets.PosteriorTargets
import io.scoreflux.files.targets.Targets
import io.scoreflux.files.text.MessageText
import io.scoreflux.files.text.RunError
import io.scoreflux.files.text.UserError
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
import java.nio.file.DirectoryNotEmptyException
import java.nio.file.FileAlreadyExistsException
import java.nio.file.FileSystemLoopException
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.NotDirectoryException
import java.nio.file.Path
import java.util.Optional
import kotlin.io.path.readLines

/** Settings that rules and remedies refer to, and that only programs, or files whose messages have the names of fields, can set. */
private val PROGRAMS_ALONE = listOf(
    "asymmetryLimit",
    "betaMin",
    "calls",
    "concurrency",
    "coordinates",
    "curvature",
    "deadline",
    "gradient",
    "initialState",
    "lower",
    "maxCalls",
    "maxDegree",
    "maxInFlight",
    "mean",
    "memory",
    "preconditioner",
    "prior",
    "retries",
    "step",
    "timeout",
    "windows",
)

/** Settings that the messages of networks refer to, and that only a target file has, not an option. */
private val NETWORKS =
    listOf("classes", "condition", "inputs", "learnedVariance", "output", "shape", "state", "time", "timeInput")

/** Messages use the terms of the command line, not those of Java. */
class MessageTextSpec :
    StringSpec({
        "numbers are written as they are typed, and what a user wrote stays as it is" {
            val sampler = Sampler.builder(Targets.find("ring8").denoiser()).radius(1.0)
            val error = shouldThrow<IllegalArgumentException> { sampler.noiseRange(1.0, 4e-308) }
            MessageText.of(error) shouldContain "--to-sigma must be at least 1e-75, or 0"
            MessageText.of(error) shouldContain ", was 4e-308; end at 0 or at a larger noise level, or scale the data"
            MessageText.line("cannot read run-1.0E-9/1.0E-9.csv") shouldBe "cannot read run-1.0E-9/1.0E-9.csv"
            MessageText.of(IllegalStateException("fromSigma {toSigma}")) shouldBe "fromSigma {toSigma}"
        }

        "refusals of the library name options, and no setting that is none" {
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
            val refusals = mapOf<() -> Any, String>(
                { builder(wide).noiseRange(80.0, 0.01).build() } to
                    "raise it with -Xmx, or use a fixed-step solver, which needs the least memory",
                { builder(wide).noiseRange(80.0, 0.01).parallelism(4, Schedulers.immediate()).build() } to
                    "or use a fixed-step solver, which needs the least memory, or lower --threads",
                { builder(ring).noiseRange(1.0, 2.0).build() } to
                    "--from-sigma must be greater than --to-sigma, was 1.0 <= 2.0; swap them",
                { builder(ring).noiseRange(1e200, 1.0).build() } to
                    "--from-sigma must be at most 1e75, ",
                { builder(ring).noiseRange(1.0, 0.0).solver(Parallel(1e-4)).build() } to
                    "--to-sigma must be greater than 0 for the solver parallel",
                { builder(ring).noiseRange(1.0, 0.0).solver(FixedStep(Scheme.HEUN, 8, SigmaGrid.KARRAS)).build() } to
                    "--to-sigma must be greater than 0 for the solver heun, was 0; end at a small noise level, " +
                    "or use --solver sliding",
                { builder(ring).noiseRange(1.0, 0.1).boundaries(2.0).build() } to "",
            )
            for ((refusal, sentence) in refusals) {
                val error = runCatching { refusal() }.exceptionOrNull() as RuntimeException
                withClue(error.message) {
                    val violation = (error as HasViolation).violation()
                    val message = MessageText.of(error)
                    message shouldContain sentence
                    camelCase.find(message)?.value shouldBe null
                    Regex("\\{\\w+}").find(message)?.value shouldBe null
                    message shouldContain violation.value()!!
                    message shouldNotContain "parallelism"
                    message shouldNotContain "raise memory"
                }
            }
        }

        "every setting that the library's messages refer to is an option or none" {
            val lines = Path.of("../../core/src/test/resources/settings.txt").readLines()
            val referred = lines.filter { it.startsWith("{") }.map { it.trim('{', '}') }
            (referred - MessageText.OPTIONS.keys) shouldContainExactlyInAnyOrder PROGRAMS_ALONE + NETWORKS
            (MessageText.OPTIONS.keys - referred.toSet() - lines.toSet()) shouldBe emptySet()
            (NETWORKS + "memory" - MessageText.FIELDS.keys) shouldBe emptyList()
            (MessageText.FIELDS.keys - referred.toSet() - lines.toSet()) shouldBe emptySet()
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

        "out of memory for a file: the message names the file and the one that refers to it, but not --batch" {
            val dir = tempdir().toPath()
            val file = Files.writeString(dir.resolve("rows.csv"), "1,2\n")
            val json = dir.resolve("target.json")

            fun fail(): Nothing = throw OutOfMemoryError("for the test")
            shouldThrow<RunError> { InputFile.read<Int>(file) { fail() } }.message shouldBe
                "out of memory while reading $file; increase the heap with -Xmx, or use a smaller file"
            shouldThrow<RunError> { InputFile.readReferenced<Int>(json, file) { fail() } }.message shouldBe
                "$json: out of memory while reading $file; increase the heap with -Xmx, or use a smaller file"
            shouldThrow<UserError> {
                InputFile.readReferenced<Int>(json, file) { throw UserError("$file: bad") }
            }.message shouldBe
                "$json: $file: bad"
            InputFile.readReferenced(json, file) { 3 } shouldBe 3
        }

        "the remedy of the target replaces remedies that need a program" {
            val target = PosteriorTargets.find("tumours")
            target.remedy() shouldContain "--precondition none"

            fun failure(vararg remedies: String) = Failure(
                Failure.Kind.NOT_CONVERGED,
                Double.NaN,
                "chain 3, step 7",
                Violation.of("the gradient", "must be finite", Double.NaN, *remedies),
                null,
            )
            val sentence = "chain 3, step 7: the gradient must be finite, was NaN"
            MessageText.of(
                failure("choose a {start} nearer to the mode", "scale the {coordinates}"),
                target.remedy(),
            ) shouldBe
                "$sentence; ${target.remedy()}"
            MessageText.of(failure("choose another {start}", "raise {safety}"), target.remedy()) shouldBe
                "$sentence; raise --safety"
        }
    })
