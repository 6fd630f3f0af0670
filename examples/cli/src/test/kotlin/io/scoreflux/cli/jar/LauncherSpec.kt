package io.scoreflux.cli.jar

import io.kotest.assertions.withClue
import io.kotest.core.annotation.Condition
import io.kotest.core.annotation.EnabledIf
import io.kotest.core.spec.Spec
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldBeSingleton
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldNotContain
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.longs.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption
import java.nio.file.attribute.FileTime
import java.nio.file.attribute.PosixFilePermissions
import java.util.concurrent.atomic.AtomicInteger
import kotlin.reflect.KClass

/** The launcher runs where there is a POSIX shell; the jar exists after {@code package}. */
class Packaged : Condition {
    override fun evaluate(kclass: KClass<out Spec>) = JAR != null && Files.exists(Path.of("/bin/sh"))
}

private val SAMPLE = listOf("sample", "--target", "ring8", "--count", "1")
private val number = AtomicInteger()

/** A folder that has the launcher and a link to the jar. Its name has a blank, if nothing else is said. */
private class Installation(
    name: String = "launcher spec",
) {
    val jar: Path = checkNotNull(JAR)
    val home: Path = Files.createDirectories(jar.resolveSibling(name).resolve("${number.incrementAndGet()}"))
    val launcher: Path = home.resolve("scoreflux")

    init {
        Files.list(home).use { files ->
            files.forEach { Files.walk(it).sorted(Comparator.reverseOrder()).forEach(Files::delete) }
        }
        Files.copy(jar.resolveSibling("scoreflux"), launcher)
        launcher.toFile().setExecutable(true)
        Files.createLink(home.resolve("scoreflux.jar"), jar)
    }

    /** Replaces the link to the jar by a copy with a date of its own. */
    fun copyJar(millis: Long): Path {
        val copy = home.resolve("scoreflux.jar")
        Files.copy(jar, copy, StandardCopyOption.REPLACE_EXISTING)
        return Files.setLastModifiedTime(copy, FileTime.fromMillis(millis))
    }

    fun files(): List<String> = Files.list(home).use { files -> files.map { "${it.fileName}" }.sorted().toList() }

    fun archives(): List<Path> = files().filter { it.endsWith(".jsa") }.map(home::resolve)

    fun start(
        args: List<String>,
        vararg environment: Pair<String, String>,
    ) = start(listOf(launcher.toString()) + args, mapOf(*environment))

    fun run(
        args: List<String>,
        vararg environment: Pair<String, String>,
    ): Ended = start(args, *environment).ended()

    /** A Java that writes its arguments to a file, a line each, and then does what the given command does. */
    fun recorder(then: String): Pair<Path, Path> {
        val java = Files.createDirectories(home.resolve("java/bin")).resolve("java")
        val log = home.resolve("java/arguments")
        Files.writeString(java, "#!/bin/sh\nprintf '%s\\n' \"$@\" >>'$log'\n$then\n")
        java.toFile().setExecutable(true)
        return home.resolve("java") to log
    }
}

/** The program in a plain virtual machine. */
private fun plain(args: List<String>): Ended = start(listOf(JAVA.toString(), "-jar", JAR.toString()) + args).ended()

private fun Ended.shouldBeLike(other: Ended) {
    withClue(err) {
        code shouldBe other.code
        out shouldBe other.out
        err shouldBe other.err
    }
}

@EnabledIf(Packaged::class)
class LauncherSpec :
    StringSpec({
        "the first run writes an archive of classes, and later runs map it" {
            // JDK 17 maps its own classes only if the path of the jar has a blank.
            val installation = Installation("launcher-spec")
            val expected = plain(SAMPLE)
            expected.code shouldBe 0
            installation.run(SAMPLE).shouldBeLike(expected)
            val archive = installation.archives().shouldBeSingleton().first()
            Files.size(archive) shouldBeGreaterThan 1_000_000
            val written = Files.getLastModifiedTime(archive)

            val log = installation.home.resolve("classes")
            val mapped = start(
                listOf(installation.launcher.toString()) + SAMPLE,
                mapOf("JAVA_OPTS" to "-Xlog:class+load:file=classes"),
                installation.home,
            ).ended()
            mapped.shouldBeLike(expected)
            val main = Files.readAllLines(log).single { " io.scoreflux.cli.Main " in it }
            main shouldContain "shared objects file"
            Files.getLastModifiedTime(archive) shouldBe written
            installation.files() shouldBe listOf("classes", "scoreflux", "${archive.fileName}", "scoreflux.jar")
        }

        "concurrent first runs do not disturb one another" {
            val installation = Installation()
            val expected = plain(SAMPLE)
            List(3) { installation.start(SAMPLE) }.forEach { it.ended().shouldBeLike(expected) }
            installation.archives().shouldBeSingleton()
            installation.files().size shouldBe 3
            installation.run(SAMPLE).shouldBeLike(expected)
        }

        "a folder without permission to write needs no archive" {
            val installation = Installation()
            val everyone = PosixFilePermissions.fromString("r-xr-xr-x")
            Files.setPosixFilePermissions(installation.home, everyone)
            try {
                // Root may write anywhere, so that it runs the launcher as nobody.
                val nobody = if (Files.isWritable(installation.home)) {
                    listOf("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
                } else {
                    emptyList()
                }
                val run = start(nobody + installation.launcher.toString() + SAMPLE).ended()
                run.shouldBeLike(plain(SAMPLE))
                installation.archives().shouldBeEmpty()
            } finally {
                Files.setPosixFilePermissions(installation.home, PosixFilePermissions.fromString("rwxr-xr-x"))
            }
        }

        "an archive that does not fit is ignored, without a word" {
            val installation = Installation()
            val expected = plain(SAMPLE)
            installation.run(SAMPLE)
            val archive = installation.archives().single()
            archive.toFile().setWritable(true)
            Files.writeString(archive, "not an archive")
            installation.run(SAMPLE).shouldBeLike(expected)
        }

        "a new jar gets an archive of its own, and that of the old one goes" {
            val installation = Installation()
            val start = System.currentTimeMillis() - 3_600_000
            val copy = installation.copyJar(start)
            installation.run(SAMPLE)
            val old = installation.archives().single()
            Files.setLastModifiedTime(old, FileTime.fromMillis(start + 1_000))
            Files.setLastModifiedTime(copy, FileTime.fromMillis(start + 2_000))
            installation.run(SAMPLE)
            installation.archives().single() shouldNotBe old
        }

        "a jar whose date lies in the future keeps its archive" {
            val installation = Installation()
            installation.copyJar(System.currentTimeMillis() + 3_600_000)
            installation.run(SAMPLE)
            val archive = installation.archives().single()
            val written = Files.getLastModifiedTime(archive)
            Files.size(archive) shouldBeGreaterThan 1_000_000
            installation.run(SAMPLE)
            installation.archives() shouldBe listOf(archive)
            Files.getLastModifiedTime(archive) shouldBe written
        }

        "a Java that cannot write an archive is asked once" {
            val installation = Installation()
            // It leaves a part of an archive.
            val (java, log) = installation.recorder(
                "case \" $* \" in *' -Xshare:dump '*)\n" +
                    "for a; do case \$a in -XX:SharedArchiveFile=*) echo part >\"\${a#*=}\" ;; esac; done\n" +
                    "exit 1 ;; esac; exec '$JAVA' \"$@\"",
            )
            val expected = plain(SAMPLE)
            installation.run(SAMPLE, "JAVA_HOME" to java.toString()).shouldBeLike(expected)
            val archive = installation.archives().single()
            Files.size(archive) shouldBe 0
            installation.files() shouldBe listOf("java", "scoreflux", "${archive.fileName}", "scoreflux.jar")
            Files.delete(log)
            installation.run(SAMPLE, "JAVA_HOME" to java.toString()).shouldBeLike(expected)
            Files.readAllLines(log).shouldNotContain("-Xshare:dump")
        }

        "short runs take the first compiler and the serial collector, other runs do not" {
            val installation = Installation()
            val (java, log) = installation.recorder("exit 0")

            fun options(vararg args: String): List<String> {
                installation.run(listOf(*args), "JAVA_HOME" to java.toString()).code shouldBe 0
                val all = Files.readAllLines(log)
                Files.delete(log)
                all.takeLast(args.size) shouldBe listOf(*args)
                return all.takeLastWhile { !it.startsWith("-Xshare") }
            }
            installation.run(listOf("help"), "JAVA_HOME" to java.toString())
            Files.delete(log)
            val short = listOf("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
            for (args in listOf(
                arrayOf("help"),
                arrayOf("--version"),
                arrayOf("compare", "--help"),
                arrayOf("sample", "--help"),
                arrayOf("sample", "--target", "ring8"),
                arrayOf("sample", "--count", "100", "--target", "digits", "--out", "a b.csv"),
                arrayOf("sample", "--count=1", "--target=bimodal"),
            )) {
                val options = options(*args)
                withClue(args.toList()) { short.forEach { options shouldContain it } }
            }
            for (args in listOf(
                arrayOf("sample", "--target", "ring8", "--count", "101"),
                arrayOf("sample", "--target", "ring8", "--count", "100000000000000000000"),
                arrayOf("sample", "--target", "ring8", "--count", "1e3"),
                arrayOf("sample", "--target", "mine.json", "--count", "1"),
                arrayOf("sample", "--count"),
                arrayOf("sample", "--target", "ring8", "--observe", "seen.json", "--exact"),
                arrayOf("encode", "--target", "ring8"),
                arrayOf("posterior", "--target", "tumours"),
            )) {
                val options = options(*args)
                withClue(args.toList()) { short.forEach { options shouldNotContain it } }
            }
        }

        "options of the user win" {
            val installation = Installation()
            val (java, log) = installation.recorder("exec '$JAVA' \"$@\"")
            val expected = plain(SAMPLE)
            // Two collectors would be an error, and Java takes the options on its command line before those in these variables.
            for (variable in listOf("JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")) {
                Files.deleteIfExists(log)
                val options = "-XX:+UseParallelGC -XX:TieredStopAtLevel=4 -Xshare:off -Xlog:gc:file=gc-$variable"
                val run = start(
                    listOf(installation.launcher.toString()) + SAMPLE,
                    mapOf("JAVA_HOME" to java.toString(), variable to options),
                    installation.home,
                ).ended()
                run.code shouldBe 0
                run.out shouldBe expected.out
                val arguments = Files.readAllLines(log)
                arguments shouldNotContain "-XX:TieredStopAtLevel=1"
                arguments shouldNotContain "-XX:+UseSerialGC"
                arguments.filter { it.startsWith("-XX:SharedArchiveFile") }.shouldBeEmpty()
                Files.readString(installation.home.resolve("gc-$variable")) shouldContain "Using Parallel"
                installation.archives().shouldBeEmpty()
            }
        }

        "short runs write the bytes of all others" {
            val installation = Installation()
            // Enough work for the second compiler to take part.
            for (solver in listOf("sliding", "picard", "fors", "heun", "ancestral")) {
                val accuracy =
                    when (solver) {
                        "heun", "ancestral" -> listOf("--budget", "60")
                        "fors" -> listOf("--tolerance", "0.1")
                        else -> listOf("--tolerance", "1e-8")
                    }
                val args = listOf("sample", "--target", "ring8", "--count", "100", "--solver", solver) + accuracy
                val expected = plain(args)
                expected.out.lines().size shouldBe 101
                installation.run(args).shouldBeLike(expected)
            }
        }

        "links, other working directories, arguments with blanks and exit codes" {
            val installation = Installation()
            val link = installation.home.resolve("other").resolve("a link")
            Files.createDirectories(link.parent)
            Files.createSymbolicLink(link, Path.of("../scoreflux"))
            val out = link.resolveSibling("out file.csv")
            val run = start(
                listOf(link.toString()) + SAMPLE + listOf("--quiet", "--out", "out file.csv"),
                directory = link.parent,
            ).ended()
            withClue(run.err) { run.code shouldBe 0 }
            Files.readAllLines(out).first() shouldStartWith "index,"
            val refused = installation.run(listOf("sample", "--target", "no such target"))
            refused.code shouldBe 2
            refused.err.lines().size shouldBe 2
            refused.err shouldContain "no such target"
            val lost = start(
                listOf("sh", "scoreflux", "--version"),
                mapOf("JAVA_HOME" to "/no/java"),
                installation.home,
            ).ended()
            lost.code shouldBe 1
            lost.err shouldContain "/no/java"
        }
    })
