package io.scoreflux.service.api

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.service.EVENTS
import io.scoreflux.service.Running
import tools.jackson.databind.JsonNode
import tools.jackson.databind.json.JsonMapper

private val json = JsonMapper()

/** The description of the API, against what the service does. */
class OpenApiSpec : FreeSpec({
    val service = autoClose(Running(null))
    val api = json.readTree(service.call("/v3/api-docs").body())

    fun parameters(
        path: String,
        method: String,
    ): List<JsonNode> = api["paths"][path][method]["parameters"].values().toList()

    fun query(
        path: String,
        method: String = "get",
    ) = parameters(path, method).filter { it["in"].asString() == "query" }.map { it["name"].asString() }

    /** A valid value of each parameter. */
    val values = mapOf(
        "budget" to "12",
        "condition" to "mode-1",
        "count" to "1",
        "demand" to "1",
        "format" to "events",
        "from" to "3",
        "guidance" to "1.5",
        "label" to "2",
        "n" to "1",
        "negative" to "mode-2",
        "progress" to "true",
        "seed" to "-5",
        "solver" to "sliding",
        "tolerance" to "1e-3",
    )

    "every address of the service is described, and nothing else" {
        val paths = api["paths"].propertyNames().toList()
        paths.shouldContainAll(
            "/v1/models",
            "/v1/models/{model}",
            "/v1/models/{model}/samples",
            "/v1/models/{model}/samples/{index}",
            "/v1/models/{model}/samples/{index}/trace",
            "/v1/models/{model}/encode",
            "/v1/mixtures/samples",
            "/v1/streams/{id}/demand",
            "/v1/images/generations",
            "/v2/models/{model}/infer",
        )
        for (path in paths) {
            for (method in api["paths"][path].propertyNames()) {
                val asked = path.replace("{model}", "test").replace("{index}", "0").replace(Regex("\\{\\w+}"), "1")
                val answer = service.call(asked, if (method == "post") "{}" else null, method.uppercase())
                withClue("$method $path: ${answer.body().take(200)}") {
                    answer.statusCode() shouldNotBe 405
                    (answer.statusCode() < 500) shouldBe true
                }
            }
        }
    }

    "the parameters of samples: each is accepted with what it needs, and an unknown one is refused" {
        val names = query("/v1/models/{model}/samples")
        names.toSet() shouldBe values.keys - "n"
        for (name in names) {
            val needed = when (name) {
                "guidance", "negative" -> "&condition=mode-1"
                "demand", "progress" -> "&format=events"
                else -> ""
            }
            val count = if (name == "count") "" else "&count=1"
            val answer = service.call("/v1/models/test/samples?$name=${values.getValue(name)}$needed$count")
            withClue("$name: ${answer.body()}") { answer.statusCode() shouldBe 200 }
        }
        val refused = service.call("/v1/models/test/samples?other=1").body()
        names.forEach { refused shouldContain it }
    }

    "the parameters of one sample, of its trace and of encoding are those that the service accepts" {
        for ((path, asked) in mapOf(
            "/v1/models/{model}/samples/{index}" to "/v1/models/test/samples/3",
            "/v1/models/{model}/samples/{index}/trace" to "/v1/models/test/samples/3/trace",
        )) {
            for (name in query(path) - listOf("guidance", "negative")) {
                val value = if (name == "format") "json" else values.getValue(name)
                service.call("$asked?$name=$value").statusCode() shouldBe 200
            }
        }
        for (name in query("/v1/models/{model}/encode", "post")) {
            // Budget mode does not encode.
            val needed = if (name == "budget") "&solver=euler" else ""
            service.call("/v1/models/test/encode?$name=${values.getValue(name)}$needed", """{"states":[[1,0]]}""")
                .statusCode() shouldBe 200
        }
    }

    "a sample is described by the fields that it has" {
        val model = json.readTree(service.call("/v1/models/test").body())
        api["components"]["schemas"]["ModelView"]["properties"].propertyNames().toSet() shouldBe
            model.propertyNames().toSet()
        val sample = json.readTree(service.call("/v1/models/test/samples/0/trace").body())["sample"]
        api["components"]["schemas"]["SampleView"]["properties"].propertyNames().toList()
            .shouldContainAll(sample.propertyNames().toList())
        service.call("/v1/models/test/samples?count=1", null, "GET", "Accept", EVENTS).statusCode() shouldBe 200
    }

    "the user interface is served" {
        service.call("/swagger-ui.html").statusCode() shouldBe 302
        service.call("/webjars/swagger-ui/index.html").statusCode() shouldBe 200
    }
})
