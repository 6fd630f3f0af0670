package io.scoreflux.service.api

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.scoreflux.service.CHUNKED
import io.scoreflux.service.Desk
import io.scoreflux.service.EVENTS
import io.scoreflux.service.PATH
import io.scoreflux.service.Running
import io.scoreflux.service.logged
import io.scoreflux.service.twoModes
import tools.jackson.databind.json.JsonMapper

private val json = JsonMapper()

private const val MIXTURE = "/v1/mixtures/samples"
private const val ENCODE = "/v1/models/test/encode"
private const val IMAGES = "/v1/images/generations"

/** A request that is refused. */
private class Refused(
    val status: Int,
    val field: String?,
    val path: String,
    val body: String? = null,
    val method: String = if (body == null) "GET" else "POST",
    vararg val headers: String,
)

private fun get(
    field: String?,
    path: String,
    status: Int = 400,
) = Refused(status, field, path)

private fun post(
    field: String?,
    path: String,
    body: String,
    status: Int = 400,
) = Refused(status, field, path, body)

private fun component(text: String) = """{"type":"gaussian-mixture","components":[$text]}"""

/** Bad input over HTTP: one problem document with the field, before any work. */
class RefusalsSpec : FreeSpec({
    val desk = Desk(twoModes())
    val service = autoClose(
        Running(
            desk,
            "--scoreflux.models.digits.target=digits",
            "--scoreflux.service.max-components=3",
            "--scoreflux.service.max-dimension=4",
            "--scoreflux.service.max-body=20KB",
        ),
    )

    val cases = listOf(
        get("model", "/v1/models/none", 404),
        get("model", "/v1/models/none/samples", 404),
        get(null, "/v1/models/..%2f..%2fetc%2fpasswd/samples"),
        get(null, "/v1/models/%2e%2e/samples"),
        get("model", "/v1/models/none/samples/1", 404),
        get("model", "/v1/models/none/samples/1/trace", 404),
        get(null, "/v1/nothing", 404),
        get(null, "/etc/passwd", 404),
        get(null, "/..%2fapplication.properties"),
        get("count", "$PATH?count=-1"),
        get("count", "$PATH?count=10001"),
        get("count", "$PATH?count=1e3"),
        get("count", "$PATH?count=endless"),
        get("count", "$PATH?count=1&count=2"),
        get("count", "$PATH?count=99999999999999999999"),
        get("from", "$PATH?from=-1"),
        get("from", "$PATH?from=9223372036854775807"),
        get("seed", "$PATH?seed=x"),
        get("seed", "$PATH?seed=9223372036854775808"),
        get("tolerance", "$PATH?tolerance=0"),
        get("tolerance", "$PATH?tolerance=1"),
        get("tolerance", "$PATH?tolerance=NaN"),
        get("tolerance", "$PATH?tolerance=1e-400"),
        get("tolerance", "$PATH?tolerance=1e400"),
        get("budget", "$PATH?budget=0"),
        get("budget", "$PATH?budget=1"),
        get("budget", "$PATH?budget=99999999999"),
        get("budget", "$PATH?budget=20&tolerance=1e-3"),
        get("budget", "$PATH?budget=20&solver=picard"),
        get("budget", "$PATH?solver=heun"),
        get("tolerance", "$PATH?solver=heun&tolerance=1e-3"),
        get("solver", "$PATH?solver=slide"),
        get("solver", "$PATH?solver="),
        get("condition", "$PATH?condition=7"),
        get("condition", "$PATH?condition="),
        get("label", "$PATH?label=1"),
        get("label", "$PATH?label=-1"),
        get("label", "$PATH?label=one"),
        get("negative", "$PATH?negative=3"),
        get("guidance", "$PATH?guidance=2"),
        get("format", "$PATH?format=xml"),
        get("format", "$PATH?format=png"),
        get("demand", "$PATH?demand=3"),
        get("demand", "$PATH?format=events&demand=0"),
        get("demand", "$PATH?format=events&demand=10001"),
        get("progress", "$PATH?format=events&progress=yes"),
        get("cuont", "$PATH?cuont=3"),
        get("index", "$PATH/-1"),
        get("index", "$PATH/one"),
        get("index", "$PATH/9223372036854775807"),
        get("guidance", "$PATH?label=1&guidance=1e308"),
        get("count", "$PATH/1?count=2"),
        get("from", "$PATH/1/trace?from=2"),
        get("format", "/v1/models/digits/samples?format=gif"),
        get("count", "/v1/models/digits/samples?format=png&count=101"),
        get("count", "/v1/models/digits/samples?format=png&count=unlimited"),
        Refused(406, "Accept", "$PATH?count=1", null, "GET", "Accept", "application/xml"),
        Refused(400, "Last-Event-ID", "$PATH?count=3", null, "GET", "Accept", EVENTS, "Last-Event-ID", "7"),
        Refused(405, null, PATH, "{}"),
        Refused(405, null, "/v1/models", null, "DELETE"),
        Refused(405, null, IMAGES),
        Refused(405, null, "/v1/models", null, "PROPFIND"),
        Refused(405, null, PATH, null, "BREW"),
        Refused(405, null, IMAGES, null, "PROPFIND"),
        Refused(404, null, "/v1/nothing", null, "PROPFIND"),
        Refused(415, null, IMAGES, "{}", "POST", "Content-Type", "text/plain"),
        post(null, IMAGES, """{"prompt":"${"x".repeat(30_000)}"}""", 413),
        Refused(413, null, IMAGES, """{"prompt":"${"x".repeat(30_000)}"}""", "POST", CHUNKED, "true"),
        post("count", "$IMAGES?count=1", """{"prompt":"7"}"""),
        post("n", IMAGES, """{"prompt":"","n":"2"}"""),
        post("n", IMAGES, """{"prompt":"","n":1,"n":1}"""),
        post("n", IMAGES, """{"prompt":"","n":1.0}"""),
        post("stream", IMAGES, """{"prompt":"","stream":"true"}"""),
        post("prompt", IMAGES, """{"prompt":7}"""),
        post("tolerance", IMAGES, """{"prompt":"","tolerance":"1e-2"}"""),
        post("seed", IMAGES, """{"prompt":"","seed":true}"""),
        post("size", IMAGES, """{"prompt":"","size":{}}"""),
        post("body", IMAGES, "{"),
        post("body", IMAGES, "{} {}"),
        post("body", IMAGES, "null"),
        Refused(404, "id", "/v1/streams/none/demand?n=1", ""),
        Refused(400, "n", "/v1/streams/none/demand?n=0", ""),
        Refused(400, "n", "/v1/streams/none/demand?n=10001", ""),
        Refused(400, "n", "/v1/streams/none/demand?n=a", ""),
        Refused(400, "body", "/v1/streams/none/demand", """{"n":5}"""),
        Refused(400, "m", "/v1/streams/none/demand?m=1", ""),
        get("count", "/v1/models?count=1"),
        get("count", "/v1/models/test?count=1"),
        get(null, "/actuator/health/nope", 404),
        get(null, "/rsocket", 426),
        post("body", ENCODE, "{"),
        post("states[0][0]", ENCODE, """{"states":[["a"]]}"""),
        post("states[0][0]", ENCODE, """{"states":[["1",2]]}"""),
        post("states[0][1]", ENCODE, """{"states":[[1,true]]}"""),
        post("states[0][0]", ENCODE, """{"states":[[null,1]]}"""),
        post("states[0]", ENCODE, """{"states":[1,2]}"""),
        post("states", ENCODE, """{"states":"x"}"""),
        post("states", ENCODE, """{"states":[[1,2]],"states":[[1,2]]}"""),
        post("count", ENCODE, """{"states":[[1,2]],"count":1}"""),
        post("body", ENCODE, """{"states":[[1,2]]} {}"""),
        post("body", ENCODE, "null"),
        post("budget", "$ENCODE?solver=euler", """{"states":[[1,2]]}"""),
        post("states", ENCODE, "{}"),
        post("states", ENCODE, """{"states":[]}"""),
        post("states[1]", ENCODE, """{"states":[[1,2],[1]]}"""),
        post("states[0]", ENCODE, """{"states":[null]}"""),
        post("seed", "$ENCODE?seed=1", """{"states":[[1,2]]}"""),
        post("body", ENCODE, "[".repeat(5_000)),
        post("states[0][1]", ENCODE, """{"states":[[1,1e999]]}"""),
        post(null, ENCODE, """{"states":[[${"1,".repeat(20_000)}1]]}""", 413),
        Refused(415, null, ENCODE, "states=1", "POST", "Content-Type", "application/x-www-form-urlencoded"),
        post("body", MIXTURE, "no JSON"),
        post("components", MIXTURE, """{"type":"gaussian-mixture","components":[],"components":[]}"""),
        post("other", MIXTURE, component("""{"weight":1,"mean":[1],"std":1}""").dropLast(1) + ""","other":1}"""),
        post("components[0].weight", MIXTURE, component("""{"weight":"1","mean":[1],"std":1}""")),
        post("body", MIXTURE, "[]"),
        post("type", MIXTURE, "{}"),
        post("type", MIXTURE, """{"type":"onnx","file":"/etc/passwd"}"""),
        post("type", MIXTURE, """{"type":"remote","url":"http://127.0.0.1:1"}"""),
        post("type", MIXTURE, """{"type":"dataset","file":"/etc/passwd","bandwidth":1}"""),
        post("components", MIXTURE, """{"type":"gaussian-mixture","components":[]}"""),
        post("components", MIXTURE, component(List(4) { """{"weight":1,"mean":[1],"std":1}""" }.joinToString(","))),
        post("components[0].mean", MIXTURE, component("""{"weight":1,"mean":[1,2,3,4,5],"std":1}""")),
        post("components[0].weight", MIXTURE, component("""{"weight":-1,"mean":[1],"std":1}""")),
        post("components[0].std", MIXTURE, component("""{"weight":1,"mean":[1],"std":0}""")),
        post("components[0].std", MIXTURE, component("""{"weight":1,"mean":[1],"std":[[-1]]}""")),
        post("components[0].mean[0]", MIXTURE, component("""{"weight":1,"mean":[1e999],"std":1}""")),
        post("components[0].file", MIXTURE, component("""{"weight":1,"mean":[1],"std":1,"file":"x"}""")),
        post("body", MIXTURE, "[".repeat(5_000)),
        post(null, MIXTURE, component("""{"weight":1,"mean":[1],"std":${"1".repeat(30_000)}}"""), 413),
        post("tolerance", "$MIXTURE?tolerance=7", component("""{"weight":1,"mean":[1],"std":1}""")),
        post("prompt", IMAGES, """{"prompt":"a cat"}"""),
        post("n", IMAGES, """{"prompt":"","n":0}"""),
        post("n", IMAGES, """{"prompt":"","n":101}"""),
        post("n", IMAGES, """{"prompt":"","n":2,"stream":true}"""),
        post("size", IMAGES, """{"prompt":"","size":"1x2x3"}"""),
        post("size", IMAGES, """{"prompt":"","size":"9999x9999"}"""),
        post("response_format", IMAGES, """{"prompt":"","response_format":"png"}"""),
        post("output_format", IMAGES, """{"prompt":"","output_format":"webp"}"""),
        post("model", IMAGES, """{"prompt":"","model":"test"}"""),
        post("model", IMAGES, """{"prompt":"","model":"dall-e-3"}""", 404),
        post("seeed", IMAGES, """{"prompt":"","seeed":1}"""),
        post("body", IMAGES, "[]"),
        post("body", IMAGES, ""),
    )

    "there are at least 60 cases over HTTP" {
        (cases.size >= 60) shouldBe true
    }

    for ((k, case) in cases.withIndex()) {
        "${k + 1}: ${case.method} ${case.path.take(60)} ${case.body.orEmpty().take(50)}" {
            val before = desk.calls.get()
            val errors = logged {
                val response = service.call(case.path, case.body, case.method, *case.headers)
                withClue(response.body()) {
                    response.statusCode() shouldBe case.status
                    response.headers().firstValue("Content-Type").get() shouldBe "application/problem+json"
                    val problem = json.readTree(response.body())
                    problem["status"].asInt() shouldBe case.status
                    problem["field"]?.asString() shouldBe case.field
                    if (case.path.startsWith(IMAGES)) {
                        val error = problem["error"]
                        error.propertyNames().toList() shouldBe listOf("message", "type", "param", "code")
                        error["message"] shouldBe problem["detail"]
                        error["param"].asStringOpt().orElse(null) shouldBe case.field
                        error["type"].asString() shouldBe "invalid_request_error"
                    }
                    problem["detail"].asString() shouldNotContain "Exception"
                    response.body() shouldNotContain "at io.scoreflux"
                    (problem["detail"].asString().length in 10..600) shouldBe true
                    if (case.status == 405) {
                        response.headers().firstValue("Allow").get().split(", ").forEach {
                            problem["detail"].asString() shouldContain it
                        }
                    }
                }
            }
            errors shouldBe emptyList()
            desk.calls.get() shouldBe before
        }
    }

    "the message names the rule, the value and a remedy that exists" {
        for ((case, texts) in listOf(
            get("count", "$PATH?count=abc") to
                listOf("count must be a whole number of at least 0 and at most 10000, or unlimited, was 'abc'"),
            get("budget", "$PATH?budget=0") to listOf("budget must be at least 5 and at most 100, was 0"),
            get("budget", "$PATH?budget=1") to listOf("budget must be at least 5 and at most 100, was 1"),
            get("format", "$PATH?format=png") to listOf("was 'png'", "a model whose samples are images"),
            get("x", "/v1/models?x=1") to listOf("parameters must be absent at this address, was x"),
            get(null, "/rsocket", 426) to listOf("RSocket over WebSocket", "/v1/models"),
            get(null, "/actuator/health/nope", 404) to listOf("no resource", "/actuator/health"),
            Refused(405, null, "/v1/models", null, "PROPFIND") to listOf("must be GET or HEAD", "was PROPFIND"),
            Refused(400, "body", "/v1/streams/none/demand", "{}") to listOf("?n="),
            post("model", IMAGES, """{"model":"test"}""") to
                listOf("model must be one of digits, whose samples are images, was 'test'"),
            post("model", IMAGES, """{"model":"other"}""", 404) to listOf("must be one of digits, whose"),
            post("n", IMAGES, """{"prompt":"","n":"2"}""") to
                listOf("n must be a whole number of 64 bits, was the text '2'; send it with this type of JSON"),
            post("n", IMAGES, """{"n":1,"n":2}""") to listOf("n must be given once, was given twice; leave one out"),
            post("states[0][0]", ENCODE, """{"states":[["1",2]]}""") to
                listOf("states[0][0] must be a number, was a text; correct it"),
            post("x", ENCODE, """{"x":1}""") to listOf("must have only the members states, has x"),
            post("budget", "$ENCODE?solver=euler", """{"states":[[1,2]]}""") to
                listOf("budget must be given for the solver euler", "set it, for example to 20"),
        )) {
            val response = service.call(case.path, case.body, case.method)
            withClue(response.body()) {
                response.statusCode() shouldBe case.status
                val problem = json.readTree(response.body())
                problem["field"]?.asString() shouldBe case.field
                texts.forEach { problem["detail"].asString() shouldContain it }
            }
        }
    }

    "a solver that needs a budget encodes with one" {
        service.call("$ENCODE?solver=euler&budget=20", """{"states":[[1,2]]}""").let {
            withClue(it.body()) {
                it.statusCode() shouldBe 200
                json.readTree(it.body().lines().first())["calls"].asInt() shouldBe 20
            }
        }
    }

    "a malformed address: what is wrong with it, in the form of its route" {
        for ((target, part) in listOf(
            "/v1/models/%zz" to "two hexadecimal digits after each percent sign, has '%zz' at character 12",
            "$IMAGES?x=%" to "two hexadecimal digits after each percent sign, has '%' at character 26",
            "/v1/models/<x>" to "only characters of URLs (RFC 3986), has '<' at character 12",
            "/v1/models?x=|" to "has '|' at character 14",
            "/v1/models/a%2fb" to "the address must not have '%2f' in its path",
            "/v1//models" to "the address must not have '//' in its path",
            "/v1/models;a=b" to "the address must not have ';' in its path",
            "/v1/../v1/models" to "a normalized path",
        )) {
            val (status, head, body) = service.raw(target)
            withClue("$target: $head\n$body") {
                status shouldBe 400
                val problem = json.readTree(body)
                problem["detail"].asString() shouldContain part
                problem["error"]?.get("message") shouldBe problem["detail"].takeIf { target.startsWith(IMAGES) }
            }
        }
        val (status, _, body) = service.ask("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nBad Name: 1\r\n\r\n")
        withClue(body) {
            status shouldBe 400
            json.readTree(body)["detail"].asString() shouldContain "well-formed HTTP/1.1"
        }
        for (path in listOf("/v2/models/a%2fb", "/v2/models/%zz")) {
            json.readTree(service.raw(path).third).propertyNames().toList() shouldBe listOf("error")
        }
    }

    "OpenAI's clients find the error where they look for it" {
        val error = json.readTree(service.call(IMAGES, """{"prompt":"","n":0}""").body())["error"]
        error["message"].asString() shouldContain "n must be at least 1"
        error["param"].asString() shouldBe "n"
        error["type"].asString() shouldBe "invalid_request_error"
    }

    "a page of another origin is refused, also for WebSockets" {
        for (path in listOf("/v1/models", "/rsocket")) {
            val refused = service.call(path, null, "GET", "Origin", "https://example.org")
            refused.statusCode() shouldBe 403
            refused.body() shouldContain "pages of other origins"
        }
        val answer = service.call("/v1/models", null, "GET", "Origin", "http://127.0.0.1:${service.port}")
        answer.statusCode() shouldBe 200
        answer.headers().map().keys.filter { it.startsWith("access-control") } shouldBe emptyList()
        listOf("x-content-type-options", "content-security-policy", "x-frame-options", "referrer-policy").forEach {
            answer.headers().map().keys shouldContain it
        }
    }
})
