package io.scoreflux

import com.tngtech.archunit.base.DescribedPredicate
import com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage
import com.tngtech.archunit.core.domain.JavaClass.Predicates.type
import com.tngtech.archunit.core.domain.JavaClasses
import com.tngtech.archunit.core.domain.JavaMethodCall
import com.tngtech.archunit.core.importer.ClassFileImporter
import com.tngtech.archunit.core.importer.ImportOption
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContain
import reactor.core.CoreSubscriber
import reactor.util.context.Context

/** The packages of the design, in the order in which data flows through them: imports only point up this list. */
private val ORDER =
    listOf("error", "state", "noise", "model", "collocation", "solve", "reject", "logconcave", "stage", "stream")

class ArchitectureSpec : StringSpec({
    val core: JavaClasses =
        ClassFileImporter().withImportOption(ImportOption.DoNotIncludeTests()).importPackages("io.scoreflux")

    for ((i, name) in ORDER.withIndex()) {
        val below = ORDER.drop(i + 1).map { "io.scoreflux.$it.." } + "io.scoreflux"
        "$name imports nothing from the packages below it" {
            noClasses()
                .that().resideInAPackage("io.scoreflux.$name..")
                .should().dependOnClassesThat().resideInAnyPackage(*below.toTypedArray())
                .allowEmptyShould(true)
                .check(core)
        }
    }

    // Chains run on the stream like any other machine: what drives them from draw to draw is beside the front door that uses it.
    "the stream knows nothing of log-concave densities and their chains" {
        noClasses()
            .that().resideInAPackage("io.scoreflux.stream..")
            .should().dependOnClassesThat().resideInAPackage("io.scoreflux.logconcave..")
            .check(core)
    }

    // Reactor's context goes from subscriber to subscriber, so one that stands between a denoiser and those who wait must be
    // a CoreSubscriber, or the denoiser sees nothing of it.
    val passesContextOn = "io.scoreflux.model.Later\$InContext"

    "only the stream and the front door know Reactor, but for the subscriber that passes its context on" {
        noClasses()
            .that().resideOutsideOfPackages("io.scoreflux.stream..", "io.scoreflux")
            .and().doNotHaveFullyQualifiedName(passesContextOn)
            .should().dependOnClassesThat().resideInAPackage("reactor..")
            .check(core)
    }

    "that subscriber knows a CoreSubscriber of Reactor, the context that this has, and nothing else" {
        classes()
            .that().haveFullyQualifiedName(passesContextOn)
            .should().onlyDependOnClassesThat(
                resideOutsideOfPackage("reactor..")
                    .or(type(CoreSubscriber::class.java)).or(type(Context::class.java)),
            )
            .check(core)
    }

    "nothing here knows Kotlin" {
        val kotlin = arrayOf("kotlin..", "kotlinx..")
        noClasses().should().dependOnClassesThat().resideInAnyPackage(*kotlin).check(core)
        // The rule sees a class that breaks it.
        val bad = ClassFileImporter().importClasses(CallsMath::class.java)
        shouldThrow<AssertionError> {
            noClasses().should().dependOnClassesThat().resideInAnyPackage(*kotlin).check(bad)
        }
    }

    "solvers never call a model" {
        noClasses()
            .that().resideInAnyPackage("io.scoreflux.solve..", "io.scoreflux.collocation..")
            .should().dependOnClassesThat().resideInAPackage("io.scoreflux.model..")
            .check(core)
    }

    val transcendental = setOf(
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "atan2",
        "exp",
        "expm1",
        "log",
        "log10",
        "log1p",
        "pow",
        "sinh",
        "cosh",
        "tanh",
        "cbrt",
        "hypot",
    )
    val platformMath = object : DescribedPredicate<JavaMethodCall>("a transcendental function of Math") {
        override fun test(call: JavaMethodCall): Boolean =
            call.targetOwner.fullName == "java.lang.Math" && call.target.name in transcendental
    }

    "no value comes from a function whose bits depend on the machine" {
        noClasses().should().callMethodWhere(platformMath).check(core)
    }

    "the rule against Math sees a call that breaks it" {
        val bad = ClassFileImporter().importClasses(CallsMath::class.java)
        shouldThrow<AssertionError> { noClasses().should().callMethodWhere(platformMath).check(bad) }
    }

    "every package says what it is for and that nothing in it is null" {
        for (name in core.map { it.packageName }.distinct()) {
            val info = Class.forName("$name.package-info")
            info.annotations.map { it.annotationClass.simpleName }.shouldContain("NullMarked")
        }
    }

    "public classes of solve are interfaces, records or final" {
        classes()
            .that().resideInAnyPackage("io.scoreflux.solve..", "io.scoreflux.stream..", "io.scoreflux.stage..")
            .and().arePublic().and().areNotInterfaces().and().areNotEnums()
            .should().haveModifier(com.tngtech.archunit.core.domain.JavaModifier.FINAL)
            .check(core)
    }
})

private object CallsMath {
    @JvmStatic
    fun bits(x: Double): Double = kotlin.math.exp(x)
}
