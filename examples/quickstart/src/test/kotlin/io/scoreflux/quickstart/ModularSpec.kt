package io.scoreflux.quickstart

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.io.File
import java.util.concurrent.TimeUnit
import javax.tools.ToolProvider

/** What a sampler needs: prefixes of jar names, or names in the paths of this build's class folders. */
private val NEEDED = listOf(
    "core",
    "scoreflux-core",
    "reactor-core",
    "reactive-streams",
    "commons-rng-core",
    "commons-rng-client-api",
    "commons-rng-sampling",
    "commons-statistics-distribution",
    "commons-numbers-combinatorics",
    "commons-numbers-gamma",
    "commons-numbers-core",
    "commons-numbers-fraction",
    "commons-numbers-rootfinder",
    "ejml-core",
    "ejml-ddense",
    "jspecify",
)
private val MICROMETER = listOf("micrometer-core", "micrometer-commons", "micrometer-observation", "HdrHistogram")
private val ONNX = listOf("onnxruntime")
private val JACKSON = listOf("jackson-core", "jackson-databind", "jackson-annotations")
private val KOTLIN = listOf(
    "kotlin-dsl",
    "scoreflux-kotlin",
    "kotlin-stdlib",
    "kotlinx-coroutines-core",
    "kotlinx-coroutines-reactive",
    "kotlinx-coroutines-reactor",
    "multik-core-jvm",
)

private const val SAMPLER =
    """io.scoreflux.Sampler.builder(io.scoreflux.model.GaussianMixture.builder(1)
            .component(1, new double[] {2}, 0.5).build()).noiseRange(20, 0.01)"""

/** Modular applications, compiled and run on the module path in a separate virtual machine. */
class ModularSpec : StringSpec({
    val paths = (System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path"))
        .split(File.pathSeparator).map(::File)
    val folder = tempdir()

    /** The jars and class folders with these prefixes; each must exist. */
    fun modulePath(names: List<String>) = paths.filter { path ->
        names.any {
            if (path.isDirectory) {
                path.parentFile.parentFile.name == it
            } else {
                path.name.matches(
                    Regex("$it(-jvm)?-[0-9].*"),
                )
            }
        } && path.name != "test-classes"
    }.joinToString(File.pathSeparator)

    /** The output of the application, including errors. */
    fun run(
        requires: List<String>,
        names: List<String>,
        statements: String,
        options: List<String> = listOf("-XX:TieredStopAtLevel=1"),
    ): String {
        val application = File.createTempFile("application", "", folder).also { it.delete() }
        val sources = File(application, "src/application").also { it.mkdirs() }
        val module = File(sources.parentFile, "module-info.java").also {
            it.writeText("module application { ${requires.joinToString(" ") { name -> "requires $name;" }} }")
        }
        val main = File(sources, "Main.java").also {
            it.writeText(
                "package application; public class Main { public static void main(String[] none) throws Exception { $statements } }",
            )
        }
        val path = modulePath(names)
        val classes = File(application, "classes").path
        val errors = java.io.ByteArrayOutputStream()
        val compiler = checkNotNull(ToolProvider.getSystemJavaCompiler())
        withClue({ errors.toString() }) {
            compiler.run(null, null, errors, "-proc:none", "-p", path, "-d", classes, module.path, main.path) shouldBe 0
        }
        val output = File(application, "output")
        val java = ProcessBuilder(
            File(System.getProperty("java.home"), "bin/java").path,
            *options.toTypedArray(),
            "-Xshare:auto",
            "-p",
            path + File.pathSeparator + classes,
            "-m",
            "application/application.Main",
        ).redirectErrorStream(true).redirectOutput(output).start()
        java.waitFor(1, TimeUnit.MINUTES) shouldBe true
        return output.readText()
    }

    "samples and posterior draws need nothing beyond the module and what it requires" {
        val text = run(
            listOf("io.scoreflux"),
            NEEDED,
            """
            var sampler = $SAMPLER.build();
            System.out.println("samples " + sampler.samples(0, 3).filter(s -> !s.failed()).count().block());
            var fors = $SAMPLER.solver(new io.scoreflux.reject.Fors(0.1)).build();
            System.out.println("fors " + fors.samples(0, 3).filter(s -> !s.failed()).count().block());
            var normal = io.scoreflux.logconcave.LogConcave.rowwise(2, (x, g) -> System.arraycopy(x, 0, g, 0, 2));
            var posterior = io.scoreflux.logconcave.ProximalSampler.builder(normal).chains(2).build();
            System.out.println("draws " + posterior.draws(3).filter(d -> !d.failed()).count().block());
            """,
        )
        withClue(text) {
            text.lines().filter { it.isNotBlank() } shouldBe listOf("samples 3", "fors 3", "draws 6")
        }
    }

    "the Vector API computes the same bits in a modular application" {
        // A property that selects the Vector API is refused where there is none.
        val (portable, vector) = listOf(
            listOf("-Dscoreflux.kernels=portable"),
            listOf("--add-modules", "jdk.incubator.vector", "-Dscoreflux.kernels=vector"),
        ).map { options ->
            run(
                listOf("io.scoreflux"),
                NEEDED,
                """
                var random = new java.util.Random(1);
                double[][] rows = new double[300][20];
                for (double[] row : rows) java.util.Arrays.setAll(row, i -> random.nextGaussian());
                var samples = io.scoreflux.Sampler.builder(io.scoreflux.model.SmoothedDataset.of(rows, 0.1))
                        .noiseRange(20, 0.01).build().samples(0, 3).collectList().block();
                for (var sample : samples) System.out.println("bits " + java.util.Arrays.hashCode(sample.values()));
                """,
                options,
            ).lines().filter { it.startsWith("bits ") }
        }
        portable shouldHaveSize 3
        vector shouldBe portable
    }

    "optional libraries are found, or named if they are missing" {
        val statements = """
            try {
                io.scoreflux.model.onnx.OnnxDenoiser.builder(java.nio.file.Path.of("missing.onnx")).open();
            } catch (RuntimeException e) {
                System.out.println(e.getMessage());
            }
            try {
                io.scoreflux.model.remote.InferenceDenoiser.builder(java.net.URI.create("http://127.0.0.1:1"), "any").open();
            } catch (RuntimeException e) {
                System.out.println(e.getMessage());
            }
            System.out.println("samples " + $SAMPLER.build().samples(0, 1).count().block());
        """
        val without = run(listOf("io.scoreflux"), NEEDED, statements)
        without shouldContain "add com.microsoft.onnxruntime:onnxruntime:"
        without shouldContain "'requires com.microsoft.onnxruntime;'"
        without shouldContain "add tools.jackson.core:jackson-databind:"
        without shouldContain "'requires tools.jackson.databind;'"
        without shouldContain "samples 1"
        val with = run(
            listOf("io.scoreflux", "com.microsoft.onnxruntime", "tools.jackson.databind"),
            NEEDED + ONNX + JACKSON,
            statements,
        )
        with shouldNotContain "add "
        with shouldContain "missing.onnx"
        with shouldContain "127.0.0.1"
        with shouldContain "samples 1"
    }

    "Micrometer counts in a modular application" {
        run(
            listOf("io.scoreflux", "micrometer.core"),
            NEEDED + MICROMETER,
            """
            var registry = new io.micrometer.core.instrument.simple.SimpleMeterRegistry();
            var listener = new io.scoreflux.stream.micrometer.MicrometerListener(registry);
            $SAMPLER.listener(listener).build().samples(0, 3).blockLast();
            System.out.println((long) registry.get("scoreflux.samples").tag("status", "converged").counter().count());
            """,
        ).trim() shouldBe "3"
    }

    "Jackson writes samples of a modular application" {
        val text = run(
            listOf("io.scoreflux", "tools.jackson.databind"),
            NEEDED + JACKSON,
            """
            var sample = $SAMPLER.build().samples(0, 1).blockLast();
            System.out.println(new tools.jackson.databind.ObjectMapper().writeValueAsString(sample));
            """,
        )
        text shouldContain "\"index\":0"
        text shouldContain "\"status\":\"converged\""
    }

    "the Kotlin module brings the core and Kotlin's libraries" {
        run(
            listOf("io.scoreflux.kotlin"),
            NEEDED + KOTLIN,
            """
            var scope = new io.scoreflux.kotlin.GaussianMixtureScope();
            scope.component(1, new double[] {2}, 0.5, null);
            System.out.println($SAMPLER.build().samples(0, 2).count().block());
            """,
        ).trim() shouldBe "2"
    }

    "the names in this test match this build's jars" {
        (NEEDED + MICROMETER + ONNX + JACKSON + KOTLIN).filter {
            it !in listOf("core", "kotlin-dsl") &&
                !it.startsWith("scoreflux")
        }
            .filter { modulePath(listOf(it)).isEmpty() } shouldHaveSize 0
    }
})
