package io.scoreflux.benchmarks

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import org.w3c.dom.Element
import org.w3c.dom.Node
import java.io.File
import javax.xml.parsers.DocumentBuilderFactory

private val ROOT = File("../..").canonicalFile

private fun Node.elements(name: String): List<Element> =
    (0 until childNodes.length).map { childNodes.item(it) }.filterIsInstance<Element>().filter { it.tagName == name }

private fun Node.text(name: String): String? = elements(name).firstOrNull()?.textContent?.trim()

/** A module's pom. */
private class Module(
    val folder: File,
) {
    private val pom: Element = File(folder, "pom.xml").let {
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(it).documentElement
    }
    private val parent: Module? = pom.elements("parent").firstOrNull()?.let { Module(folder.parentFile) }
    val name: String = pom.text("artifactId")!!
    val dependencies: List<String> =
        pom.elements("dependencies").flatMap { it.elements("dependency") }.mapNotNull { it.text("artifactId") }
    val profiles: List<String> =
        pom.elements("profiles").flatMap { it.elements("profile") }.mapNotNull { it.text("id") }

    /** A property, of the profile before the module's own, and that before the parent's. */
    fun property(
        name: String,
        profile: String?,
    ): String? = pom.elements("profiles").flatMap { it.elements("profile") }
        .filter { it.text("id") == profile }
        .plus(pom)
        .flatMap { it.elements("properties") }
        .firstNotNullOfOrNull { it.text(name) }
        ?: parent?.property(name, profile)

    fun runs(profile: String?): Boolean = property("exec.skip", profile) == "false"
}

/** Every Maven command in the documentation runs the program that it is meant to run, and no other. */
class DocumentedCommandsSpec :
    FreeSpec({
        fun isBuilt(file: File) = file.relativeTo(ROOT).path.split(File.separatorChar).any {
            it in
                setOf("target", ".git")
        }

        val modules = ROOT.walk().onEnter { !isBuilt(it) }.filter { it.name == "pom.xml" }
            .map { Module(it.parentFile) }.associateBy { it.name }
        val command = Regex("""mvn -q [^`\n#]*?(?:exec:java|exec:exec)[^`\n#]*""")
        val commands = ROOT.walk().onEnter { !isBuilt(it) }.filter { it.extension == "md" || it.name == "pom.xml" }
            .flatMap { file -> command.findAll(file.readText()).map { it.value.substringBefore("-->").trim() } }
            .toSet()

        fun needed(module: Module): Set<Module> =
            setOf(module) + module.dependencies.mapNotNull { modules[it] }.flatMap { needed(it) }

        "there are commands" { commands.size.let { it > 5 } shouldBe true }

        for (line in commands) {
            line - {
                val profile = Regex("-P(\\S+)").find(line)?.groupValues?.get(1)
                val folder = Regex("-pl (\\S+)").find(line)!!.groupValues[1]
                val module = modules.values.single { it.folder == File(ROOT, folder) }

                "runs its module and no other" {
                    if (profile != null) module.profiles shouldContain profile
                    needed(module).filter { it.runs(profile) }.map { it.name } shouldBe listOf(module.name)
                }

                "starts a class of its module" {
                    val arguments = module.property("exec.args", profile).orEmpty()
                    val main =
                        if ("exec:exec" in line) {
                            Regex("""%classpath (\S+)""").find(arguments)?.groupValues?.get(1)
                        } else {
                            Regex("""-Dexec.mainClass=(\S+)""").find(line)?.groupValues?.get(1)
                                ?: module.property("exec.mainClass", profile)
                        }
                    withClue(main) {
                        val name = main.shouldNotBeNull().replace('.', '/').removeSuffix("Kt")
                        listOf("java/$name.java", "kotlin/$name.kt")
                            .filter { File(module.folder, "src/main/$it").exists() }.shouldNotBeEmpty()
                    }
                }
            }
        }
    })
