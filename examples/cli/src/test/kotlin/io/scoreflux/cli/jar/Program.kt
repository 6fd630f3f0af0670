package io.scoreflux.cli.jar

import java.nio.file.Files
import java.nio.file.Path

/** The jar, once it is packaged. */
val JAR: Path? = System.getProperty("scoreflux.jar")?.let { Path.of(it) }

val JAVA: Path = Path.of(System.getProperty("java.home"), "bin", "java")

/** What a process left: its exit code and both streams. */
class Ended(
    val code: Int,
    val out: String,
    val err: String,
)

/** A process that has started. Its output goes to files, so that it never waits for a reader. */
class Started(
    private val process: Process,
    private val dir: Path,
) {
    fun ended(): Ended = Ended(
        process.waitFor(),
        Files.readString(dir.resolve("out")),
        Files.readString(dir.resolve("err")),
    )
}

private val OPTIONS = listOf("JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")

fun start(
    command: List<String>,
    environment: Map<String, String> = emptyMap(),
    directory: Path? = null,
): Started {
    val dir = Files.createTempDirectory("scoreflux-run")
    val builder = ProcessBuilder(command)
        .redirectInput(ProcessBuilder.Redirect.from(Files.createFile(dir.resolve("in")).toFile()))
        .redirectOutput(dir.resolve("out").toFile())
        .redirectError(dir.resolve("err").toFile())
    directory?.let { builder.directory(it.toFile()) }
    OPTIONS.forEach { builder.environment().remove(it) }
    builder.environment()["JAVA_HOME"] = System.getProperty("java.home")
    builder.environment().putAll(environment)
    return Started(builder.start(), dir)
}
