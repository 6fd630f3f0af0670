package io.scoreflux.scripts

import org.jetbrains.kotlin.mainKts.MainKtsScript
import java.io.File
import java.security.MessageDigest
import kotlin.script.experimental.api.ResultValue
import kotlin.script.experimental.api.ResultWithDiagnostics
import kotlin.script.experimental.api.SourceCode
import kotlin.script.experimental.api.asSuccess
import kotlin.script.experimental.api.compilerOptions
import kotlin.script.experimental.api.hostConfiguration
import kotlin.script.experimental.api.onSuccess
import kotlin.script.experimental.host.toScriptSource
import kotlin.script.experimental.host.with
import kotlin.script.experimental.jvm.CompiledJvmScriptsCache
import kotlin.script.experimental.jvm.baseClassLoader
import kotlin.script.experimental.jvm.compilationCache
import kotlin.script.experimental.jvm.jvm
import kotlin.script.experimental.jvm.mainArguments
import kotlin.script.experimental.jvm.updateClasspath
import kotlin.script.experimental.jvm.util.scriptCompilationClasspathFromContext
import kotlin.script.experimental.jvmhost.BasicJvmScriptingHost
import kotlin.script.experimental.jvmhost.CompiledScriptJarsCache
import kotlin.script.experimental.jvmhost.createJvmCompilationConfigurationFromTemplate
import kotlin.script.experimental.jvmhost.createJvmEvaluationConfigurationFromTemplate

/** Matches the annotation alone, and among others in brackets. */
private val IMPORT = Regex("@file\\s*:[^\\n]*\\bImport\\b")

/**
 * Compiles scripts with the class path of this program, and runs them in this virtual machine. All scripts may have the annotations of
 * `.main.kts` files, such as `@file:DependsOn`.
 *
 * @param cache folder of compiled scripts, or null; a compiled script is used until its text or the class path changes
 */
public class ScriptRunner(private val cache: File?) {
    private val loader = ScriptRunner::class.java.classLoader
    private val classPath = scriptCompilationClasspathFromContext(classLoader = loader, wholeClasspath = true)
        .filterNot { file -> COMPILER.any { file.name.startsWith(it) } }
    private val host = BasicJvmScriptingHost()

    /** Runs a script to its end. */
    public fun run(script: File, arguments: List<String>): ResultWithDiagnostics<ResultValue> {
        val source = script.toScriptSource()
        val compilation = createJvmCompilationConfigurationFromTemplate<MainKtsScript> {
            updateClasspath(classPath)
            compilerOptions("-jvm-target", "17")
            // The template has its own cache, which ignores the class path.
            hostConfiguration.update { it.with { jvm { compilationCache(cacheOf(source)) } } }
        }
        val evaluation = createJvmEvaluationConfigurationFromTemplate<MainKtsScript> {
            jvm {
                baseClassLoader(loader)
                mainArguments(arguments.toTypedArray())
            }
        }
        return host.eval(source, compilation, evaluation).onSuccess { it.returnValue.asSuccess() }
    }

    private fun cacheOf(script: SourceCode): CompiledJvmScriptsCache {
        // A script that imports others also depends on their texts.
        if (cache == null || IMPORT in script.text) return CompiledJvmScriptsCache.NoCache
        cache.mkdirs()
        return CompiledScriptJarsCache { source, _ -> File(cache, "${key(source)}.jar") }
    }

    private fun key(script: SourceCode): String {
        val digest = MessageDigest.getInstance("SHA-256")
        digest.update("${script.name}\n${script.text}".encodeToByteArray())
        classPath.flatMap { it.walk() }.filter { it.isFile }
            .forEach { digest.update("${it.path} ${it.length()} ${it.lastModified()}\n".encodeToByteArray()) }
        return digest.digest().joinToString("") { "%02x".format(it) }
    }
}

/** Jars that scripts do not need. They are large and slow to search. */
private val COMPILER = listOf("kotlin-compiler", "kotlin-scripting-compiler", "kotlin-daemon", "batik-")
