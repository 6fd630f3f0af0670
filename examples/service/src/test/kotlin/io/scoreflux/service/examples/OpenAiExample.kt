package io.scoreflux.service.examples

import com.openai.client.OpenAIClient
import com.openai.client.okhttp.OpenAIOkHttpClient
import com.openai.core.JsonValue
import com.openai.models.images.ImageGenerateParams
import java.util.Base64

/** OpenAI's client for the service. Without a token of the service, the key has no effect. */
fun openAi(
    service: String,
    token: String,
): OpenAIClient = OpenAIOkHttpClient.builder().baseUrl("$service/v1").apiKey(token).build()

/** PNG files of a digit. The seed makes them repeatable. */
fun digits(
    client: OpenAIClient,
    digit: Int,
    count: Long,
): List<ByteArray> = client.images()
    .generate(parameters(digit).n(count).build())
    .data().get()
    .map { Base64.getDecoder().decode(it.b64Json().get()) }

/** A PNG file of a digit, as an event of a stream. */
fun streamedDigit(
    client: OpenAIClient,
    digit: Int,
): ByteArray = client.images().generateStreaming(parameters(digit).build()).use { events ->
    val completed = events.stream().map { it.asGenerationCompleted() }.findFirst().get()
    Base64.getDecoder().decode(completed.b64Json())
}

private fun parameters(digit: Int) = ImageGenerateParams.builder()
    .model("digits")
    .prompt("$digit")
    .putAdditionalBodyProperty("seed", JsonValue.from(1))
