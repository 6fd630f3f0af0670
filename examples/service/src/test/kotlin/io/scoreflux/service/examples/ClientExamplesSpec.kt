package io.scoreflux.service.examples

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.service.GUARD_SECONDS
import io.scoreflux.service.Running
import io.scoreflux.service.await
import io.scoreflux.service.objects
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.springframework.web.reactive.function.client.WebClient
import reactor.test.StepVerifier
import java.io.ByteArrayInputStream
import java.nio.file.Files
import java.nio.file.Path
import java.time.Duration
import java.util.concurrent.TimeUnit
import javax.imageio.ImageIO
import kotlin.io.path.readText

private const val TOKEN = "a-token-of-this-test"
private val TIMEOUT: Duration = Duration.ofSeconds(GUARD_SECONDS)
private val README: String = Path.of("README.md").readText()

/** The clients of the README, as they are there, against the service with its default models. */
class ClientExamplesSpec : FreeSpec({
    val service = autoClose(Running(null, "--spring.profiles.active=demo"))
    val address = "http://127.0.0.1:${service.port}"
    val ring = "/v1/models/ring8/samples"

    "the README quotes each client" {
        val files = Files.list(Path.of("src/test/kotlin/io/scoreflux/service/examples")).use { all ->
            all.filter { it.fileName.toString().endsWith("Example.kt") }.toList()
        }
        files.size shouldBe 4
        for (file in files) {
            withClue(file) { README shouldContain file.readText().substringAfter("\n\n").trim() }
        }
    }

    "WebClient: all samples, also if responses end early" {
        val expected = service.call("$ring?count=300").objects()
        samples(WebClient.create(address), 300).collectList().block(TIMEOUT)!! shouldContainExactly expected
        Running(null, "--spring.profiles.active=demo", "--scoreflux.service.max-duration=100ms").use { hasty ->
            val client = WebClient.create("http://127.0.0.1:${hasty.port}")
            samples(client, 300).collectList().block(TIMEOUT)!! shouldContainExactly expected
        }
    }

    "Kotlin: a flow that ends when its consumer has enough" {
        val expected = service.call("$ring?count=100").objects()
            .map { sample -> sample["values"].values().map { it.asDouble() } }.filter { it[0] > 0 }.take(10)
        runBlocking { samplesOnTheRight(WebClient.create(address), 10).toList() } shouldContainExactly expected
        await("the end of the stream") { service.streams() == 0 }
    }

    "RSocket: as many samples as are requested, with a token" {
        Running(null, "--spring.profiles.active=demo", "--scoreflux.service.token=$TOKEN").use { closed ->
            val requester = connect("127.0.0.1", closed.rsocketPort, TOKEN)
            val expected = service.call("$ring?count=8&seed=7").objects()
            StepVerifier.create(samples(requester), 0)
                .thenRequest(5).expectNextSequence(expected.take(5))
                .thenRequest(3).expectNextSequence(expected.drop(5))
                .thenCancel().verify(TIMEOUT)
            requester.dispose()
        }
    }

    "OpenAI's client: images of a digit, in one response and streamed" {
        val client = openAi(address, TOKEN)
        val images = digits(client, 7, 3)
        images.size shouldBe 3
        images.map { png -> ImageIO.read(ByteArrayInputStream(png)).let { it.width to it.height } } shouldContainExactly
            List(3) { 28 to 28 }
        streamedDigit(client, 7) shouldBe images.first()
        client.close()
    }

    val curl = runCatching { ProcessBuilder("bash", "-c", "curl --version").start().waitFor() == 0 }.getOrDefault(false)
    if (!curl) System.err.println("Skipped: bash or curl is not installed, so the commands of the README do not run.")
    "curl: each command of the README succeeds".config(enabled = curl) {
        val scripts = Regex("```sh\n(.*?)```", RegexOption.DOT_MATCHES_ALL).findAll(README)
            .map { it.groupValues[1] }.toList()
        scripts.size shouldBeGreaterThan 5
        val folder = Files.createTempDirectory("curl")
        val out = folder.resolve("out").toFile()
        for (script in scripts) {
            // The function fails on an error of HTTP, with the response in the output.
            val process = ProcessBuilder(
                "bash",
                "-euc",
                "curl() { command curl --fail-with-body -sS \"\$@\"; }\n" +
                    script.replace("http://127.0.0.1:8080", address),
            ).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(out).start()
            val ended = process.waitFor(GUARD_SECONDS, TimeUnit.SECONDS)
            if (!ended) process.destroyForcibly()
            withClue("$script\n${out.readText().take(2_000)}") {
                ended shouldBe true
                process.exitValue() shouldBe 0
            }
        }
        folder.toFile().deleteRecursively()
    }
})
