package io.scoreflux.cli

import io.kotest.assertions.withClue
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.cli.output.AtomicFile
import io.scoreflux.cli.output.OutputTarget
import io.scoreflux.model.Denoiser
import io.scoreflux.state.Rows
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.OutputStream
import java.io.PrintStream
import java.nio.file.Files
import java.nio.file.Path

/** What a run of the program left: its exit code and both streams. */
class Run(
    val code: Int,
    val bytes: List<Byte>,
    val err: String,
) {
    val out: String get() = String(bytes.toByteArray(), Charsets.UTF_8)
    val lines: List<String> get() = out.lines().filter { it.isNotEmpty() }
}

fun run(vararg args: String): Run {
    val out = ByteArrayOutputStream()
    return runInto(out, *args).let { Run(it.code, out.toByteArray().toList(), it.err) }
}

fun runInto(
    out: OutputStream,
    vararg args: String,
): Run {
    val err = ByteArrayOutputStream()
    val code = Main.run(arrayOf(*args), out, PrintStream(err, true, Charsets.UTF_8))
    return Run(code, emptyList(), err.toString(Charsets.UTF_8))
}

/** A run must end with exit code 2, nothing on standard output, and one line that has all the parts. */
fun refused(
    parts: List<String>,
    vararg args: String,
) {
    val run = run(*args)
    withClue(run.err) {
        run.code shouldBe 2
        run.out shouldBe ""
        run.err.trimEnd().lines().size shouldBe 1
        parts.forEach { run.err shouldContain it }
    }
}

/** A stream that takes some bytes and then fails, as a full disk or a closed pipe does. */
class Failing(
    private var room: Int,
    private val reason: String,
) : OutputStream() {
    override fun write(b: Int) = write(byteArrayOf(b.toByte()), 0, 1)

    override fun write(
        b: ByteArray,
        off: Int,
        len: Int,
    ) {
        if (len > room) throw IOException(reason)
        room -= len
    }
}

fun temporary(): Path = Files.createTempDirectory("scoreflux-cli").also { it.toFile().deleteOnExit() }

/** Starts the file of an output. */
fun atomicFile(file: Path): AtomicFile = AtomicFile.create("--out", file, OutputTarget.of(file).path())

fun Path.file(
    name: String,
    text: String,
): String = Files.writeString(resolve(name), text).toString()

/** A denoiser that does something more after each answer. */
class After(
    private val denoiser: Denoiser,
    private val more: (Rows, DoubleArray) -> Unit,
) : Denoiser {
    override fun dimension() = denoiser.dimension()

    override fun moments() = denoiser.moments()

    override fun denoise(
        rows: Rows,
        out: DoubleArray,
    ) {
        denoiser.denoise(rows, out)
        more(rows, out)
    }
}
