package io.scoreflux.cli

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path

/** Places that cannot be written are refused before anything is computed. */
class PlacesSpec :
    StringSpec({
        val dir = temporary()
        // A run that would take hours, so that a refusal after the work would never come.
        val long =
            arrayOf("sample", "--target", "digits", "--count", "10000000", "--solver", "euler", "--budget", "99999")

        fun link(
            name: String,
            to: String,
        ): Path = Files.createSymbolicLink(dir.resolve(name), dir.resolve(to))

        "refuses a picture whose name is too long" {
            val place = "$dir/${"x".repeat(300)}.png"
            val none = dir.resolve("none.ndjson")
            refused(listOf("--plot: cannot write $place"), *long, "--plot", place, "--out", none.toString())
            Files.exists(none) shouldBe false
        }

        "refuses a picture where no file can be" {
            if (Files.isDirectory(Path.of("/proc"))) {
                refused(listOf("--plot: cannot write /proc/x.png", "name another file"), *long, "--plot", "/proc/x.png")
            }
        }

        "refuses a link that leads nowhere or to itself, and leaves it" {
            for ((option, end) in listOf("--out" to "csv", "--plot" to "png")) {
                for (link in listOf(link("dangling.$end", "nowhere"), link("loop.$end", "loop.$end"))) {
                    refused(listOf("$option: $link is a link that leads to no file; remove it"), *long, option, "$link")
                    Files.isSymbolicLink(link) shouldBe true
                }
            }
        }

        "leaves nothing of the picture beside its place when the run is refused" {
            val empty = Files.createDirectory(dir.resolve("empty"))
            refused(listOf("--tolerance does not apply"), *long, "--tolerance", "0.1", "--plot", "$empty/a.png")
            Files.list(empty).use { it.count() } shouldBe 0
        }

        "takes a dash for a file name" {
            AtomicFile.create("--out", dir.resolve("-")).use { it.commit() }
            Files.exists(dir.resolve("-")) shouldBe true
            FileName().convert("-") shouldBe Path.of("-")
        }
    })
