package io.scoreflux.internal

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.error.InvalidConfigurationException
import io.scoreflux.model.SmoothedDataset
import io.scoreflux.state.Rows
import java.nio.file.Path
import java.util.Optional

/** Prints the variant, after the denoiser of a data set was evaluated. */
object PrintVariant {
    @JvmStatic
    fun main(args: Array<String>) {
        val rows = Rows(1, 1).also { it.append(doubleArrayOf(2.0), 0, 0.5) }
        val answer = DoubleArray(1)
        SmoothedDataset.of(arrayOf(doubleArrayOf(1.0)), 0.1).denoise(rows, answer)
        check(answer[0] > 1 && answer[0] < 2)
        println(KernelVariant.selected())
    }
}

private const val VECTOR_API = "--add-modules=jdk.incubator.vector"

private fun run(vararg options: String): String {
    val paths = System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path")
    val process = ProcessBuilder(
        listOf(Path.of(System.getProperty("java.home"), "bin", "java").toString(), *options) +
            listOf(
                "-cp",
                paths,
                PrintVariant::class.java.name,
            ),
    ).redirectErrorStream(true).start()
    process.outputStream.close()
    return process.inputStream.bufferedReader().readText().also { process.waitFor() }
}

class KernelVariantSpec : StringSpec({
    "Java started without the module of the Vector API has the portable variant" {
        run().lines()[0] shouldBe "portable"
    }

    "with the module it has the vector variant" {
        run(VECTOR_API).lines().filterNot { it.startsWith("WARNING") }[0] shouldBe "vector"
    }

    "the property, or Java without its optimizing compiler, selects the portable variant" {
        for (option in listOf("-Dscoreflux.kernels=portable", "-XX:TieredStopAtLevel=1", "-Xint")) {
            withClue(option) {
                run(VECTOR_API, option).lines().filterNot { it.startsWith("WARNING") }[0] shouldBe "portable"
            }
        }
    }

    "a wrong value is refused with the property, the values and a remedy" {
        run("-Dscoreflux.kernels=fast") shouldContain
            "the system property scoreflux.kernels must be portable or vector, was fast; leave it out for the faster one"
    }

    "the vector variant without the module is refused with the option that loads it" {
        run("-Dscoreflux.kernels=vector") shouldContain
            "the system property scoreflux.kernels must be portable, because Java was started without " +
            "--add-modules jdk.incubator.vector, was vector; start Java with --add-modules jdk.incubator.vector"
    }

    "the reason is part of the choice" {
        KernelVariant.choose(null, Optional.empty()).toString() shouldBe
            "Choice[variant=vector, reason=the module jdk.incubator.vector is there]"
        KernelVariant.choose(null, Optional.of("it rains")).toString() shouldBe
            "Choice[variant=portable, reason=it rains]"
        KernelVariant.choose("portable", Optional.empty()).variant() shouldBe KernelVariant.PORTABLE
        KernelVariant.choose("vector", Optional.empty()).variant() shouldBe KernelVariant.VECTOR
        shouldThrow<InvalidConfigurationException> { KernelVariant.choose("VECTOR", Optional.empty()) }
    }
})
