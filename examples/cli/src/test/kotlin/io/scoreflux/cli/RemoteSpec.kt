package io.scoreflux.cli

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.model.GaussianMixture
import io.scoreflux.state.Rows
import tools.jackson.databind.json.JsonMapper
import java.net.InetAddress
import java.net.InetSocketAddress
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Files
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger

private const val LENGTH = "Inference-Header-Content-Length"
private const val MIXTURE = """{"type":"gaussian-mixture","components":[{"weight":0.5,"mean":[0.8,0.3],"std":0.3},
    {"weight":0.5,"mean":[-0.9,0.5],"std":0.4}]}"""

/** An inference server whose network is the denoiser of [MIXTURE]; it is busy for the first [busy] calls. */
private class MixtureServer(
    private val busy: Int = 0,
) : AutoCloseable {
    private val law =
        GaussianMixture.builder(
            2,
        ).component(0.5, doubleArrayOf(0.8, 0.3), 0.3).component(0.5, doubleArrayOf(-0.9, 0.5), 0.4).build()
    private val threads = Executors.newCachedThreadPool { Thread(it).apply { isDaemon = true } }
    private val http = server()
    val calls = AtomicInteger()

    init {
        http.executor = threads
        http.createContext("/v2/models/mixture") {
            val real = "\"datatype\":\"FP64\",\"shape\":[-1"
            it.reply(
                if (it.requestHeaders.getFirst("Key") == "k") 200 else 401,
                """{"name":"mixture","inputs":[{"name":"x",$real,2]},{"name":"sigma",$real]}],
                    "outputs":[{"name":"y",$real,2]}]}""".toByteArray(),
            )
        }
        http.createContext("/v2/models/mixture/infer") {
            if (calls.incrementAndGet() <= busy) it.reply(503, "busy".toByteArray()) else answer(it)
        }
        http.start()
    }

    val url = "http://127.0.0.1:${http.address.port}"

    private fun answer(exchange: HttpExchange) {
        val body = exchange.requestBody.readAllBytes()
        val length = exchange.requestHeaders.getFirst(LENGTH).toInt()
        val count = JsonMapper.shared().readTree(body, 0, length)["inputs"][0]["shape"][0].intValue()
        val numbers = ByteBuffer.wrap(body, length, body.size - length).order(ByteOrder.LITTLE_ENDIAN)
        val states = List(count) { DoubleArray(2) { numbers.getDouble() } }
        val rows = Rows(2, count)
        states.forEach { rows.append(it, 0, numbers.getDouble()) }
        val out = DoubleArray(2 * count).also { law.denoise(rows, it) }
        val json = """{"outputs":[{"name":"y","datatype":"FP64","shape":[$count,2],
            "parameters":{"binary_data_size":${16 * count}}}]}""".toByteArray()
        val answer = ByteBuffer.allocate(json.size + 16 * count).order(ByteOrder.LITTLE_ENDIAN).put(json)
        out.forEach(answer::putDouble)
        exchange.responseHeaders.add(LENGTH, "${json.size}")
        exchange.reply(200, answer.array())
    }

    private fun HttpExchange.reply(
        status: Int,
        body: ByteArray,
    ) = use {
        sendResponseHeaders(status, body.size.toLong())
        responseBody.write(body)
    }

    private fun HttpExchange.use(block: () -> Unit) = try {
        block()
    } finally {
        close()
    }

    override fun close() {
        http.stop(0)
        threads.shutdownNow()
    }
}

/** Java's server, told to send an answer's body without waiting for the other side to acknowledge its headers. */
private fun server(): HttpServer {
    System.setProperty("sun.net.httpserver.nodelay", "true")
    return HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
}

class RemoteSpec : FreeSpec({
    val folder = temporary()

    fun target(
        url: String,
        more: String = ""","headers":{"Key":"k"}""",
    ) = folder.file(
        "remote.json",
        """{"type":"remote","url":"$url","model":"mixture","parametrization":"denoised"$more}""",
    )

    val known = ""","headers":{"Key":"k"},"mean":[-0.05,0.4],"radius":1.0,"from-sigma":20,"to-sigma":0.03"""

    "samples have the same bytes for any batch, number of calls in flight and first index" {
        MixtureServer().use { server ->
            val base = arrayOf("sample", "--target", target(server.url, known), "--tolerance", "1e-6", "--quiet")
            val whole = run(*base, "--count", "12")
            whole.code shouldBe 0
            whole.lines.size shouldBe 12
            run(*base, "--count", "12", "--threads", "3", "--batch", "5").out shouldBe whole.out
            run(*base, "--count", "3", "--first-index", "7").lines shouldBe whole.lines.slice(7..9)
        }
    }

    "results equal those of the local mixture bit for bit, and calls to a busy server are retried" {
        val states = folder.resolve("states.csv")
        Files.writeString(states, "x0,x1\n12.5,-7.25\n-20.0,3.5\n4.0,18.0\n")

        fun decoded(target: String) = run(
            "decode",
            "--target",
            target,
            "--initial",
            "$states",
            "--from-sigma",
            "20",
            "--to-sigma",
            "0.03",
            "--solver",
            "heun",
            "--budget",
            "20",
            "--format",
            "csv",
            "--quiet",
        )
        val exact = decoded(folder.file("mixture.json", MIXTURE))
        exact.code shouldBe 0
        MixtureServer(busy = 2).use { server ->
            val remote = decoded(target(server.url, known))
            remote.code shouldBe 0
            // A mean that is known, or not, changes starts from noise, and not from given states.
            remote.out shouldBe exact.out
        }
    }

    "an unknown radius is estimated by a pilot" {
        MixtureServer().use { server ->
            val run = run("sample", "--target", target(server.url), "--count", "2", "--to-sigma", "0.03")
            run.code shouldBe 0
            run.err shouldContain "(pilot)"
        }
    }

    "errors are one line" {
        MixtureServer().use { server ->
            fun refused(
                file: String,
                vararg parts: String,
            ) = refused(parts.toList(), "sample", "--target", file)
            refused(target(server.url, ""), "remote.json", "status 401", "set the header")
            refused(target(server.url + "/other"), "status 404", "has loaded the model")
            refused(target("ftp://a"), "url: server must be an address such as http://127.0.0.1:8000, was ftp://a")
            refused(target("http://a b"), "url must be an address")
            refused(target(server.url, ""","file":"m.onnx""""), "unknown field 'file'")
            refused(target(server.url, """$known,"output":"z""""), "there is no output 'z'")
            refused(
                target(server.url, """$known,"inputs":{"sigma":1}"""),
                "inputs must have another name in the model than time, was 'sigma'; use the names of the model",
            )
            refused(target(server.url, """$known,"timeout":0"""), "timeout must be greater than 0")
            refused(
                listOf("--fixed-rows is for networks in ONNX files"),
                "sample",
                "--target",
                target(server.url, known),
                "--fixed-rows",
                "16",
            )
            refused(
                listOf("only sample, decode and encode accept a target of type 'remote'"),
                "compare",
                "--target",
                target(server.url, known),
                "--solvers",
                "sliding",
            )
        }
        val gone = MixtureServer().use { it.url }
        refused(listOf("check that the server runs"), "sample", "--target", target(gone))
    }

    "samples of a server that stays busy fail, each with its reason" {
        MixtureServer(busy = Int.MAX_VALUE).use { server ->
            val run = run("sample", "--target", target(server.url, known), "--count", "2", "--quiet")
            run.code shouldBe 1
            run.lines.size shouldBe 2
            run.lines.forEach { it shouldContain "status 503: busy" }
        }
    }
})
