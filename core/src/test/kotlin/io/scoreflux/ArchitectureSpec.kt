package io.scoreflux

import com.tngtech.archunit.base.DescribedPredicate
import com.tngtech.archunit.core.domain.JavaClass
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
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.collections.shouldContain
import reactor.core.CoreSubscriber
import reactor.util.context.Context

/** The packages in the order of the data flow. A package imports only from its own line and from the lines above it. */
private val LAYERS = listOf(
    listOf("io.scoreflux.error", "io.scoreflux.internal"),
    listOf("io.scoreflux.state"),
    listOf("io.scoreflux.noise"),
    listOf("io.scoreflux.model.."),
    listOf("io.scoreflux.internal.collocation"),
    listOf("io.scoreflux.solve.."),
    listOf("io.scoreflux.reject", "io.scoreflux.internal.reject"),
    listOf("io.scoreflux.stream..", "io.scoreflux.internal.stream"),
    listOf("io.scoreflux.internal.expectation"),
    listOf("io.scoreflux.logconcave"),
    listOf("io.scoreflux"),
    listOf("io.scoreflux.posterior"),
)

class ArchitectureSpec : StringSpec({
    val core: JavaClasses =
        ClassFileImporter().withImportOption(ImportOption.DoNotIncludeTests()).importPackages("io.scoreflux")

    "every package is in the table" {
        val known = LAYERS.flatten().map { it.removeSuffix("..") }
        for (name in core.map { it.packageName }.distinct()) {
            known.any { name == it || (name.startsWith("$it.") && "$it.." in LAYERS.flatten()) }.shouldBeTrue()
        }
    }

    for ((i, layer) in LAYERS.withIndex()) {
        val below = LAYERS.drop(i + 1).flatten()
        if (below.isNotEmpty()) {
            "$layer imports nothing from the layers below it" {
                noClasses()
                    .that().resideInAnyPackage(*layer.toTypedArray())
                    .should().dependOnClassesThat().resideInAnyPackage(*below.toTypedArray())
                    .check(core)
            }
        }
    }

    "the engine imports nothing from logconcave" {
        noClasses()
            .that().resideInAnyPackage("io.scoreflux.stream..", "io.scoreflux.internal.stream")
            .should().dependOnClassesThat().resideInAPackage("io.scoreflux.logconcave..")
            .check(core)
    }

    // Reactor's context passes from subscriber to subscriber. So a subscriber between a denoiser and its subscribers must be a CoreSubscriber, or
    // the denoiser does not receive the context.
    val passesContextOn = "io.scoreflux.model.MappedPublisher\$InContext"

    // The entry point of log-concave sampling is in the package of its chains.
    val frontDoor = DescribedPredicate.describe<JavaClass>("ProximalSampler and the classes that run its streams") {
        it.packageName == "io.scoreflux.logconcave" &&
            it.name.matches(Regex(".*\\.(ProximalSampler|ProximalSamplerBuilder|ChainRun)(\\$.*)?"))
    }

    // Islands are machines too: only the class that drives them knows of streams.
    val islands = "io.scoreflux.posterior.Posterior(\\$.*)?"

    "only the engine, the entry points and the subscriber that passes the context on use Reactor" {
        noClasses()
            .that().resideOutsideOfPackages("io.scoreflux.stream..", "io.scoreflux.internal.stream", "io.scoreflux")
            .and(DescribedPredicate.not(frontDoor))
            .and().haveNameNotMatching(islands)
            .and().doNotHaveFullyQualifiedName(passesContextOn)
            .should().dependOnClassesThat().resideInAPackage("reactor..")
            .check(core)
    }

    "of Reactor, that subscriber uses only CoreSubscriber and its context" {
        classes()
            .that().haveFullyQualifiedName(passesContextOn)
            .should().onlyDependOnClassesThat(
                resideOutsideOfPackage("reactor..")
                    .or(type(CoreSubscriber::class.java)).or(type(Context::class.java)),
            )
            .check(core)
    }

    "no class uses Kotlin" {
        val kotlin = arrayOf("kotlin..", "kotlinx..")
        noClasses().should().dependOnClassesThat().resideInAnyPackage(*kotlin).check(core)
        // The rule detects a class that breaks it.
        val bad = ClassFileImporter().importClasses(CallsMath::class.java)
        shouldThrow<AssertionError> {
            noClasses().should().dependOnClassesThat().resideInAnyPackage(*kotlin).check(bad)
        }
    }

    "solvers never call a model" {
        noClasses()
            .that().resideInAnyPackage("io.scoreflux.solve..", "io.scoreflux.internal.collocation")
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

    "no value depends on a function whose bits depend on the machine" {
        noClasses().should().callMethodWhere(platformMath).check(core)
    }

    "the rule against Math detects a call that breaks it" {
        val bad = ClassFileImporter().importClasses(CallsMath::class.java)
        shouldThrow<AssertionError> { noClasses().should().callMethodWhere(platformMath).check(bad) }
    }

    "every package has a description and is null-marked" {
        for (name in core.map { it.packageName }.distinct()) {
            val info = Class.forName("$name.package-info")
            info.annotations.map { it.annotationClass.simpleName }.shouldContain("NullMarked")
        }
    }

    "public classes of solve are interfaces, records or final" {
        classes()
            .that().resideInAnyPackage("io.scoreflux.solve..", "io.scoreflux.stream..", "io.scoreflux.internal.stream")
            .and().arePublic().and().areNotInterfaces().and().areNotEnums()
            .should().haveModifier(com.tngtech.archunit.core.domain.JavaModifier.FINAL)
            .check(core)
    }
})

private object CallsMath {
    @JvmStatic
    fun bits(x: Double): Double = kotlin.math.exp(x)
}
