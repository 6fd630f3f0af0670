package io.scoreflux.cli.output

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.scoreflux.cli.atomicFile
import io.scoreflux.cli.file
import io.scoreflux.cli.refused
import io.scoreflux.cli.run
import io.scoreflux.cli.temporary
import jdk.jfr.Recording
import jdk.jfr.consumer.RecordingFile
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.attribute.PosixFileAttributes
import java.nio.file.attribute.PosixFilePermissions

/** Files are replaced atomically, and keep their permissions and links. */
class AtomicFileSpec :
    StringSpec({
        val isPosix = "posix" in Path.of("").fileSystem.supportedFileAttributeViews()

        fun names(dir: Path) = Files.list(dir).use { all -> all.map { it.fileName.toString() }.sorted().toList() }

        fun permissions(file: Path) = PosixFilePermissions.toString(Files.getPosixFilePermissions(file))

        fun write(
            file: Path,
            text: String = "new",
        ) = atomicFile(file).use {
            it.out().write(text.toByteArray())
            it.commit()
        }

        "a file keeps its permissions, and nobody else can read it while it is written".config(enabled = isPosix) {
            for (mode in listOf("rw-------", "rw-r-----", "rw-rw-rw-", "rwxr-xr-x", "rw----r--")) {
                val dir = temporary()
                val file = Path.of(dir.file("a.csv", "old"))
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode))
                atomicFile(file).use {
                    val beside = names(dir).single { name -> name != "a.csv" }
                    permissions(dir.resolve(beside)) shouldBe "rw-------"
                    it.out().write(1)
                    it.commit()
                }
                permissions(file) shouldBe mode
                Files.readAllBytes(file).toList() shouldContainExactly listOf(1)
                names(dir) shouldContainExactly listOf("a.csv")
            }
        }

        "every output of the program keeps permissions".config(enabled = isPosix) {
            val dir = temporary()
            val files = listOf("a.csv", "p.png", "plan.json").map { Path.of(dir.file(it, "old")) }
            files.forEach { Files.setPosixFilePermissions(it, PosixFilePermissions.fromString("rw-------")) }
            val (out, plot, plan) = files.map { it.toString() }
            val args = arrayOf("sample", "--target", "ring8", "--count", "2", "--quiet", "--format", "csv")
            run(*args, "--out", out, "--plot", plot, "--save-plan", plan).code shouldBe 0
            files.forEach {
                permissions(it) shouldBe "rw-------"
                (Files.size(it) > 3) shouldBe true
            }
        }

        "a new file has the permissions of the process's umask".config(enabled = isPosix) {
            val dir = temporary()
            write(dir.resolve("a.csv"))
            permissions(dir.resolve("a.csv")) shouldBe permissions(Files.createFile(dir.resolve("plain")))
        }

        "owner and group are kept if that is allowed".config(enabled = isPosix) {
            val file = Path.of(temporary().file("a.csv", "old"))
            // Only the superuser can prepare this.
            if (runCatching { Files.setAttribute(file, "unix:uid", 12345) }.isSuccess) {
                Files.setAttribute(file, "unix:gid", 23456)
                write(file)
                Files.getAttribute(file, "unix:uid") shouldBe 12345
                Files.getAttribute(file, "unix:gid") shouldBe 23456
            } else {
                val owner = Files.readAttributes(file, PosixFileAttributes::class.java).owner()
                write(file)
                Files.getOwner(file) shouldBe owner
            }
        }

        "the target of a chain of links is replaced, and the links stay".config(enabled = isPosix) {
            val dir = temporary()
            val elsewhere = Files.createDirectory(dir.resolve("elsewhere"))
            elsewhere.file("real.csv", "old")
            Files.createSymbolicLink(elsewhere.resolve("inner.csv"), Path.of("real.csv"))
            val link = Files.createSymbolicLink(dir.resolve("link.csv"), Path.of("elsewhere/inner.csv"))
            write(link)
            Files.readString(elsewhere.resolve("real.csv")) shouldBe "new"
            Files.isSymbolicLink(link) shouldBe true
            names(dir) shouldContainExactly listOf("elsewhere", "link.csv")
            names(elsewhere) shouldContainExactly listOf("inner.csv", "real.csv")
        }

        "an input is not overwritten through links".config(enabled = isPosix) {
            val dir = temporary()
            val states = dir.file("states.csv", "0.5,1\n")
            val link = Files.createSymbolicLink(dir.resolve("link.csv"), Path.of(states))
            refused(
                listOf("--out $link would overwrite what --initial reads; name another file"),
                *arrayOf("decode", "--target", "ring8", "--initial", states, "--out", "$link"),
            )
            refused(
                listOf("--out $states would overwrite what --initial reads; name another file"),
                *arrayOf("decode", "--target", "ring8", "--initial", "$link", "--out", states),
            )
        }

        "the bytes are forced to the disk before the file gets its name" {
            val dir = temporary()
            val file = dir.resolve("a.csv")
            val recorded = dir.resolve("recorded.jfr")
            Recording().use { recording ->
                recording.enable("jdk.FileForce").withThreshold(java.time.Duration.ZERO)
                recording.start()
                write(file)
                recording.stop()
                recording.dump(recorded)
            }
            val forced = RecordingFile.readAllEvents(recorded)
                .filter { it.eventType.name == "jdk.FileForce" }
                .map { Path.of(it.getString("path")) }
            withClue("$forced") {
                forced.filter { it.parent == dir }.map { it.fileName.toString().endsWith(".part") } shouldContainExactly
                    listOf(true)
            }
        }

        "accepts every name that the file system accepts, and rejects others before any work".config(
            enabled = isPosix,
        ) {
            val dir = temporary()
            for (name in listOf("x".repeat(255), "ä".repeat(127), "-", ".part", " a.csv ")) {
                write(dir.resolve(name))
                Files.readString(dir.resolve(name)) shouldBe "new"
                names(dir) shouldContainExactly listOf(name)
                Files.delete(dir.resolve(name))
            }
            val args = arrayOf("sample", "--target", "ring8", "--count", "1", "--out")
            refused(
                listOf("--out: cannot write", "File name too long; name another file"),
                *args,
                "$dir/${"x".repeat(256)}",
            )
            dir.file("file", "")
            refused(listOf("--out: $dir/file is not a directory; name a file elsewhere"), *args, "$dir/file/a.csv")
            refused(listOf("--out: there is no directory $dir/no; create it first"), *args, "$dir/no/a.csv")
            refused(listOf("--out: $dir is a directory; name a file in it"), *args, "$dir")
        }

        "another file with the temporary name is not removed after the renaming" {
            val dir = temporary()
            val another = atomicFile(dir.resolve("a.csv")).use {
                val beside = dir.resolve(names(dir).single())
                it.commit()
                Files.writeString(beside, "another's")
            }
            Files.readString(another) shouldBe "another's"
        }

        "two writers of one name use two temporary names, and the last one wins" {
            val dir = temporary()
            val file = dir.resolve("a.csv")
            atomicFile(file).use { first ->
                atomicFile(file).use { second ->
                    first.out().write("first".toByteArray())
                    second.out().write("second".toByteArray())
                    second.commit()
                    Files.readString(file) shouldBe "second"
                    first.commit()
                }
            }
            Files.readString(file) shouldBe "first"
            names(dir) shouldContainExactly listOf("a.csv")
        }

        "a run that fails leaves no file" {
            val dir = temporary()
            val bad = dir.file("bad.csv", "1,2\n3,x\n")
            val out = Files.createDirectory(dir.resolve("out"))
            refused(
                listOf("is not a number"),
                *arrayOf(
                    "decode",
                    "--target",
                    "ring8",
                    "--initial",
                    bad,
                    "--out",
                    "$out/a.csv",
                    "--plot",
                    "$out/a.png",
                ),
            )
            names(out).shouldBeEmpty()
            // The picture fails after the samples are complete.
            if (Files.exists(Path.of("/dev/full"))) {
                val args = arrayOf("sample", "--target", "ring8", "--count", "2", "--quiet", "--save-plan", "/dev/full")
                run(*args, "--out", "$out/a.csv", "--plot", "$out/a.png").code shouldBe 1
                names(out).shouldBeEmpty()
            }
        }
    })
