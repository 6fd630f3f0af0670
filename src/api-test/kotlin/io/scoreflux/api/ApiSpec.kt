package io.scoreflux.api

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.shouldBe
import org.jetbrains.kotlin.abi.tools.AbiFilters
import org.jetbrains.kotlin.abi.tools.AbiTools
import java.io.File
import java.lang.module.ModuleDescriptor

/**
 * Compares the public API of the module in the working directory with the committed file in `api/`, so that a change of the API shows as a change
 * of that file. Both library modules compile this source. With `-Dapi.write` the test writes the file.
 */
class ApiSpec : StringSpec({
    val classes = File("target/classes")
    val module = File(classes, "module-info.class").inputStream().use(ModuleDescriptor::read)
    val exported = module.exports().filterNot { it.isQualified }.map { it.source() }
    val committed = File("api").also { it.mkdirs() }.resolve("${module.name()}.api")
    val actual = dump(exported.flatMap { classesIn(File(classes, it.replace('.', '/'))) })

    if (System.getProperty("api.write") != null) committed.writeText(actual)

    "the API is the one in ${committed.name}" {
        val expected = if (committed.exists()) committed.readLines() else emptyList()
        val lines = actual.lines().dropLast(1)
        val remedy = "./mvnw -q test -pl core,kotlin-dsl -Dtest=ApiSpec -Dapi.write"
        withClue("If the change is intended, run $remedy and commit the file.") {
            (lines - expected.toSet()).joinToString("\n") { "added: $it" } shouldBe ""
            (expected - lines.toSet()).joinToString("\n") { "removed: $it" } shouldBe ""
            lines shouldBe expected
        }
    }

    "every exported package has types" {
        for (name in exported) {
            withClue(name) { actual.lines().filter { " ${name.replace('.', '/')}/" in it }.shouldNotBeEmpty() }
        }
    }
})

private fun classesIn(folder: File): List<File> =
    folder.listFiles { file -> file.extension == "class" }.orEmpty().sorted()

private fun dump(classes: List<File>): String =
    StringBuilder().also { AbiTools.getInstance().printJvmDump(it, classes, AbiFilters.EMPTY) }.toString()
