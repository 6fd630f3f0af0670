package io.scoreflux.cli

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.io.File
import java.nio.file.Files
import java.nio.file.Path

/** What a run of the program in a virtual machine of its own loads. */
private fun loaded(vararg args: String): List<String> {
    val log = temporary().resolve("classes.txt")
    val java = Path.of(System.getProperty("java.home"), "bin", "java").toString()
    val process = ProcessBuilder(
        java,
        "-Xlog:class+load:file=\"$log\"",
        "-cp",
        System.getProperty("java.class.path"),
        "io.scoreflux.cli.Main",
        *args,
    ).redirectErrorStream(true).redirectOutput(File(log.resolveSibling("out.txt").toString())).start()
    withClue({ Files.readString(log.resolveSibling("out.txt")) }) { process.waitFor() shouldBe 0 }
    // [0.1s][info][class,load] a.b.C source: ...
    return Files.readAllLines(log).filter { " source: " in it }.map { it.substringAfterLast("] ").substringBefore(" ") }
}

private val LARGE = listOf(
    "tools.jackson.databind.",
    "com.fasterxml.jackson.databind.",
    "org.ejml.",
    "javax.imageio.",
    "ai.onnxruntime.",
    "ai.djl.",
    "org.apache.hadoop.",
)

private fun large(classes: List<String>) = classes.filter { name -> LARGE.any { name.startsWith(it) } }

class StartSpec :
    StringSpec({
        "a first sample does without the libraries that it does not need" {
            val classes = loaded("sample", "--target", "ring8", "--count", "1")
            classes shouldContain "io.scoreflux.cli.Main"
            classes shouldContain "io.scoreflux.solve.sliding.SlidingMachine"
            large(classes).shouldBeEmpty()
        }

        "a run that needs them loads them, so that the test above can fail" {
            val dir = temporary()
            val target = dir.file(
                "full.json",
                """{"type":"gaussian-mixture","components":[{"weight":1,"mean":[0,0],"std":[[0.1,0.05],[0.05,0.1]]}]}""",
            )
            val plot = dir.resolve("plot.png").toString()
            val classes = large(loaded("sample", "--target", target, "--count", "1", "--plot", plot))
            for (library in LARGE.filterNot { "fasterxml" in it || it.startsWith("ai.") || "hadoop" in it }) {
                withClue(library) { classes.filter { it.startsWith(library) }.shouldNotBeEmpty() }
            }
        }

        "a run loads the options of its own command only" {
            val classes = loaded("--help")
            classes shouldContain "io.scoreflux.cli.command.MergeCommand"
            val sample = loaded("sample", "--help")
            sample.size shouldBeGreaterThan 100
            sample.filter { it.endsWith("Command") && it.startsWith("io.scoreflux.cli.command.") } shouldBe
                listOf("io.scoreflux.cli.command.SampleCommand")
        }
    })
