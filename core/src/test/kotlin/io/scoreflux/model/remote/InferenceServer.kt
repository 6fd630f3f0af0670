package io.scoreflux.model.remote

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import io.scoreflux.model.Denoiser
import io.scoreflux.model.network.Parametrization
import io.scoreflux.noise.NoiseSchedule
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows
import tools.jackson.databind.JsonNode
import tools.jackson.databind.json.JsonMapper
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.URI
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger

private const val LENGTH = "Inference-Header-Content-Length"

/**
 * An inference server over HTTP, for a network that knows [law] in closed form. [answer] handles the calls, and [describe] handles requests for the
 * description.
 */
internal class InferenceServer(
    private val law: Denoiser,
    private val parametrization: Parametrization = Parametrization.DENOISED,
    private val schedule: NoiseSchedule = NoiseSchedule.ve(),
    private val level: (time: Double) -> Double = { it },
    private val type: String = "FP64",
    row: String = "${law.dimension()}",
    more: String = "",
    private val classes: Int = 0,
) : AutoCloseable {
    private val threads: ExecutorService = Executors.newCachedThreadPool { Thread(it).apply { isDaemon = true } }
    private val http = server()
    val calls = AtomicInteger()

    var description = """{"name":"m","versions":["1"],"platform":"p","inputs":[
        {"name":"x","datatype":"$type","shape":[-1,$row]},{"name":"sigma","datatype":"$type","shape":[-1]}$more],
        "outputs":[{"name":"y","datatype":"$type","shape":[-1,$row]}]}"""

    @Volatile
    var describe: (HttpExchange) -> Unit = { it.reply(200, description.toByteArray()) }

    @Volatile
    var answer: (Call) -> Unit = { it.right() }

    init {
        http.executor = threads
        http.createContext("/v2/models/m") { exchange -> exchange.use { describe(it) } }
        http.createContext("/v2/models/m/infer") { exchange -> exchange.use { answer(Call(it)) } }
        http.start()
    }

    val address: URI = URI("http://127.0.0.1:${http.address.port}")

    fun builder(): InferenceDenoiserBuilder = InferenceDenoiser.builder(address, "m")

    override fun close() {
        http.stop(0)
        threads.shutdownNow()
    }

    /** A call, parsed and checked against the protocol. */
    inner class Call(val http: HttpExchange) {
        val number = calls.incrementAndGet()
        val header: JsonNode
        private val tensors = HashMap<String, ByteBuffer>()
        val count: Int

        init {
            check(http.requestMethod == "POST") { "a call must be a POST" }
            check(http.requestHeaders.getFirst("Content-Type") == "application/octet-stream")
            val body = http.requestBody.readAllBytes()
            val length = http.requestHeaders.getFirst(LENGTH).toInt()
            header = JsonMapper.shared().readTree(body, 0, length)
            var at = length
            for (input in header["inputs"].values()) {
                val size = input["parameters"]["binary_data_size"].intValue()
                tensors[input["name"].stringValue()] =
                    ByteBuffer.wrap(body, at, size).slice().order(ByteOrder.LITTLE_ENDIAN)
                at += size
            }
            check(at == body.size) { "the tensors must fill the body" }
            check(header["outputs"][0]["parameters"]["binary_data"].booleanValue())
            count = header["inputs"][0]["shape"][0].intValue()
        }

        fun bytes(input: String): ByteBuffer = tensors.getValue(input).duplicate().order(ByteOrder.LITTLE_ENDIAN)

        fun shape(input: String): List<Int> =
            header["inputs"].values().single {
                it["name"].stringValue() == input
            }["shape"].values().map { it.intValue() }

        /** Integers, or reals of the server's type. */
        fun reals(input: String): DoubleArray {
            val bytes = bytes(input)
            val declared = header["inputs"].values().single { it["name"].stringValue() == input }["datatype"]
            if (declared.stringValue() ==
                "INT64"
            ) {
                return DoubleArray(bytes.remaining() / 8) { bytes.getLong().toDouble() }
            }
            return if (type == "FP64") {
                DoubleArray(bytes.remaining() / 8) { bytes.getDouble() }
            } else {
                DoubleArray(bytes.remaining() / 4) { bytes.getFloat().toDouble() }
            }
        }

        fun labels(): List<Long> = bytes("label").let { bytes -> List(count) { bytes.getLong() } }

        /** The prediction of the network, in closed form. */
        fun predictions(): DoubleArray {
            val d = law.dimension()
            val x = reals("x")
            val times = reals("sigma").map(level)
            // A time without a batch axis is that of all rows.
            val s = if (times.size == 1) List(count) { times[0] } else times
            val rows = Rows(d, count)
            for (row in 0 until count) {
                val alpha = schedule.alpha(s[row])
                rows.append(DoubleArray(d) { x[row * d + it] / alpha }, 0, s[row])
                if (classes > 0) labels()[row].let { if (it < classes) rows.condition(row, Condition(it.toInt())) }
            }
            val denoised = DoubleArray(count * d).also { law.denoise(rows, it) }
            // Solves D = a x_t + b f for f.
            return DoubleArray(count * d) {
                val sigma = s[it / d]
                val alpha = schedule.alpha(sigma)
                (denoised[it] - parametrization.ofState(alpha, sigma) * x[it]) / parametrization.ofOutput(alpha, sigma)
            }
        }

        /** A body and the length of its JSON. */
        fun body(
            numbers: DoubleArray = predictions(),
            shape: List<Int> = shape("x"),
            datatype: String = type,
            size: Int = numbers.size * if (type == "FP64") 8 else 4,
            name: String = "y",
        ): Pair<ByteArray, Int> {
            val json = """{"model_name":"m","outputs":[{"name":"$name","datatype":"$datatype","shape":$shape,
                "parameters":{"binary_data_size":$size}}]}""".toByteArray()
            val bytes = ByteBuffer.allocate(json.size + numbers.size * 8).order(ByteOrder.LITTLE_ENDIAN).put(json)
            numbers.forEach { if (type == "FP64") bytes.putDouble(it) else bytes.putFloat(it.toFloat()) }
            return bytes.array().copyOf(bytes.position()) to json.size
        }

        fun right() = send(body())

        fun send(
            body: Pair<ByteArray, Int>,
            length: String? = "${body.second}",
        ) {
            length?.let { http.responseHeaders.add(LENGTH, it) }
            http.reply(200, body.first)
        }

        /** Closes the connection. */
        fun drop() = http.close()
    }
}

internal fun HttpExchange.reply(
    status: Int,
    body: ByteArray,
) {
    sendResponseHeaders(status, if (body.isEmpty()) -1 else body.size.toLong())
    responseBody.write(body)
}

private inline fun HttpExchange.use(block: (HttpExchange) -> Unit) = try {
    block(this)
} finally {
    close()
}

/** Creates a server of the JDK that sends the body of an answer without waiting for the acknowledgement of its headers. */
private fun server(): HttpServer {
    System.setProperty("sun.net.httpserver.nodelay", "true")
    return HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
}
