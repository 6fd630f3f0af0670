package io.scoreflux.scripts

import java.io.File
import kotlin.script.experimental.api.ResultValue
import kotlin.script.experimental.api.ResultWithDiagnostics
import kotlin.script.experimental.api.ScriptDiagnostic
import kotlin.script.experimental.api.valueOrNull
import kotlin.script.experimental.jvm.util.renderError
import kotlin.system.exitProcess

private const val USAGE = "give a Kotlin script and its arguments, as in: first-samples.kts 5"

/**
 * Runs a Kotlin script: `file.kts arguments...`. The exit code is 0 on success, 2 if the script does not exist, and 1 if it failed.
 *
 * Compiled scripts are kept in the folder that the system property `scoreflux.scripts.cache` names, if it is set.
 */
public fun main(arguments: Array<String>) {
    val status = run(arguments)
    if (status != 0) exitProcess(status)
}

internal fun run(arguments: Array<String>): Int {
    val file = File(arguments.firstOrNull() ?: return told(USAGE))
    if (!file.isFile) return told("script must be a file, was $file; $USAGE")
    val cache = System.getProperty("scoreflux.scripts.cache")?.let(::File)
    val result = ScriptRunner(cache).run(file, arguments.drop(1))
    failures(result).forEach(System.err::println)
    return if (failures(result).isEmpty()) 0 else 1
}

private fun told(sentence: String): Int {
    System.err.println(sentence)
    return 2
}

/** The errors of a failed script: those of the compiler with their positions, or the exception that the script threw. */
internal fun failures(result: ResultWithDiagnostics<ResultValue>): List<String> {
    val thrown = result.valueOrNull() as? ResultValue.Error
    val reports = result.reports.filter { it.severity >= ScriptDiagnostic.Severity.ERROR }
    return reports.map { it.render(withStackTrace = it.exception != null) } + listOfNotNull(thrown?.renderError())
}
