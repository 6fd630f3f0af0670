package io.scoreflux.kotlin

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Solvers
import io.scoreflux.solve.Setting
import java.io.File
import java.text.NumberFormat
import java.util.Locale

/** The documentation of the solver scopes states the ranges and defaults of the solvers' settings. */
class SolverRangesSpec : StringSpec({
    val sources = listOf("SolverScopes.kt", "SamplerDsl.kt").map {
        File("src/main/kotlin/io/scoreflux/kotlin/$it").readText()
    }

    /** Returns the comment before a declaration. */
    fun comment(scope: String, declaration: String): String {
        val text = sources.first { scope in it }.substringAfter(scope)
        return text.substringBefore(declaration).substringAfterLast("/**").replace(Regex("\\s*\\n\\s*\\*?\\s*"), " ")
    }

    fun setting(solver: String, name: String): Setting = Solvers.named(solver).setting(name).get()

    fun shown(value: Double) = NumberFormat.getIntegerInstance(Locale.ROOT).format(value)

    val documented = listOf(
        Triple(setting("sliding", "tolerance"), "class CollocationScope", "var tolerance"),
        Triple(setting("sliding", "maxCalls"), "class CollocationScope", "var maxCalls"),
        Triple(setting("picard", "tolerance"), "class SamplerScope", "fun picard"),
        Triple(setting("picard", "maxDegree"), "class PicardScope", "var maxDegree"),
        Triple(setting("picard", "maxCalls"), "class PicardScope", "var maxCalls"),
        Triple(setting("parallel", "tolerance"), "class SamplerScope", "fun parallel"),
        Triple(setting("parallel", "lookAhead"), "class ParallelScope", "var lookAhead"),
        Triple(setting("parallel", "maxDegree"), "class ParallelScope", "var maxDegree"),
        Triple(setting("parallel", "maxCalls"), "class ParallelScope", "var maxCalls"),
        Triple(setting("fors", "tolerance"), "class ForsScope", "var budget"),
        Triple(setting("budget", "calls"), "class SamplerScope", "fun budget"),
    )
    for ((setting, scope, declaration) in documented) {
        "$scope, $declaration" {
            withClue(comment(scope, declaration)) {
                comment(scope, declaration) shouldContain setting.range()
                if (setting.whole() && setting.defaultValue()?.let { it < Int.MAX_VALUE } == true) {
                    comment(scope, declaration) shouldContain "Defaults to ${shown(setting.defaultValue()!!)}"
                }
            }
        }
    }
})
