package io.scoreflux.grpc

import com.google.protobuf.ByteString
import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase
import inference.OpenInferenceGrpc.InferTensorContents
import inference.OpenInferenceGrpc.ModelInferRequest
import inference.OpenInferenceGrpc.ModelInferResponse
import inference.OpenInferenceGrpc.ModelMetadataRequest
import inference.OpenInferenceGrpc.ModelMetadataResponse
import inference.OpenInferenceGrpc.ModelMetadataResponse.TensorMetadata
import io.grpc.Metadata
import io.grpc.Server
import io.grpc.ServerCall
import io.grpc.ServerCallHandler
import io.grpc.ServerInterceptor
import io.grpc.Status
import io.grpc.netty.NettyServerBuilder
import io.grpc.stub.ServerCallStreamObserver
import io.grpc.stub.StreamObserver
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.URI
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/** Ends a test that would hang; no outcome depends on it. */
val LIMIT: Duration = Duration.ofSeconds(30)

fun CountDownLatch.reached() = check(await(LIMIT.seconds, TimeUnit.SECONDS)) { "it did not happen" }

fun tensor(
    name: String,
    datatype: String,
    vararg shape: Long,
): TensorMetadata =
    TensorMetadata.newBuilder().setName(name).setDatatype(datatype).addAllShape(shape.toList()).build()

/**
 * An inference server over gRPC for a network that knows [law] in closed form. [answer] handles the calls, and [describe] handles requests for
 * the description.
 */
class GrpcServer(
    private val law: Denoiser,
    private val type: String = "FP64",
    private val level: (Double) -> Double = { it },
    port: Int = 0,
    configure: NettyServerBuilder.() -> Unit = {},
) : GRPCInferenceServiceImplBase(),
    AutoCloseable {
    val calls = AtomicInteger()
    val headers = ConcurrentLinkedQueue<String>()

    var inputs = listOf(tensor("x", type, -1, law.dimension().toLong()), tensor("sigma", type, -1))
    var outputs = listOf(tensor("y", type, -1, law.dimension().toLong()))
    var classes = 0

    @Volatile
    var describe: (StreamObserver<ModelMetadataResponse>) -> Unit = { it.complete(description()) }

    @Volatile
    var answer: (Call) -> Unit = { it.right() }

    private val server: Server = NettyServerBuilder
        .forAddress(InetSocketAddress(InetAddress.getLoopbackAddress(), port))
        .addService(this)
        .intercept(
            object : ServerInterceptor {
                override fun <Q, A> interceptCall(
                    call: ServerCall<Q, A>,
                    metadata: Metadata,
                    next: ServerCallHandler<Q, A>,
                ): ServerCall.Listener<Q> {
                    metadata[Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER)]?.let(headers::add)
                    return next.startCall(call, metadata)
                }
            },
        ).apply(configure)
        .build()
        .start()

    val listening = server.port
    val address: URI = URI("grpc://127.0.0.1:${server.port}")

    fun builder(): GrpcDenoiserBuilder = GrpcDenoiser.builder(address, "m")

    fun description(): ModelMetadataResponse = ModelMetadataResponse.newBuilder().setName("m")
        .addAllInputs(inputs).addAllOutputs(outputs).build()

    override fun modelMetadata(
        request: ModelMetadataRequest,
        observer: StreamObserver<ModelMetadataResponse>,
    ) = describe(observer)

    override fun modelInfer(
        request: ModelInferRequest,
        observer: StreamObserver<ModelInferResponse>,
    ) = answer(Call(request, observer as ServerCallStreamObserver<ModelInferResponse>))

    override fun close() {
        server.shutdownNow().awaitTermination()
    }

    /** A call, checked against the protocol. */
    inner class Call(
        val request: ModelInferRequest,
        val observer: ServerCallStreamObserver<ModelInferResponse>,
    ) {
        val number = calls.incrementAndGet()
        val count = request.getInputs(0).getShape(0).toInt()

        init {
            check(request.rawInputContentsCount == request.inputsCount)
            check(request.outputsList.map { it.name } == listOf("y"))
        }

        fun numbers(name: String): DoubleArray {
            val index = request.inputsList.indexOfFirst { it.name == name }
            val input = request.getInputs(index)
            val raw = request.getRawInputContents(index).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN)
            val numbers = ArrayList<Double>()
            while (raw.hasRemaining()) {
                numbers += when (input.datatype) {
                    "FP64" -> raw.getDouble()
                    "FP32" -> raw.getFloat().toDouble()
                    "INT64" -> raw.getLong().toDouble()
                    else -> error(input.datatype)
                }
            }
            check(numbers.size.toLong() == input.shapeList.fold(1L) { a, b -> a * b })
            return numbers.toDoubleArray()
        }

        fun predictions(): DoubleArray {
            val d = law.dimension()
            val z = numbers("x")
            val levels = numbers("sigma").map(level)
            val rows = Rows(d, count)
            for (row in 0 until count) {
                rows.append(z, row * d, if (levels.size == 1) levels[0] else levels[row])
                if (classes > 0) {
                    val label = numbers("label")[row].toInt()
                    if (label < classes) rows.condition(row, Condition(label))
                }
            }
            return DoubleArray(count * d).also { law.denoise(rows, it) }
        }

        fun output(
            datatype: String = type,
            shape: List<Long> = listOf(count.toLong(), law.dimension().toLong()),
            name: String = "y",
        ): ModelInferResponse.InferOutputTensor.Builder =
            ModelInferResponse.InferOutputTensor.newBuilder().setName(name).setDatatype(datatype).addAllShape(shape)

        fun raw(numbers: DoubleArray): ByteString {
            val bytes = ByteBuffer.allocate(8 * numbers.size).order(ByteOrder.LITTLE_ENDIAN)
            numbers.forEach { if (type == "FP64") bytes.putDouble(it) else bytes.putFloat(it.toFloat()) }
            return ByteString.copyFrom(bytes.flip())
        }

        fun right() = raw(predictions(), output())

        fun raw(
            numbers: DoubleArray,
            output: ModelInferResponse.InferOutputTensor.Builder,
        ) = send(ModelInferResponse.newBuilder().addOutputs(output).addRawOutputContents(raw(numbers)))

        fun typed() {
            val contents = InferTensorContents.newBuilder()
            predictions().forEach {
                if (type ==
                    "FP64"
                ) {
                    contents.addFp64Contents(it)
                } else {
                    contents.addFp32Contents(it.toFloat())
                }
            }
            send(ModelInferResponse.newBuilder().addOutputs(output().setContents(contents)))
        }

        fun send(response: ModelInferResponse.Builder) = observer.complete(response.setModelName("m").build())

        fun fail(
            status: Status,
            words: String = "",
        ) = observer.onError(status.withDescription(words).asRuntimeException())
    }
}

fun <T> StreamObserver<T>.complete(value: T) {
    onNext(value)
    onCompleted()
}

fun threeModes(): GaussianMixture = GaussianMixture
    .builder(2)
    .component(0.5, doubleArrayOf(1.0, 0.0), 0.1)
    .component(0.3, doubleArrayOf(-0.5, 0.8), 0.2)
    .component(0.2, doubleArrayOf(-0.5, -0.9), 0.05)
    .build()

fun Denoiser.values(rows: Rows): List<Double> =
    DoubleArray(rows.count() * rows.dimension()).also { denoise(rows, it) }.toList()

/** Rows of two numbers at different noise levels. */
fun rows(count: Int): Rows = Rows(2, count).apply {
    for (row in 0 until count) append(doubleArrayOf(0.1 * row - 0.4, 0.3), 0, 0.2 + 0.1 * row)
}
