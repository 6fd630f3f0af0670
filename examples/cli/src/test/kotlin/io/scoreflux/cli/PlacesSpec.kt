package io.scoreflux.cli

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.scoreflux.cli.option.FileName
import io.scoreflux.files.targets.BuiltIn
import io.scoreflux.files.targets.PosteriorTargets
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit

/** Places that cannot be written are refused before anything is computed. */
class PlacesSpec :
    StringSpec({
        val dir = temporary()
        val isPosix = "posix" in dir.fileSystem.supportedFileAttributeViews()
        // A run that would take hours, so that a refusal after the work would never come.
        val long =
            arrayOf("sample", "--target", "digits", "--count", "10000000", "--solver", "euler", "--budget", "99999")

        fun link(
            name: String,
            to: String,
        ): Path = Files.createSymbolicLink(dir.resolve(name), dir.resolve(to))

        "refuses to write over what it reads, and leaves it" {
            val rows = dir.file("rows.csv", "x0,x1\n1,0\n2,1\n4,1\n3,0\n")
            val data = dir.file("data.json", """{"type":"dataset","file":"rows.csv","bandwidth":0.5}""")
            val sick = dir.file("sick.csv", "dose,sick\n1,0\n2,1\n4,1\n3,0\n")
            val logistic = dir.file("sick.json", """{"type":"logistic-regression","file":"sick.csv","label":"sick"}""")
            val sampled = arrayOf("sample", "--target", data)
            // An input may be called as a picture is.
            val observed = dir.file("observed.png", """{"indices":[0],"values":[0.5],"noise":0.1}""")
            val starts = dir.file("starts.png", "1,0\n2,1\n")
            val compared = arrayOf("compare", "--target", data, "--solvers", "heun")
            val plan = dir.resolve("plan.json").toString()
            run(*sampled, "--budget", "20", "--count", "1", "--save-plan", plan, "--quiet").code shouldBe 0
            val cases = listOf(
                listOf("--target", rows) to arrayOf(*sampled, "--out", rows),
                listOf("--target", data) to arrayOf(*sampled, "--out", "$dir/./data.json"),
                listOf("--target", data) to arrayOf(*sampled, "--budget", "20", "--save-plan", data),
                listOf("--plan", plan) to arrayOf(*sampled, "--plan", plan, "--out", plan),
                listOf("--initial", rows) to arrayOf("decode", "--target", "ring8", "--initial", rows, "--out", rows),
                listOf("--input", rows) to arrayOf("encode", "--target", "ring8", "--input", rows, "--out", rows),
                listOf("--renoise", rows) to
                    arrayOf("sample", "--target", "ring8", "--renoise", rows, "--from-sigma", "1", "--out", rows),
                listOf("--target", data) to arrayOf(*compared, "--csv", data),
                listOf("--target", rows) to arrayOf(*compared, "--csv", rows),
                listOf("--observe", observed) to arrayOf(*compared, "--observe", observed, "--csv", observed),
                listOf("--observe", observed) to arrayOf(*compared, "--observe", observed, "--plot", observed),
                listOf("--initial", starts) to arrayOf(*compared, "--initial", starts, "--csv", "$dir/./starts.png"),
                listOf("--reference", starts) to arrayOf(*compared, "--reference", starts, "--plot", starts),
                listOf("--target", sick) to arrayOf("posterior", "--target", logistic, "--out", sick),
                listOf("--target", logistic) to arrayOf("posterior", "--target", logistic, "--summary", logistic),
            )
            for ((what, args) in cases) {
                val before = Files.readString(Path.of(what[1]))
                refused(listOf("would overwrite what ${what[0]} reads; name another file"), *args)
                Files.readString(Path.of(what[1])) shouldBe before
            }
        }

        "the name of a built-in target is that target, although a file has the name" {
            val folder = Files.createDirectory(dir.resolve("named"))
            val names = BuiltIn.names() + PosteriorTargets.BUILT_IN
            names.forEach { folder.file(it, "no JSON") }
            val java = arrayOf("${System.getProperty("java.home")}/bin/java", "io.scoreflux.cli.Main")

            fun inFolder(vararg args: String): Pair<Int, String> {
                val process = ProcessBuilder(*java, *args)
                    .directory(folder.toFile())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(folder.resolve("err").toFile())
                    .also { it.environment()["CLASSPATH"] = System.getProperty("java.class.path") }
                    .start()
                withClue("the child must end") { process.waitFor(120, TimeUnit.SECONDS) shouldBe true }
                return process.exitValue() to Files.readString(folder.resolve("err"))
            }
            for (args in listOf(
                arrayOf("sample", "--target", "digits", "--count", "1", "--tolerance", "0.1", "--out", "digits"),
                arrayOf("compare", "--target", "ring8", "--solvers", "heun", "--budgets", "8", "--count", "2"),
                arrayOf("posterior", "--target", "tumours", "--count", "4", "--burn-in", "5", "--out", "tumours"),
            )) {
                inFolder(*args, "--quiet") shouldBe (0 to "")
            }
            // The samples have replaced the file, and the name is still the target's.
            inFolder("sample", "--target", "digits", "--count", "1", "--quiet") shouldBe (0 to "")
        }

        "refuses one place under two names, through a linked directory too".config(enabled = isPosix) {
            Files.createDirectory(dir.resolve("pictures"))
            link("shown", "pictures")
            refused(
                listOf("--out and --plot name the same file"),
                *arrayOf("sample", "--target", "digits", "--out", "$dir/pictures/a.png", "--plot", "$dir/shown/a.png"),
            )
            Files.list(dir.resolve("pictures")).use { it.count() } shouldBe 0
        }

        "rejects an output path before the pilot run, and saves no plan" {
            val plan = dir.resolve("early.json")
            val place = "$dir/no/such.csv"
            refused(
                listOf("--out: there is no directory $dir/no"),
                *arrayOf("sample", "--target", "ring8", "--budget", "20", "--save-plan", "$plan", "--out", place),
            )
            Files.exists(plan) shouldBe false
            // The largest count is none too large for its arithmetic.
            refused(
                listOf("--out: there is no directory $dir/no"),
                *arrayOf("posterior", "--target", "tumours", "--count", "${Long.MAX_VALUE}", "--out", place),
            )
        }

        "refuses a picture whose name is too long" {
            val place = "$dir/${"x".repeat(300)}.png"
            val none = dir.resolve("none.ndjson")
            refused(listOf("--plot: cannot write $place"), *long, "--plot", place, "--out", none.toString())
            Files.exists(none) shouldBe false
        }

        "rejects a picture whose path cannot be written" {
            if (Files.isDirectory(Path.of("/proc"))) {
                refused(listOf("--plot: cannot write /proc/x.png", "name another file"), *long, "--plot", "/proc/x.png")
            }
        }

        "refuses a link that leads nowhere or to itself, and leaves it".config(enabled = isPosix) {
            for ((option, end) in listOf("--out" to "csv", "--plot" to "png")) {
                for (link in listOf(link("dangling.$end", "nowhere"), link("loop.$end", "loop.$end"))) {
                    refused(listOf("$option: $link is a broken symbolic link; remove it"), *long, option, "$link")
                    Files.isSymbolicLink(link) shouldBe true
                }
            }
        }

        "leaves no temporary file of the picture when the run is rejected" {
            val empty = Files.createDirectory(dir.resolve("empty"))
            refused(listOf("--tolerance does not apply"), *long, "--tolerance", "0.1", "--plot", "$empty/a.png")
            Files.list(empty).use { it.count() } shouldBe 0
        }

        "takes a dash for a file name" {
            atomicFile(dir.resolve("-")).use { it.commit() }
            Files.exists(dir.resolve("-")) shouldBe true
            FileName().convert("-") shouldBe Path.of("-")
        }
    })
