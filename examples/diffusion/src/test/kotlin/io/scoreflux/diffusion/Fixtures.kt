package io.scoreflux.diffusion

import io.kotest.assertions.withClue
import io.kotest.matchers.shouldNotBe
import java.nio.file.Files
import java.nio.file.Path
import java.util.stream.Collectors

/** The pipeline of `examples/tiny-pipeline`. */
internal val tiny: Path = Path.of("../tiny-pipeline")

/** The prompts of its reference solutions. */
internal val referencePrompts = listOf("three", "seven", "zero", "eight").map { "a photo of the digit $it" }

/** Reads numbers in lines, separated by commas. */
internal fun numbers(file: String): Array<DoubleArray> =
    Files.readAllLines(tiny.resolve("reference/$file"))
        .map { line -> line.split(",").map(String::toDouble).toDoubleArray() }
        .toTypedArray()

/** Copies the folder, so that a test can damage it. */
internal fun copyOfTiny(): Path {
    val copy = Files.createTempDirectory("pipeline")
    val all = Files.walk(tiny).use { it.collect(Collectors.toList()) }
    for (from in all) {
        val to = copy.resolve(tiny.relativize(from).toString())
        if (Files.isDirectory(from)) Files.createDirectories(to) else Files.copy(from, to)
    }
    return copy
}

/** A file of the networks that `fixtures.py` writes. */
internal fun resource(path: String): Path = Path.of(Fixtures::class.java.getResource("/formulas/$path")!!.toURI())

private object Fixtures

/** A copy of the pipeline whose networks are formulas, with the tokenizer of the tiny pipeline for each text encoder. */
internal fun formulas(kind: String): Path {
    val source = resource("$kind/model_index.json").parent
    val folder = Files.createTempDirectory(kind)
    for (from in Files.walk(source).use { it.collect(Collectors.toList()) }) {
        val to = folder.resolve(source.relativize(from).toString())
        if (Files.isDirectory(from)) Files.createDirectories(to) else Files.copy(from, to)
    }
    for (suffix in listOf("", "_2", "_3")) {
        val tokenizer = Files.createDirectories(folder.resolve("tokenizer$suffix"))
        for (file in listOf("tokenizer.json", "tokenizer_config.json")) {
            Files.copy(tiny.resolve("tokenizer/$file"), tokenizer.resolve(file))
        }
    }
    return folder
}

/** Replaces the first occurrence of a text, which must exist, in a file of a pipeline. */
internal fun edit(folder: Path, file: String, from: String, to: String) {
    val path = folder.resolve(file)
    val text = Files.readString(path)
    val changed = text.replaceFirst(from, to)
    withClue("the fixture must contain $from") { changed shouldNotBe text }
    Files.writeString(path, changed)
}
