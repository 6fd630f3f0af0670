package io.scoreflux.cli.jar

import io.kotest.assertions.withClue
import io.kotest.core.annotation.EnabledIf
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.longs.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import java.nio.file.Path
import java.util.zip.ZipEntry
import java.util.zip.ZipFile
import java.util.zip.ZipOutputStream

private val LIBRARY = Regex(".*\\.(so|dll|dylib|jnilib|a)")

/** Where each project keeps the libraries of its platforms: the group is the platform. */
private val FOLDERS = listOf(
    Regex("ai/onnxruntime/native/([^/]+)/.*"),
    Regex("native/lib/([^/]+)/.*"),
    Regex("([a-z]+/[a-z0-9_]+)/libzstd.*"),
    Regex("org/xerial/snappy/native/([A-Za-z]+/[a-z0-9_]+?)(?:-musl)?/.*"),
    Regex("com/sun/jna/([^/]+-[^/]+)/.*"),
)

@EnabledIf(Packaged::class)
class JarSpec :
    StringSpec({
        val isWhole = System.getProperty("scoreflux.platform") != "build"

        "the jar has the native code of one platform".config(enabled = !isWhole) {
            val names = ZipFile(JAR.toString()).use { zip ->
                zip.stream().map { it.name }.filter(LIBRARY::matches).toList()
            }
            for (folder in FOLDERS) {
                val platforms = names.mapNotNull { folder.matchEntire(it)?.groupValues?.get(1) }.distinct()
                withClue("$folder: $platforms") { platforms.size shouldBe 1 }
            }
            // The native code of a second platform takes ten megabytes or more.
            Files.size(checkNotNull(JAR)) shouldBeLessThan 60_000_000
        }

        "networks and pipelines say what to do without the native code of their machine" {
            val dir = Files.createTempDirectory("scoreflux-jar")
            val jar = dir.resolve("scoreflux.jar")
            ZipFile(JAR.toString()).use { zip ->
                ZipOutputStream(Files.newOutputStream(jar)).use { out ->
                    out.setLevel(0)
                    zip.stream().filter { !LIBRARY.matches(it.name) && !it.isDirectory }.forEach { entry ->
                        out.putNextEntry(ZipEntry(entry.name))
                        zip.getInputStream(entry).use { it.transferTo(out) }
                    }
                }
            }
            val digits = Path.of("../digits/digits.json").toString()
            val pipeline = Path.of("../tiny-pipeline").toString()
            for (args in listOf(
                listOf("sample", "--target", digits, "--count", "1"),
                listOf("image", "--pipeline", pipeline, "--prompt", "three", "--count", "1", "--out", "$dir/images"),
            )) {
                val run = start(
                    listOf(JAVA.toString(), "-jar", jar.toString()) + args,
                    // The tokenizer library would find what it has unpacked before.
                    mapOf("DJL_CACHE_DIR" to "$dir/djl"),
                ).ended()
                withClue(run.err) {
                    run.code shouldBe 2
                    run.err.lines().size shouldBe 2
                    run.err shouldContain "native library for ${System.getProperty("os.name")} on"
                    run.err shouldContain
                        "has native code for this platform; build the jar of the command line on this" +
                        " platform or with -Pall-platforms"
                }
            }
            Files.delete(jar)
        }
    })
