package io.scoreflux.kotlin

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.ints.shouldBeGreaterThan
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
