package io.scoreflux.cli

import com.tngtech.archunit.core.importer.ClassFileImporter
import com.tngtech.archunit.core.importer.ImportOption
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.scoreflux.cli.format.Format

/** The packages of the command line from the bottom up: each imports only from those before it. */
private val ORDER = listOf("text", "input", "posterior", "format", "targets", "output", "option", "command")

class ArchitectureSpec : StringSpec({
    val cli =
        ClassFileImporter().withImportOption(ImportOption.DoNotIncludeTests()).importPackages("io.scoreflux.cli")

    "the order has all packages" {
        val packages = cli.map { it.packageName }.distinct()
        packages shouldContainExactlyInAnyOrder ORDER.map { "io.scoreflux.cli.$it" } + "io.scoreflux.cli"
    }

    for ((i, name) in ORDER.withIndex()) {
        val above = ORDER.drop(i + 1).map { "io.scoreflux.cli.$it" } + "io.scoreflux.cli"
        "$name imports nothing from the packages above it" {
            noClasses()
                .that().resideInAPackage("io.scoreflux.cli.$name")
                .should().dependOnClassesThat().resideInAnyPackage(*above.toTypedArray())
                .check(cli)
        }
    }

    "imports are free of cycles" {
        slices().matching("io.scoreflux.cli.(*)").should().beFreeOfCycles().check(cli)
    }

    "the rule sees an import that breaks it" {
        val bad = ClassFileImporter().importClasses(NamesFormats::class.java)
        shouldThrow<AssertionError> {
            noClasses().should().dependOnClassesThat().resideInAPackage("io.scoreflux.cli.format").check(bad)
        }
    }

    "nothing in a package is null unless it says so" {
        for (name in cli.map { it.packageName }.distinct()) {
            val info = Class.forName("$name.package-info")
            info.annotations.map { it.annotationClass.simpleName }.shouldContain("NullMarked")
        }
    }
})

private object NamesFormats {
    @JvmStatic
    fun names(): String = Format.names()
}
