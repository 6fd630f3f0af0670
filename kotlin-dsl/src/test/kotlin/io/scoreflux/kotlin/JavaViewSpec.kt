package io.scoreflux.kotlin

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldNotBeEmpty
import java.io.File
import java.lang.reflect.Modifier

/** Java users have the builders; what is for Kotlin alone does not show in their completion. */
class JavaViewSpec : StringSpec({
    "functions of files are hidden from Java" {
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
