package io.scoreflux.benchmarks

import com.tngtech.archunit.base.DescribedPredicate.not
import com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage
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

/**
 * What the command line and the benchmarks may import. The rules on the command line are here because ArchUnit brings SLF4J, which would
 * change the logging of the program that its own tests start.
 */
class ArchitectureSpec : StringSpec({
    fun classesOf(name: String) =
        ClassFileImporter().withImportOption(ImportOption.DoNotIncludeTests()).importPackages(name)
    val cli = classesOf("io.scoreflux.cli")

    "of the command line, the benchmarks import only the reader of target files" {
        noClasses().should()
            .dependOnClassesThat(
                resideInAPackage("io.scoreflux.cli..").and(not(resideInAPackage("io.scoreflux.cli.targets"))),
            )
            .check(classesOf("io.scoreflux.benchmarks"))
    }

    "the order has all packages of the command line" {
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

    "imports of the command line are free of cycles" {
        slices().matching("io.scoreflux.cli.(*)").should().beFreeOfCycles().check(cli)
    }

    "the rule sees an import that breaks it" {
        val bad = ClassFileImporter().importClasses(NamesFormats::class.java)
        shouldThrow<AssertionError> {
            noClasses().should().dependOnClassesThat().resideInAPackage("io.scoreflux.cli.format").check(bad)
        }
    }

    "nothing in a package of the command line is null unless it says so" {
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
