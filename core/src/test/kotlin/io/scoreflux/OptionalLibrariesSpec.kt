package io.scoreflux

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import io.scoreflux.error.InvalidConfigurationException
import java.io.File
import java.lang.reflect.InvocationTargetException
import java.net.URI
import java.net.URLClassLoader
import java.nio.file.Path

/** A class that needs an optional library: its name, the prefix of the jar, and the first call of a user. */
private class User(val type: String, val jar: String, val group: String, val first: (Class<*>) -> Any?)

private val USERS = listOf(
    User("io.scoreflux.model.onnx.OnnxDenoiser", "onnxruntime", "com.microsoft.onnxruntime") {
        it.getMethod("builder", Path::class.java).invoke(null, Path.of("any.onnx"))
    },
    User("io.scoreflux.model.onnx.OnnxDenoiser", "onnxruntime", "com.microsoft.onnxruntime") {
        it.getMethod("builder", String::class.java, ByteArray::class.java).invoke(null, "any", ByteArray(0))
    },
    User("io.scoreflux.model.remote.InferenceDenoiser", "jackson-databind", "tools.jackson.core") {
        it.getMethod("builder", URI::class.java, String::class.java).invoke(null, URI("http://localhost"), "any")
    },
    User("io.scoreflux.model.network.SchedulerConfig", "jackson-databind", "tools.jackson.core") {
        it.getMethod("parse", String::class.java, String::class.java).invoke(null, "any", "{}")
    },
)

class OptionalLibrariesSpec : StringSpec({
    val paths = (System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path"))
        .split(File.pathSeparator)

    fun without(vararg jars: String) = URLClassLoader(
        paths.filterNot { path -> jars.any { File(path).name.startsWith("$it-") } }.map { File(it).toURI().toURL() }
            .toTypedArray(),
        ClassLoader.getPlatformClassLoader(),
    )

    "a class whose library is missing names the library, its coordinates and the tested version" {
        for (user in USERS) {
            withClue(user.type) {
                val tested = paths.map { File(it).nameWithoutExtension }.filter { it.startsWith("${user.jar}-") }
                    .map {
                        it.removePrefix("${user.jar}-")
                    }.single { it[0] != '2' || user.group != "tools.jackson.core" }
                val cause = without(user.jar).use { loader ->
                    shouldThrow<InvocationTargetException> { user.first(loader.loadClass(user.type)) }.cause
                }.shouldNotBeNull()
                cause::class.qualifiedName shouldBe InvalidConfigurationException::class.qualifiedName
                cause.message.shouldNotBeNull() shouldStartWith "${user.type.substringAfterLast('.')} needs "
                cause.message.shouldNotBeNull() shouldContain
                    "add ${user.group}:${user.jar}:$tested to the dependencies"
            }
        }
    }

    "a Micrometer listener without Micrometer names the missing library" {
        without("micrometer-core").use { loader ->
            // The test finds the constructor in the class file, because reflection would load its parameter types.
            val caller = Class.forName("io.scoreflux.WithoutMicrometer", true, loader)
            val cause = shouldThrow<InvocationTargetException> { caller.getMethod("listener").invoke(null) }
                .cause.shouldNotBeNull()
            cause::class.qualifiedName shouldBe InvalidConfigurationException::class.qualifiedName
            cause.message.shouldNotBeNull() shouldContain "add io.micrometer:micrometer-core:" +
                paths.map { File(it).nameWithoutExtension }.single { it.startsWith("micrometer-core-") }
                    .removePrefix("micrometer-core-")
        }
    }

    "quasi-random expectations name the library that is missing" {
        val tested = paths.map { File(it).nameWithoutExtension }.single { it.startsWith("hipparchus-core-") }
        val cause = without("hipparchus-core").use { loader ->
            shouldThrow<InvocationTargetException> {
                loader.loadClass("io.scoreflux.internal.expectation.ScrambledSobol").getMethod("requireLibrary")
                    .invoke(null)
            }.cause
        }.shouldNotBeNull()
        cause.message.shouldNotBeNull() shouldStartWith "ExpectationBuilder.quasiRandom needs Hipparchus"
        cause.message.shouldNotBeNull() shouldContain
            "add org.hipparchus:hipparchus-core:${tested.removePrefix("hipparchus-core-")} to the dependencies"
    }

    "samplers need no optional library" {
        without("micrometer-core", "context-propagation", "onnxruntime", "jackson-databind", "jackson-core").use {
            Class.forName("io.scoreflux.WithoutMicrometer", true, it).getMethod("samples").invoke(null) shouldBe 2
        }
    }
})
