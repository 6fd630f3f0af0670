package io.scoreflux.diffusion

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
