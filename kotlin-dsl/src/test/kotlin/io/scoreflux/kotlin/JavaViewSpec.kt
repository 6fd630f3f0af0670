package io.scoreflux.kotlin

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldNotBeEmpty
import java.io.File
import java.lang.reflect.Modifier

/** Functions for Kotlin alone do not appear in the code completion of Java users, who use the builders. */
class JavaViewSpec : StringSpec({
    "top-level functions are hidden from Java" {
        val files = File("target/classes/io/scoreflux/kotlin").listFiles()!!.map { it.name }
            .filter {
                it.endsWith("Kt.class")
            }.map { Class.forName("io.scoreflux.kotlin.${it.removeSuffix(".class")}") }
        val methods = files.flatMap { it.declaredMethods.toList() }.filter { Modifier.isPublic(it.modifiers) }
        methods.shouldNotBeEmpty()
        methods.filterNot {
            it.isSynthetic || "$" in it.name || it.name.first() == '_'
        }.map { "${it.declaringClass.simpleName}.${it.name}" }
            .shouldBeEmpty()
    }
})
