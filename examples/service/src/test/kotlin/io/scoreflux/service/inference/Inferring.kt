package io.scoreflux.service.inference

import com.google.protobuf.ByteString
import inference.GRPCInferenceServiceGrpc
import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub
import inference.OpenInferenceGrpc.InferTensorContents
import inference.OpenInferenceGrpc.ModelInferRequest
import io.grpc.Grpc
import io.grpc.InsecureChannelCredentials
import io.grpc.ManagedChannel
import io.grpc.Metadata
import io.grpc.stub.MetadataUtils
import io.scoreflux.grpc.GrpcDenoiser
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.network.NetworkBuilder
import io.scoreflux.model.remote.InferenceDenoiser
import io.scoreflux.service.GUARD_SECONDS
import io.scoreflux.service.Running
import io.scoreflux.spring.Model
import io.scoreflux.spring.Models
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse
import java.net.http.HttpResponse.BodyHandlers
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.time.Duration

val LIMIT: Duration = Duration.ofSeconds(GUARD_SECONDS)

const val LENGTH = "Inference-Header-Content-Length"

/** The network digits as a second model. */
val DIGITS = arrayOf(
    "--scoreflux.models.digits.target=classpath:models/digits/digits.json",
    "--scoreflux.models.digits.fixed-rows=8",
)

fun Running.model(name: String): Model = context.getBean(Models::class.java).named(name)

val Running.grpcPort: Int get() = context.getBean(GrpcServer::class.java).port()

fun Running.channel(): ManagedChannel =
    Grpc.newChannelBuilder("127.0.0.1:$grpcPort", InsecureChannelCredentials.create()).build()

fun ManagedChannel.stub(token: String? = null): GRPCInferenceServiceBlockingStub {
    val headers = Metadata()
    token?.let { headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), it) }
    return GRPCInferenceServiceGrpc.newBlockingStub(this)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
}

/** The clients of the library, with the names of tensors of this service. */
fun Running.remotes(
    name: String,
    configure: NetworkBuilder<*>.() -> Unit = {},
): Map<String, () -> AsyncDenoiser> = mapOf(
    "HTTP" to {
        InferenceDenoiser.builder(URI("http://127.0.0.1:$port"), name).state("z").output("d").apply(configure).open()
    },
    "gRPC" to {
        GrpcDenoiser.builder(URI("grpc://127.0.0.1:$grpcPort"), name).state("z").output("d").apply(configure).open()
    },
)

/** Closes a client that has a connection of its own. */
fun <R> AsyncDenoiser.closing(block: (AsyncDenoiser) -> R): R = try {
    block(this)
} finally {
    (this as? AutoCloseable)?.close()
}

private val http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()

fun Running.exchange(
    path: String,
    method: String = "GET",
    body: ByteArray = ByteArray(0),
    vararg headers: String,
): HttpResponse<String> = http.send(
    HttpRequest.newBuilder(URI("http://127.0.0.1:$port$path")).method(method, BodyPublishers.ofByteArray(body))
        .apply { if (headers.isNotEmpty()) headers(*headers) }.timeout(LIMIT).build(),
    BodyHandlers.ofString(Charsets.ISO_8859_1),
)

fun Running.infer(
    model: String,
    json: String,
    vararg headers: String,
): HttpResponse<String> = exchange("/v2/models/$model/infer", "POST", json.toByteArray(), *headers)

/** A request in the form of neither protocol. */
data class Asked(
    val model: String = "test",
    val version: String = "",
    val inputs: List<Tensor> = listOf(
        Tensor("z", "FP64", listOf(2, 2), listOf(0.1, 0.2, -0.3, 0.4)),
        Tensor("sigma", "FP64", listOf(2), listOf(0.5, 0.7)),
        Tensor("label", "INT64", listOf(2), listOf(3.0, 8.0)),
    ),
    val outputs: List<String> = emptyList(),
) {
    data class Tensor(
        val name: String,
        val datatype: String,
        val shape: List<Long>,
        val numbers: List<Double>,
    ) {
        val isWhole = name == "label"

        fun raw(): ByteArray = ByteBuffer.allocate(8 * numbers.size).order(ByteOrder.LITTLE_ENDIAN).apply {
            numbers.forEach { if (isWhole) putLong(it.toLong()) else putDouble(it) }
        }.array()
    }

    fun with(
        name: String,
        change: (Tensor) -> Tensor,
    ) = copy(inputs = inputs.map { if (it.name == name) change(it) else it })

    val path get() = "/v2/models/$model" + (if (version.isEmpty()) "" else "/versions/$version") + "/infer"

    private fun json(contents: (Tensor) -> String): String = inputs.joinToString(
        ",",
        "{\"id\":\"7\",\"inputs\":[",
        "]" + (
            if (outputs.isEmpty()) {
                ""
            } else {
                outputs.joinToString(",", ",\"outputs\":[", "]") {
                    "{\"name\":\"$it\"}"
                }
            }
        ),
    ) { "{\"name\":\"${it.name}\",\"datatype\":\"${it.datatype}\",\"shape\":${it.shape},${contents(it)}}" }

    /** JSON has no NaN and no infinities, but parsers read 1e999 as one. */
    fun json(): String = json { tensor ->
        tensor.numbers.joinToString(",", "\"data\":[", "]") {
            when {
                !it.isFinite() -> "1e999"
                tensor.isWhole -> it.toLong().toString()
                else -> it.toString()
            }
        }
    } + "}"

    /** The body with binary tensors, and the length of its JSON. */
    fun binary(): Pair<ByteArray, Int> {
        val json = (
            json { "\"parameters\":{\"binary_data_size\":${8 * it.numbers.size}}" } +
                ",\"parameters\":{\"binary_data_output\":true}}"
        ).toByteArray()
        return inputs.fold(json) { body, input -> body + input.raw() } to json.size
    }

    fun message(raw: Boolean): ModelInferRequest = ModelInferRequest.newBuilder().setModelName(model)
        .setModelVersion(version).setId("7").apply {
            for (input in inputs) {
                val tensor = ModelInferRequest.InferInputTensor.newBuilder().setName(input.name)
                    .setDatatype(input.datatype).addAllShape(input.shape)
                if (raw) {
                    addRawInputContents(ByteString.copyFrom(input.raw()))
                } else {
                    val contents = InferTensorContents.newBuilder()
                    input.numbers.forEach {
                        if (input.isWhole) contents.addInt64Contents(it.toLong()) else contents.addFp64Contents(it)
                    }
                    tensor.setContents(contents)
                }
                addInputs(tensor)
            }
            for (output in outputs) {
                addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder().setName(output))
            }
        }.build()
}
