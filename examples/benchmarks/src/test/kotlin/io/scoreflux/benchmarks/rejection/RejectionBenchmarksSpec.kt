package io.scoreflux.benchmarks.rejection

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import java.io.File

class RejectionBenchmarksSpec : StringSpec({
    "the tables on the page have the columns that the command prints" {
        val page = File("../../docs/rejection.md").readLines()
        for ((name, columns) in RejectionBenchmarks.columns()) {
            val section = page.dropWhile { !(it.startsWith("### ") && it.endsWith("`$name`")) }
            val header = section.first { it.startsWith("|") }
            header.removeSurrounding("|").split("|").map { it.trim() } shouldBe columns
        }
    }
})
