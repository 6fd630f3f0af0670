package io.scoreflux.benchmarks

import com.tngtech.archunit.base.DescribedPredicate.not
import com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage
import com.tngtech.archunit.core.importer.ClassFileImporter
import com.tngtech.archunit.core.importer.ImportOption
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses
import io.kotest.core.spec.style.StringSpec

class ArchitectureSpec : StringSpec({
    "of the command line, the benchmarks import only the reader of target files" {
        val benchmarks =
            ClassFileImporter().withImportOption(ImportOption.DoNotIncludeTests())
                .importPackages("io.scoreflux.benchmarks")
        noClasses().should()
            .dependOnClassesThat(
                resideInAPackage("io.scoreflux.cli..").and(not(resideInAPackage("io.scoreflux.cli.targets"))),
            )
            .check(benchmarks)
    }
})
