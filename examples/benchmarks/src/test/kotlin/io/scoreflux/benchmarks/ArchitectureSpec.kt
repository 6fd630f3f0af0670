package io.scoreflux.benchmarks

import com.tngtech.archunit.base.DescribedPredicate.not
import com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage
import com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage
import com.tngtech.archunit.core.importer.ClassFileImporter
import com.tngtech.archunit.core.importer.ImportOption
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.scoreflux.files.format.Format

/** The packages of target files and of the command line from the bottom up: each imports only from those before it. */
private val ORDER =
    listOf("text", "input", "posterior", "format", "targets").map { "io.scoreflux.files.$it" } +
        listOf("output", "option", "shard", "receipt", "command").map { "io.scoreflux.cli.$it" } +
        "io.scoreflux.cli"

/**
 * What the modules of target files, of the command line and of the benchmarks may import. The rules on the command line are here because
 * ArchUnit brings SLF4J, which would change the logging of the program that its own tests start.
 */
class ArchitectureSpec : StringSpec({
    fun classesOf(vararg names: String) =
        ClassFileImporter().withImportOption(ImportOption.DoNotIncludeTests()).importPackages(*names)
    val ordered = classesOf("io.scoreflux.files", "io.scoreflux.cli")

    "of target files and the command line, the benchmarks import only the reader of target files" {
        noClasses().should()
            .dependOnClassesThat(
                resideInAnyPackage("io.scoreflux.files..", "io.scoreflux.cli..")
                    .and(not(resideInAPackage("io.scoreflux.files.targets"))),
            )
            .check(classesOf("io.scoreflux.benchmarks"))
    }

    "the order has all packages of target files and the command line" {
        ordered.map { it.packageName }.distinct() shouldContainExactlyInAnyOrder ORDER
    }

    for ((i, name) in ORDER.withIndex().toList().dropLast(1)) {
        val above = ORDER.drop(i + 1)
        "${name.removePrefix("io.scoreflux.")} imports nothing from the packages above it" {
            noClasses()
                .that().resideInAPackage(name)
                .should().dependOnClassesThat().resideInAnyPackage(*above.toTypedArray())
                .check(ordered)
        }
    }

    "imports of target files and the command line are free of cycles" {
        slices().matching("io.scoreflux.(cli|files).(*)").should().beFreeOfCycles().check(ordered)
    }

    "the rule sees an import that breaks it" {
        val bad = ClassFileImporter().importClasses(NamesFormats::class.java)
        shouldThrow<AssertionError> {
            noClasses().should().dependOnClassesThat().resideInAPackage("io.scoreflux.files.format").check(bad)
        }
    }

    "nothing in a package of target files or the command line is null unless it says so" {
        for (name in ORDER) {
            val info = Class.forName("$name.package-info")
            info.annotations.map { it.annotationClass.simpleName }.shouldContain("NullMarked")
        }
    }
})

private object NamesFormats {
    @JvmStatic
    fun names(): String = Format.names()
}
