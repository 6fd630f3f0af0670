package io.scoreflux.service

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldMatch
import io.scoreflux.service.security.Access
import org.springframework.context.support.GenericApplicationContext
import org.springframework.core.env.StandardEnvironment
import org.springframework.core.env.SystemEnvironmentPropertySource
import org.springframework.core.io.FileSystemResource
import org.springframework.core.io.support.PropertiesLoaderUtils
import org.yaml.snakeyaml.Yaml
import tools.jackson.databind.json.JsonMapper
import java.nio.file.Path
import java.time.Duration
import kotlin.io.path.readText

private const val TOKEN = "a-token-of-this-test"

/** The Dockerfile and the manifest fit the service. */
class DeploymentSpec : FreeSpec({
    val docker = Path.of("Dockerfile").readText().replace("\\\n", " ").lines()
        .filter { it.isNotBlank() && !it.startsWith("#") }.map { it.trim() }
    val settings = PropertiesLoaderUtils.loadProperties(FileSystemResource("src/main/resources/application.properties"))
    val ports = listOf(
        settings.getProperty("server.port", "8080"),
        settings.getProperty("scoreflux.service.rsocket.port"),
        settings.getProperty("scoreflux.service.grpc.port"),
    ).map { it.toInt() }

    fun instruction(name: String) = docker.last { it.startsWith("$name ") }.removePrefix("$name ").trim()

    fun exec(text: String) = JsonMapper().readTree(text).values().map { it.asString() }

    val documents = Yaml().loadAll(Path.of("kubernetes.yaml").readText()).map { Node(it) }.toList()
    val deployment = documents.single { it["kind"].text() == "Deployment" }
    val pod = deployment["spec"]["template"]["spec"]
    val container = pod["containers"].items().single()

    val variables = instruction("ENV").split(Regex("\\s+"))
        .associate { it.substringBefore('=') to it.substringAfter('=') }
        .plus(container["env"].items().associate { it["name"].text() to (it.textOrNull("value") ?: TOKEN) })

    /** Sets environment variables before the beans of the service are created. */
    fun environment(context: GenericApplicationContext) = context.environment.propertySources.replace(
        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
        SystemEnvironmentPropertySource(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables),
    )

    "the Dockerfile copies the jar of the build, runs it without a shell, and not as root" {
        val name = Regex("<finalName>(.*)</finalName>").find(Path.of("pom.xml").readText())!!.groupValues[1]
        docker.single { it.startsWith("COPY ") && "--from" !in it } shouldBe "COPY target/$name.jar ."
        Path.of(".dockerignore").readText() shouldContain "!target/$name.jar"
        exec(docker.first { it.startsWith("RUN [") }.removePrefix("RUN ")).shouldContainAll("-jar", "$name.jar")
        exec(instruction("ENTRYPOINT")).let { command ->
            command.first() shouldBe "java"
            command.takeLast(2) shouldBe listOf("-jar", "$name.jar")
        }
        instruction("USER") shouldMatch Regex("[1-9][0-9]*")
        pod["securityContext"]["runAsUser"].value.toString() shouldBe instruction("USER")
        docker.filter { it.startsWith("FROM ") }.forEach {
            it shouldMatch Regex("FROM eclipse-temurin:17-jre( AS layers)?")
        }
    }

    "the ports are those of the service" {
        instruction("EXPOSE").split(" ").map { it.toInt() } shouldContainExactlyInAnyOrder ports
        container["ports"].items().map { it["containerPort"].value } shouldContainExactlyInAnyOrder ports
        val service = documents.single { it["kind"].text() == "Service" }["spec"]
        service["ports"].items().map { it["port"].value } shouldContainExactlyInAnyOrder ports
        service["ports"].items().map { it["targetPort"].text() } shouldContainExactlyInAnyOrder
            container["ports"].items().map { it["name"].text() }
        service["selector"].value shouldBe deployment["spec"]["selector"]["matchLabels"].value
        deployment["spec"]["template"]["metadata"]["labels"].value shouldBe service["selector"].value
    }

    "the variables bind to settings, and the probes are answered without the token" {
        Running(null, beans = ::environment).use { service ->
            val environment = service.context.environment
            for ((setting, value) in mapOf(
                "server.address" to "0.0.0.0",
                "scoreflux.service.rsocket.address" to "0.0.0.0",
                "scoreflux.service.grpc.address" to "0.0.0.0",
                "spring.lifecycle.timeout-per-shutdown-phase" to "10s",
                "logging.structured.format.console" to "ecs",
                "logging.level.io.scoreflux.service.http" to "info",
            )) {
                withClue(setting) { environment.getProperty(setting) shouldBe value }
            }
            variables.keys.size shouldBe 7
            service.context.getBean(Access::class.java).accepts(TOKEN) shouldBe true
            val check = exec(instruction("HEALTHCHECK").substringAfter("CMD "))
            val probes = listOf("startupProbe", "livenessProbe", "readinessProbe").map { container[it]["httpGet"] }
            probes.forEach { it["port"].text() shouldBe "http" }
            check.last() shouldContain "http://127.0.0.1:${ports[0]}/"
            for (path in probes.map { it["path"].text() } + check.last().substringAfter(":${ports[0]}")) {
                withClue(path) { service.call(path).statusCode() shouldBe 200 }
            }
            service.call("/v1/models").statusCode() shouldBe 401
        }
    }

    "a pod has time to end its streams" {
        val phase = variables.getValue("SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE")
        val pause = container["lifecycle"]["preStop"]["exec"]["command"].items().last().text().toInt()
        (pod["terminationGracePeriodSeconds"].value as Int) shouldBeGreaterThan
            pause + Duration.parse("PT$phase").toSeconds().toInt()
    }

    "a pod has no rights that it does not need" {
        val rights = container["securityContext"]
        rights["allowPrivilegeEscalation"].value shouldBe false
        rights["readOnlyRootFilesystem"].value shouldBe true
        rights["capabilities"]["drop"].value shouldBe listOf("ALL")
        pod["securityContext"]["runAsNonRoot"].value shouldBe true
        container["volumeMounts"].items().single()["mountPath"].text() shouldBe "/tmp"
        container["resources"]["limits"]["memory"].text() shouldMatch Regex("\\d+[MG]i")
    }
})

/** A value of a YAML document. */
private class Node(
    val value: Any?,
) {
    operator fun get(key: String) = Node(checkNotNull((value as Map<*, *>)[key]) { "there is no $key in $value" })

    fun items() = (value as List<*>).map { Node(it) }

    fun text() = value as String

    fun textOrNull(key: String) = (value as Map<*, *>)[key] as String?
}
