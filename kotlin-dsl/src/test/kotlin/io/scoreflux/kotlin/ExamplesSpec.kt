package io.scoreflux.kotlin

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.PrintStream
import java.lang.reflect.Method
import kotlin.coroutines.intrinsics.suspendCoroutineUninterceptedOrReturn

/** The examples of the documentation are functions of one file, and they run. */
class ExamplesSpec : StringSpec({
    val examples: List<Method> = Class.forName("io.scoreflux.kotlin.examples.ExamplesKt")
        .methods.filter { it.declaringClass.simpleName == "ExamplesKt" }

    "every example is used in the documentation, and every `@sample` exists" {
        val named = File("src/main/kotlin").walk().filter { it.extension == "kt" }.flatMap { file ->
            Regex("@sample io\\.scoreflux\\.kotlin\\.examples\\.(\\w+)").findAll(file.readText()).map {
                it.groupValues[1]
            }
        }
        named.toSet() shouldContainExactlyInAnyOrder examples.map { it.name }.toSet()
    }

    "the documentation shows the examples as they are compiled" {
        fun bare(text: String) = text.replace(Regex("\\s+"), "")
        val file = File("src/test/kotlin/io/scoreflux/kotlin/examples/Examples.kt").readText()
        val imported = Regex("(?m)^import .*$").findAll(file).map { it.value }.toList()
        val blocks = Regex("(?s)```kotlin\\n(.*?)```").findAll(File("../docs/kotlin.md").readText()).toList()
        blocks.size shouldBe 10
        for (block in blocks) {
            val (imports, lines) = block.groupValues[1].lines().partition { it.startsWith("import ") }
            bare(file) shouldContain bare(lines.joinToString("\n"))
            imported shouldContainAll imports
            // The page must import the called functions, except those of the standard library.
            val called = imported.map { it.substringAfterLast('.') }.filter {
                it != "toList" && Regex("\\b$it(\\(|\\.of| \\{)").containsMatchIn(lines.joinToString("\n"))
            }
            imports.map { it.substringAfterLast('.') } shouldContainExactlyInAnyOrder called.distinct()
        }
    }

    for (example in examples) {
        "${example.name} runs and prints" {
            val before = System.out
            val printed = ByteArrayOutputStream()
            System.setOut(PrintStream(printed, true, Charsets.UTF_8))
            try {
                suspendCoroutineUninterceptedOrReturn<Any?> { example.invoke(null, it) }
            } finally {
                System.setOut(before)
            }
            printed.size() shouldBeGreaterThan 0
        }
    }
})
