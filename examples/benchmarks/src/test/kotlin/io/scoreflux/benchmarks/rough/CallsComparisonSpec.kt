package io.scoreflux.benchmarks.rough

import io.kotest.core.spec.style.StringSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.shouldBe
import java.io.File
import java.nio.file.Path
import javax.imageio.ImageIO

class CallsComparisonSpec :
    StringSpec({
        val others = Result.read(Path.of("../../docs/benchmarks/diffusers.csv"))

        fun entry(
            calls: Double,
            network: String = "net",
        ) = CallsComparison.Entry("1e-2", Result(network, calls, 1e-2, "own"), Result(network, calls, 2e-2, "heun"))

        "errors stand beside those of others, which are interpolated between their calls" {
            val figures = listOf(Result("net", 10.0, 4e-2, "a b"), Result("net", 40.0, 1e-2, "c"))
            val entries = listOf(entry(10.0), entry(20.0), entry(50.0), entry(20.0, "unknown"))
            CallsComparison(entries, figures, "others").table().map { it.replace(Regex(" {2,}"), "|") } shouldBe
                listOf(
                    "network|solver|setting|calls|error|best fixed|others|ratio",
                    "net|own|1e-2|10|1.0e-02|2.0e-02 heun|4.0e-02 a b|0.25",
                    "net|own|1e-2|20|1.0e-02|2.0e-02 heun|2.0e-02|0.50",
                    "net|own|1e-2|50|1.0e-02|2.0e-02 heun|-|-",
                    "unknown|own|1e-2|20|1.0e-02|2.0e-02 heun|-|-",
                )
        }

        "the file of the documentation has one figure for each network and number of calls" {
            others.groupingBy { it.network() to it.calls() }.eachCount().values.toSet() shouldBe setOf(1)
        }

        "each network has a panel" {
            val file = File(tempdir(), "plot.png")
            CallsComparison(others.map { entry(20.0, it.network()) }, others, "others").draw(file.toPath())
            ImageIO.read(file).height shouldBe 1600
        }
    })
