package io.scoreflux.service

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.spring.ScorefluxProperties
import org.springframework.boot.context.properties.bind.BindHandler
import org.springframework.boot.context.properties.bind.Bindable
import org.springframework.boot.context.properties.bind.Binder
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource
import java.net.URI
import java.nio.file.Files
import java.nio.file.Path
import java.util.Properties
import javax.tools.DiagnosticCollector
import javax.tools.JavaFileObject
import javax.tools.SimpleJavaFileObject
import javax.tools.ToolProvider
import kotlin.io.path.readText

/** The README fits the code; its commands and clients are those of ClientExamplesSpec. */
class ReadmeSpec : FreeSpec({
    val text = Path.of("README.md").readText()

    fun blocks(language: String) =
        Regex("```$language\n(.*?)```", RegexOption.DOT_MATCHES_ALL).findAll(text).map { it.groupValues[1] }.toList()

    fun properties(block: String) = Properties().apply { load(block.reader()) }

    "the settings of models exist, and all of them are in the table" {
        val given = properties(blocks("properties").first { "scoreflux.models." in it })
        val strict = NoUnboundElementsBindHandler(BindHandler.DEFAULT)
        val models = Binder(MapConfigurationPropertySource(given))
            .bind("scoreflux", Bindable.of(ScorefluxProperties::class.java), strict).get().models()
        models.keys shouldBe setOf("faces", "landscapes", "pair")
        for (setting in models.getValue("pair").javaClass.recordComponents) {
            val name = setting.name.replace(Regex("[A-Z]")) { "-" + it.value.lowercase() }
            text shouldContain Regex("`$name[`.]")
        }
    }

    "the limits and their defaults are those of the service" {
        val limits = Binder(MapConfigurationPropertySource(mapOf<String, String>()))
            .bindOrCreate("scoreflux.service", Limits::class.java)
        val table = text.substringAfter("\n## Limits\n").substringBefore("\n## ")
        for (limit in limits.javaClass.recordComponents) {
            table shouldContain "`${limit.name.replace(Regex("[A-Z]")) { "-" + it.value.lowercase() }}`"
        }
        for (row in listOf(
            "`max-count` | ${limits.maxCount()} |",
            "`max-streams` | ${limits.maxStreams()} |",
            "`max-streams-per-client` | ${limits.maxStreamsPerClient()} |",
            "`max-dimension`, `max-components` | ${limits.maxDimension()}, ${limits.maxComponents()} |",
        )) {
            table shouldContain row
        }
    }

    "the Java code compiles" {
        val sources = blocks("java")
        sources.size shouldBeGreaterThan 0
        val compiler = ToolProvider.getSystemJavaCompiler()
        val folder = Files.createTempDirectory("classes")
        for (source in sources) {
            val errors = DiagnosticCollector<JavaFileObject>()
            val options = listOf("-proc:none", "-cp", System.getProperty("java.class.path"), "-d", "$folder")
            val file = object : SimpleJavaFileObject(URI.create("string:///Readme.java"), JavaFileObject.Kind.SOURCE) {
                override fun getCharContent(ignoreEncodingErrors: Boolean) = source
            }
            val task = compiler.getTask(null, null, errors, options, null, listOf(file))
            withClue(errors.diagnostics) { task.call() shouldBe true }
        }
        folder.toFile().deleteRecursively()
    }

    "links lead to files and headings" {
        val headings = Regex("(?m)^#+ (.*)$").findAll(text)
            .map { it.groupValues[1].lowercase().replace(Regex("[^a-z0-9 -]"), "").replace(' ', '-') }.toSet()
        val links = Regex("""\]\(([^)]+)\)""").findAll(text).map { it.groupValues[1] }.filter { "://" !in it }.toList()
        links.size shouldBeGreaterThan 5
        links.filterNot {
            if (it.startsWith("#")) it.drop(1) in headings else Files.exists(Path.of(it.substringBefore('#')))
        }.shouldBeEmpty()
    }
})
