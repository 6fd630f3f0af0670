package io.scoreflux.error

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.extension
import kotlin.io.path.readLines
import kotlin.io.path.readText
import kotlin.streams.asSequence

/** Matches calls whose first argument is the setting at fault. */
private val SUBJECT = Regex(
    """(?:new Invalid(?:Argument|Configuration)Exception|Violation\.of|new Violation|tooSmall""" +
        """|Setting\.(?:real|whole)""" +
        """|Require\.(?:library|positive|finite|within|atLeast|entries|finiteRow|descending|element)""" +
        """|squared|requireRows|SymmetricMatrix\.of|requireDefinite|requireAllowed|feed)\(\s*(?:fed, \w+, )?"([^"]*)"""",
)
private val REFERENCE = Regex("""(?<!\\p)\{([A-Za-z][\w.\[\]]*)}""")
private val TEXT = Regex(""""((?:[^"\\]|\\.)*)"""")

class SettingsSpec : StringSpec({
    val sources = Files.walk(Path.of("src/main/java")).asSequence().filter { it.extension == "java" }
        .associateWith { file -> file.readText().replace(Regex("""(?m)^\s*(\*|//).*$"""), "") }

    fun head(setting: String) = setting.substringBefore('[').substringBefore('.')

    val subjects = sources.values.flatMap { SUBJECT.findAll(it).map { found -> found.groupValues[1] } }
    val references = sources.values.flatMap { source ->
        TEXT.findAll(source).flatMap { REFERENCE.findAll(it.groupValues[1]) }.map { it.groupValues[1] }
    }

    "settings.txt has the settings of all messages, in braces those that rules and remedies refer to" {
        subjects.size shouldBeGreaterThan 100
        references.size shouldBeGreaterThan 30
        val known = subjects.filter { ' ' !in it }.map(::head) + references.map { "{${head(it)}}" }
        known.distinct().sorted() shouldBe Path.of("src/test/resources/settings.txt").readLines()
    }

    "every rejection has a violation, except for misused operators and unreachable states" {
        val plain = Regex("""new Illegal(?:Argument|State)Exception\(""")
        for ((file, source) in sources) {
            withClue(file) {
                plain.findAll(source).count() shouldBe PLAIN.getOrDefault(file.fileName.toString(), 0)
            }
        }
    }
})

/** Operators that a custom stage misuses, machines that break their contract, resources that fail to close, and unreachable states, with their number. */
private val PLAIN = mapOf(
    "Tensors.java" to 1,
    "OnnxTransport.java" to 1,
    "ParallelDenoiser.java" to 1,
    "InitialDistribution.java" to 1,
    "DeliveryFlux.java" to 2,
    "RailOperator.java" to 2,
    "StageFlux.java" to 1,
    "FinishedInOrder.java" to 1,
    "Step.java" to 1,
    "SolverRun.java" to 1,
    "PendingRound.java" to 1,
    "DatasetKernel.java" to 2,
    "IslandRun.java" to 2,
    "StartLaw.java" to 1,
    "MomentsTwist.java" to 3,
    "MomentsDrift.java" to 1,
    "StartAxes.java" to 1,
)
