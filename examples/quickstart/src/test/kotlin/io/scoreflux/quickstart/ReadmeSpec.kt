package io.scoreflux.quickstart

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.noise.NoiseSource
import io.scoreflux.noise.Purpose
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.PrintStream
import kotlin.math.abs
import kotlin.math.sqrt

/** The examples of the README and of docs/get-started.md are the compiled files of this module, and they run. */
class ReadmeSpec : StringSpec({
    val readme = File("../../README.md").readText()
    val getStarted = File("../../docs/get-started.md").readText()

    /** A file without its package declaration. */
    fun whole(path: String) = File(path).readText().replace(Regex("^package .*\\n"), "").trim()

    /** The code between the two marks of a source file, unindented, after the imports that it needs. */
    fun marked(path: String): String {
        val file = File(path).readText()
        val parts = file.split(Regex("(?m)^\\s*// PAGE\\n"))
        parts shouldHaveSize 3
        val imports = Regex("(?m)^import .*\\.(\\w+);$").findAll(file).filter {
            Regex("\\b${it.groupValues[1]}\\b").containsMatchIn(parts[1])
        }
        return imports.joinToString("\n") { it.value } + "\n\n" + parts[1].trimIndent().trim()
    }

    fun printed(run: () -> Unit): List<String> {
        val before = System.out
        val bytes = ByteArrayOutputStream()
        System.setOut(PrintStream(bytes, true, Charsets.UTF_8))
        try {
            run()
        } finally {
            System.setOut(before)
        }
        return bytes.toString(Charsets.UTF_8).lines().filter { it.isNotBlank() }
    }

    "shows the Java example as it is compiled here" {
        readme shouldContain "```java\n${whole("src/main/java/io/scoreflux/quickstart/Quickstart.java")}\n```"
    }

    "get-started.md shows the example of own stages as it is compiled here, and it keeps the right-hand mode" {
        getStarted shouldContain "```java\n${marked("src/main/java/io/scoreflux/quickstart/OwnStages.java")}\n```"
        val lines = printed { OwnStages.main(emptyArray()) }
        val ends = lines.filter { "ends at" in it }
        ends shouldHaveSize 3
        for (line in ends) {
            // Five standard deviations around the right-hand mean.
            line.substringAfterLast(' ').toDouble().shouldBeBetween(0.5, 1.5, 0.0)
            lines.count { it.startsWith(line.substringBefore(' ') + " is at sigma") } shouldBe 1
        }
    }

    "shows the Kotlin example as it is compiled here" {
        readme shouldContain
            "```kotlin\n${whole("src/main/kotlin/io/scoreflux/quickstart/KotlinQuickstart.kt")}\n```"
    }

    "get-started.md names the artifacts of this build" {
        val version = Regex("<artifactId>scoreflux-parent</artifactId>\\s*<version>(.*?)</version>")
            .find(File("../../pom.xml").readText())!!.groupValues[1]
        for ((artifact, module) in listOf("scoreflux-core" to "core", "scoreflux-kotlin" to "kotlin-dsl")) {
            File("../../$module/pom.xml").readText() shouldContain "</parent>\n  <artifactId>$artifact</artifactId>"
            getStarted shouldContain "implementation(\"io.scoreflux:$artifact:$version\")"
            getStarted shouldContain "<artifactId>$artifact</artifactId>"
        }
        val versions = Regex("(?s)<groupId>io.scoreflux</groupId>.*?<version>(.*?)</version>").findAll(getStarted)
        versions.map { it.groupValues[1] }.toSet() shouldBe setOf(version)
    }

    "the Java example prints ten converged samples of its Gaussian" {
        val lines = printed { Quickstart.main(emptyArray()) }
        lines shouldHaveSize 10
        // The probability flow of a Gaussian: z - mean shrinks by sqrt((v + to^2) / (v + from^2)).
        val shrink = sqrt((0.25 + 1e-6) / (0.25 + 2500))
        for ((k, line) in lines.withIndex()) {
            val start = DoubleArray(1).also { NoiseSource(42).normals(Purpose.START, k.toLong()).fill(it, 0, 1) }
            val exact = 3 + (50 * start[0] - 3) * shrink
            // Three times the tolerance 1e-8, relative to the radius 0.5.
            line.substringBefore(' ').toDouble().shouldBe(exact plusOrMinus 1.5e-8)
            line shouldContain "status=converged"
        }
    }

    "the Kotlin example prints a table of three samples, with their errors" {
        val lines = printed { kotlinx.coroutines.runBlocking { main() } }
        val rows = lines.map { it.trim().split(Regex(" +")) }
        rows.first() shouldBe listOf("index", "status", "calls", "error", "x0", "x1")
        rows.drop(1).map { it[0] } shouldBe listOf("0", "1", "2")
        for ((_, status, _, error, x0, _) in rows.drop(1)) {
            status shouldBe "converged"
            error.toDouble().shouldBeBetween(0.0, 1e-3, 0.0)
            // Five standard deviations of 0.2 around one of the means.
            abs(x0.toDouble()).shouldBeBetween(0.0, 2.0, 0.0)
        }
    }
})

private operator fun <T> List<T>.component6(): T = get(5)
