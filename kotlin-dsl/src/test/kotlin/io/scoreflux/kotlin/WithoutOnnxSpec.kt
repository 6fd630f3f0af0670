package io.scoreflux.kotlin

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import java.io.File
import java.lang.reflect.InvocationTargetException
import java.net.URLClassLoader
import java.nio.file.Path

/** Called by reflection from a class loader without ONNX Runtime. */
public object WithoutOnnx {
    @JvmStatic
    public fun mixture(): Int = sampler {
        target { gaussianMixture { component(1.0, doubleArrayOf(0.0), std = 0.5) } }
        reverseProcess { from(10.0).to(0.1) }
    }.samples(0, 2).collectList().block()!!.size

    @JvmStatic
    public fun network() {
        sampler { target { onnx(Path.of("any.onnx")) } }
    }
}

/** ONNX Runtime is an optional dependency. */
class WithoutOnnxSpec : StringSpec({
    val paths = (System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path"))
        .split(File.pathSeparator)
    val others = paths.filterNot { "onnxruntime" in it }.map { File(it).toURI().toURL() }

    fun call(name: String, without: String = "onnxruntime"): Any? {
        val seen = paths.filterNot { without in it }.map { File(it).toURI().toURL() }
        return URLClassLoader(seen.toTypedArray(), ClassLoader.getPlatformClassLoader()).use {
            it.loadClass(WithoutOnnx::class.java.name).getMethod(name).invoke(null)
        }
    }

    "samplers of other targets do not need ONNX Runtime" {
        others.size shouldBe paths.size - 1
        call("mixture") shouldBe 2
    }

    "sampling works without Multik" {
        call("mixture", without = "multik") shouldBe 2
    }

    "without ONNX Runtime, a network names the dependency to add" {
        val cause = shouldThrow<InvocationTargetException> { call("network") }.cause.shouldNotBeNull()
        cause::class.qualifiedName shouldBe "io.scoreflux.error.InvalidConfigurationException"
        cause.message.shouldNotBeNull() shouldStartWith "target.onnx needs ONNX Runtime"
        val tested = paths.map { File(it).nameWithoutExtension }.single { it.startsWith("onnxruntime-") }
        cause.message.shouldNotBeNull() shouldContain
            "add com.microsoft.onnxruntime:onnxruntime:${tested.removePrefix("onnxruntime-")} to the dependencies"
    }
})
