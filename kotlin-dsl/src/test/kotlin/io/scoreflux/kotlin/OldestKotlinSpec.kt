package io.scoreflux.kotlin

import io.kotest.core.spec.style.StringSpec
import io.kotest.inspectors.forAll
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.File

/** A compiler reads class metadata up to the next language version, so Kotlin 2.1 and later read metadata of 2.2. */
class OldestKotlinSpec : StringSpec({
    "classes have the metadata of Kotlin 2.2" {
        val folder = File("target/classes")
        val kotlin = folder.walk().filter { it.extension == "class" && it.name != "module-info.class" }
            .map {
                Class.forName(
                    it.relativeTo(folder).path.removeSuffix(".class").replace(File.separatorChar, '.'),
                    false,
                    javaClass.classLoader,
                )
            }
            .mapNotNull { it.getAnnotation(Metadata::class.java) }.toList()
        kotlin.shouldNotBeEmpty()
        kotlin.forAll { it.metadataVersion.take(2) shouldBe listOf(2, 2) }
    }

    "the standard library dependency has the same version" {
        val paths = System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path")
        paths.split(File.pathSeparator).map { File(it).name }.single { it.startsWith("kotlin-stdlib-2") } shouldContain
            "-2.2."
    }
})
