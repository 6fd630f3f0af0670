package io.scoreflux.cli

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.OutputStream

/** What a run says that ends for lack of memory, or by an error of the program. */
class FailedRunSpec :
    StringSpec({
        "out of memory: a run names the options that reduce it, and only those that it has" {
            val short = object : OutputStream() {
                override fun write(b: Int): Unit = throw OutOfMemoryError("for the test")

                override fun write(
                    b: ByteArray,
                    off: Int,
                    len: Int,
                ): Unit = throw OutOfMemoryError("for the test")
            }
            val dir = temporary()
            val states = dir.file("states.csv", "0.5,1\n1,2\n")
            val more = dir.file("more.csv", "0.4,1\n1,3\n")
            val remedies = mapOf(
                arrayOf("sample", "--target", "ring8") to
                    "while computing samples; increase the heap with -Xmx, or lower --batch,",
                arrayOf("decode", "--target", "ring8", "--initial", states) to "while computing samples",
                arrayOf("encode", "--target", "ring8", "--input", states) to "while computing samples",
                arrayOf("posterior", "--target", "tumours", "--count", "4", "--burn-in", "5") to
                    "while drawing from the posterior; increase the heap with -Xmx, or lower --chains,",
                arrayOf("compare", "--target", "ring8", "--solvers", "heun", "--budgets", "8") to
                    "while comparing solvers; increase the heap with -Xmx, or lower --count,",
                arrayOf("evaluate", "--samples", states, "--reference", more) to
                    "while comparing the rows; increase the heap with -Xmx, or use files with fewer rows",
            )
            for ((args, remedy) in remedies) {
                val quiet = if (args[0] == "evaluate") args else arrayOf(*args, "--quiet")
                val run = runInto(short, *quiet)
                run.code shouldBe 1
                run.err.trimEnd().lines().size shouldBe 1
                run.err shouldContain "scoreflux: out of memory $remedy"
                val known = run(args[0], "--help").out
                Regex("--[a-z-]+").findAll(run.err).forEach { known shouldContain it.value }
            }
        }

        "an unexpected error is one line without Java's names" {
            val odd = object : OutputStream() {
                override fun write(b: Int): Unit = throw IllegalStateException("odd")
            }
            for (args in listOf(arrayOf("sample", "--target", "ring8", "--count", "1", "--quiet"))) {
                val run = runInto(odd, *args)
                run.code shouldBe 1
                run.err shouldBe
                    "scoreflux: the program failed unexpectedly: odd; run with -Dscoreflux.debug=true to see the stack trace\n"
            }
        }
    })
