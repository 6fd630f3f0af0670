package io.scoreflux.kotlin

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.PrintStream
import java.lang.reflect.Method
import kotlin.coroutines.intrinsics.suspendCoroutineUninterceptedOrReturn

/** The examples of the documentation are the functions of one file, and they run. */
class ExamplesSpec : StringSpec({
    val examples: List<Method> = Class.forName("io.scoreflux.kotlin.examples.ExamplesKt")
        .methods.filter { it.declaringClass.simpleName == "ExamplesKt" }

    "documentation and examples name each other" {
        val named = File("src/main/kotlin").walk().filter { it.extension == "kt" }.flatMap { file ->
            Regex("@sample io\\.scoreflux\\.kotlin\\.examples\\.(\\w+)").findAll(file.readText()).map {
                it.groupValues[1]
            }
        }
        named.toSet() shouldContainExactlyInAnyOrder examples.map { it.name }.toSet()
    }

    "the page shows them as they are compiled" {
        fun bare(text: String) = text.replace(Regex("\\s+"), "")
        val code = bare(File("src/test/kotlin/io/scoreflux/kotlin/examples/Examples.kt").readText())
        val blocks = Regex("(?s)```kotlin\\n(.*?)```").findAll(File("../docs/kotlin.md").readText()).toList()
        blocks.size shouldBe 7
        for (block in blocks) code shouldContain bare(block.groupValues[1])
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
