package io.scoreflux.service.inference

import com.google.protobuf.ByteString
import inference.OpenInferenceGrpc.ModelMetadataRequest
import inference.OpenInferenceGrpc.ModelReadyRequest
import io.grpc.Status
import io.grpc.StatusRuntimeException
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.kotest.matchers.string.shouldStartWith
import io.scoreflux.service.Running
import io.scoreflux.service.logged
import tools.jackson.databind.json.JsonMapper
import java.net.http.HttpResponse

class InferenceRefusalsSpec : FreeSpec({
    val service = Running(null)
    val channel = service.channel()
    val stub = channel.stub()
    afterSpec {
        channel.shutdownNow()
        service.close()
    }

    fun checkLine(
        line: String,
        start: String,
    ) = withClue(line) {
        line shouldStartWith start
        // A list of names is its own remedy.
        if (!start.startsWith("model ")) line shouldContain "; "
        line.lines().size shouldBe 1
        line.length shouldBeLessThan 400
        for (leak in listOf("Exception", "java.", "io.scoreflux", "`")) line shouldNotContain leak
    }

    fun HttpResponse<String>.shouldBeRefused(
        status: Int,
        start: String,
    ) = withClue(body()) {
        statusCode() shouldBe status
        headers().firstValue("Content-Type").get() shouldBe "application/json"
        val error = JsonMapper.shared().readTree(body())
        error.propertyNames().toList() shouldBe listOf("error")
        checkLine(error["error"].stringValue(), start)
    }

    fun shouldBeRefused(
        status: Status,
        start: String,
        call: () -> Any?,
    ) {
        val refused = shouldThrow<StatusRuntimeException> { call() }
        withClue(refused.message) { refused.status.code shouldBe status.code }
        checkLine(refused.status.description!!, start)
    }

    data class Case(
        val name: String,
        val start: String,
        val found: Boolean = true,
        val change: (Asked) -> Asked,
    )

    fun shaped(
        name: String,
        vararg shape: Long,
    ) = { asked: Asked -> asked.with(name) { it.copy(shape = shape.toList()) } }

    fun typed(
        name: String,
        datatype: String,
    ) = { asked: Asked -> asked.with(name) { it.copy(datatype = datatype) } }

    fun filled(
        name: String,
        vararg numbers: Double,
    ) = { asked: Asked -> asked.with(name) { it.copy(numbers = numbers.toList()) } }

    fun rows(count: Int): (Asked) -> Asked = {
        Asked(
            inputs = listOf(
                Asked.Tensor("z", "FP64", listOf(count.toLong(), 2), List(2 * count) { 0.0 }),
                Asked.Tensor("sigma", "FP64", listOf(count.toLong()), List(count) { 1.0 }),
            ),
        )
    }
    val z = "z must have the shape [n, 2] with n of at least 1, has "
    val sigma = "sigma must have the shape [n] with n of at least 1, has "
    val cases = listOf(
        Case("no such model", "model must be one of test, was 'other'", false) { it.copy(model = "other") },
        Case("no such version", "version must be 1 or absent, was '2'", false) { it.copy(version = "2") },
        Case("no inputs", "z must be among the inputs, was missing") { it.copy(inputs = emptyList()) },
        Case("no z", "z must be among the inputs, was missing") { it.copy(inputs = it.inputs.drop(1)) },
        Case("no sigma", "sigma must be among the inputs, was missing") { it.copy(inputs = it.inputs.take(1)) },
        Case("another input", "inputs must be among z, sigma, label, contain 'mask'") {
            it.copy(inputs = it.inputs + Asked.Tensor("mask", "FP64", listOf(2), listOf(1.0, 2.0)))
        },
        Case("a name of control characters", "inputs must be among z, sigma, label, contain 'a b'") {
            it.copy(inputs = it.inputs + Asked.Tensor("a\\nb".replace("\\n", " "), "FP64", listOf(0), emptyList()))
        },
        Case("z twice", "z must be given once, was given twice") { it.copy(inputs = it.inputs + it.inputs[0]) },
        Case("z in FP32", "z must have the datatype FP64, has 'FP32'", change = typed("z", "FP32")),
        Case("sigma in BYTES", "sigma must have the datatype FP64, has 'BYTES'", change = typed("sigma", "BYTES")),
        Case("label in INT32", "label must have the datatype INT64, has 'INT32'", change = typed("label", "INT32")),
        Case("no datatype", "z must have the datatype FP64, has ''", change = typed("z", "")),
        Case("z of three numbers", "$z[2, 3]", change = shaped("z", 2, 3)),
        Case("z with one axis", "$z[4]", change = shaped("z", 4)),
        Case("z with three axes", "$z[2, 2, 1]", change = shaped("z", 2, 2, 1)),
        Case("z without axes", "$z[]", change = shaped("z")),
        Case("z without rows", "$z[0, 2]", change = shaped("z", 0, 2)),
        Case("z with negative rows", "$z[-1, 2]", change = shaped("z", -1, 2)),
        Case("sigma with two axes", "$sigma[2, 1]", change = shaped("sigma", 2, 1)),
        Case("sigma without rows", "$sigma[0]", change = shaped("sigma", 0)),
        Case(
            "one sigma for two rows",
            "sigma must have one number for each of the 2 rows",
            change = shaped("sigma", 1),
        ),
        Case("a label too many", "label must have one number for each of the 2 rows", change = shaped("label", 3)),
        Case("too few numbers", "z must have the 4 elements of its shape", change = filled("z", 1.0)),
        Case(
            "too many numbers",
            "sigma must have the 2 elements of its shape",
            change = filled("sigma", 1.0, 2.0, 3.0),
        ),
        Case("no numbers", "label must have the 2 elements of its shape", change = filled("label")),
        Case("a row too many", "z must have at most 4096 rows, has 4097", change = rows(4097)),
        Case("more rows than memory", "z must have at most 4096 rows", change = shaped("z", Long.MAX_VALUE, 2)),
        Case(
            "z infinite",
            "z[1][0] must be from -1e30 to 1e30",
            change = filled("z", 1.0, 2.0, Double.POSITIVE_INFINITY, 4.0),
        ),
        Case("z NaN", "z[0][1] must be from -1e30 to 1e30", change = filled("z", 1.0, Double.NaN, 3.0, 4.0)),
        Case("z too large", "z[0][0] must be from -1e30", change = filled("z", 1e31, 2.0, 3.0, 4.0)),
        Case(
            "sigma of zero",
            "sigma[1] must be at least 1e-75 and at most 1e75, was 0",
            change = filled("sigma", 1.0, 0.0),
        ),
        Case("sigma negative", "sigma[0] must be at least 1e-75", change = filled("sigma", -1.0, 1.0)),
        Case("sigma too small", "sigma[0] must be at least 1e-75", change = filled("sigma", 1e-80, 1.0)),
        Case("sigma too large", "sigma[1] must be at least 1e-75", change = filled("sigma", 1.0, 1e80)),
        Case("sigma NaN", "sigma[0] must be at least 1e-75", change = filled("sigma", Double.NaN, 1.0)),
        Case(
            "label negative",
            "label[0] must be a whole number from 0 to 7, or 8",
            change = filled("label", -1.0, 1.0),
        ),
        Case(
            "label too large",
            "label[1] must be a whole number from 0 to 7, or 8",
            change = filled("label", 1.0, 9.0),
        ),
        Case("another output", "outputs must contain only d, contains 'y'") { it.copy(outputs = listOf("y")) },
        Case("another output beside d", "outputs must contain only d") { it.copy(outputs = listOf("d", "x")) },
    )
    "both protocols refuse the same requests with the same words, and log nothing" - {
        for (case in cases) {
            case.name {
                val asked = case.change(Asked())
                val http = if (case.found) 400 else 404
                val grpc = if (case.found) Status.INVALID_ARGUMENT else Status.NOT_FOUND
                logged {
                    service.exchange(asked.path, "POST", asked.json().toByteArray()).shouldBeRefused(http, case.start)
                    val (body, length) = asked.binary()
                    service.exchange(asked.path, "POST", body, LENGTH, "$length").shouldBeRefused(http, case.start)
                    for (raw in listOf(false, true)) {
                        shouldBeRefused(grpc, case.start) { stub.modelInfer(asked.message(raw)) }
                    }
                }.shouldBeEmpty()
            }
        }
    }

    "HTTP refuses bodies that do not follow the protocol" - {
        val tensors = """{"name":"z","datatype":"FP64","shape":[1,2],"data":[0,0]},
            {"name":"sigma","datatype":"FP64","shape":[1],"data":[1]}"""
        val good = """{"inputs":[$tensors]}"""
        service.infer("test", good).statusCode() shouldBe 200
        val whole = "must be a whole number, was"
        val number = "must be a number, was"
        val bodies = mapOf(
            "" to "body must begin with one JSON object",
            "null" to "body must begin with one JSON object",
            "[1]" to "body must begin with one JSON object",
            "hello" to "body must begin with one JSON object",
            good.dropLast(1) to "body must begin with one JSON object",
            "$good {}" to "body",
            good.replace("{\"inputs\"", "{\"inputs\":[],\"inputs\"") to "inputs must be given once, was given twice",
            "[".repeat(5000) to "body",
            good.replace("[0,0]", "[".repeat(5000)) to "body",
            "{}" to "inputs must be a list of tensors, was missing",
            """{"inputs":{}}""" to "inputs must be a list, was an object",
            """{"inputs":[null]}""" to "inputs[0] must be a tensor, was null",
            """{"inputs":[1]}""" to "inputs[0] must be an object",
            good.replace("\"name\":\"z\",", "") to "inputs[0].name must be given",
            good.replace("\"datatype\":\"FP64\",", "") to "inputs[0].datatype must be given",
            good.replace("\"shape\":[1,2],", "") to "inputs[0].shape must be given",
            good.replace("[1,2]", "[1,null]") to "inputs[0].shape must be a list of whole numbers",
            good.replace("[1,2]", "[1,2.5]") to "inputs[0].shape[1] $whole a number with a fraction",
            good.replace("[1,2]", "[1,\"2\"]") to "inputs[0].shape[1] $whole a text",
            good.replace("[1,2]", "[1,1e30]") to "inputs[0].shape[1] $whole a number with a fraction",
            good.replace("[1,2]", "[1,100000000000000000000]") to "inputs[0].shape[1]",
            good.replace("[1,2]", "7") to "inputs[0].shape must be a list, was a number",
            good.replace("[0,0]", "[0,\"0\"]") to "inputs[0].data[1] $number a text",
            good.replace("[0,0]", "[0,true]") to "inputs[0].data[1] $number a boolean",
            good.replace("[0,0]", "[0,{}]") to "inputs[0].data[1] $number an object",
            good.replace("[0,0]", "[0,null]") to "inputs[0].data[1] $number null",
            good.replace("[0,0]", "[[0],[0,\"0\"]]") to "inputs[0].data[1][1] $number a text",
            good.replace("[0,0]", "0") to "inputs[0].data must be a list, was a number",
            good.replace("[0,0]", "null") to "inputs[0] must have either data or the parameter",
            good.replace("[0,0]", "[0,0],\"parameters\":{\"binary_data_size\":16}") to
                "inputs[0] must have either data or the parameter",
            good.replace("\"data\":[0,0]", "\"parameters\":{\"binary_data_size\":16}") to
                "inputs[0].parameters.binary_data_size must be at most the 0 bytes",
            good.replace("\"data\":[0,0]", "\"parameters\":{\"binary_data_size\":-8}") to
                "inputs[0].parameters.binary_data_size must be a whole number",
            good.replace("\"data\":[0,0]", "\"parameters\":{\"binary_data_size\":\"x\"}") to
                "inputs[0].parameters.binary_data_size must be a whole number",
            good.replace("\"data\":[0,0]", "\"parameters\":[]") to "inputs[0].parameters must be an object, was a list",
            """{"inputs":[$tensors],"outputs":[{}]}""" to "outputs.name must be given",
            """{"inputs":[$tensors],"outputs":[null]}""" to "outputs.name must be given",
            """{"inputs":[$tensors],"outputs":"d"}""" to "outputs must be a list, was a text",
            """{"inputs":[$tensors],"id":{}}""" to "id must be a text, was an object",
        )
        for ((index, case) in bodies.entries.withIndex()) {
            val (body, start) = case
            "body $index: $start" {
                logged { service.infer("test", body).shouldBeRefused(400, start) }.shouldBeEmpty()
            }
        }
        for (header in listOf("x", "-1", "1e3", "99999", "99999999999", "")) {
            "the length '$header' of the JSON" {
                service.infer("test", good, LENGTH, header).shouldBeRefused(400, "$LENGTH must be the number of bytes")
            }
        }
        "bytes after the tensors" {
            val (body, length) = Asked().binary()
            service.exchange(Asked().path, "POST", body + ByteArray(8), LENGTH, "$length")
                .shouldBeRefused(400, "body must end with the tensors, has 8 bytes more")
        }
        "binary contents that are not whole elements" {
            val json = good.replace("\"data\":[0,0]", "\"parameters\":{\"binary_data_size\":15}").toByteArray()
            service.exchange(Asked().path, "POST", json + ByteArray(15), LENGTH, "${json.size}")
                .shouldBeRefused(400, "z must have the 2 elements of its shape, 8 bytes each, has 15 bytes")
        }
        "a body beyond the limit of the other addresses, 1 MB, is read" {
            service.exchange(Asked().path, "POST", ByteArray(3 shl 20) { ' '.code.toByte() })
                .shouldBeRefused(400, "body must begin with one JSON object")
        }
        "a body that is too long" {
            service.exchange(Asked().path, "POST", ByteArray(5 shl 20))
                .shouldBeRefused(413, "body must have at most 4194304 bytes")
        }
        "other methods and addresses" {
            service.exchange(Asked().path).shouldBeRefused(405, "the method must be POST at this address, was GET")
            service.exchange("/v2/models/test/explain", "POST").shouldBeRefused(404, "there is no resource")
            service.exchange("/v2/models/test/versions/3/ready").shouldBeRefused(404, "version must be 1")
            service.exchange("/v2/models/other").shouldBeRefused(404, "model must be one of test")
        }
    }

    "gRPC refuses contents that do not follow the protocol" - {
        "raw contents for one of three inputs" {
            val message = Asked().message(false).toBuilder().addRawInputContents(ByteString.EMPTY).build()
            shouldBeRefused(
                Status.INVALID_ARGUMENT,
                "raw_input_contents must be absent or have contents for each of the 3",
            ) {
                stub.modelInfer(message)
            }
        }
        "raw and typed contents" {
            val raw = Asked().message(true)
            val message = Asked().message(false).toBuilder()
                .addAllRawInputContents(raw.rawInputContentsList).build()
            shouldBeRefused(Status.INVALID_ARGUMENT, "inputs[0].contents must be absent beside raw_input_contents") {
                stub.modelInfer(message)
            }
        }
        "contents of another type" {
            val message = Asked().message(false).toBuilder()
            message.getInputsBuilder(0).contentsBuilder.clear().addFp32Contents(1f)
            shouldBeRefused(Status.INVALID_ARGUMENT, "z must have the 4 elements of its shape") {
                stub.modelInfer(message.build())
            }
        }
        "a message that is too long" {
            val message = Asked().message(
                true,
            ).toBuilder().addRawInputContents(ByteString.copyFrom(ByteArray(5 shl 20)))
                .build()
            logged {
                val refused = shouldThrow<StatusRuntimeException> { stub.modelInfer(message) }
                refused.status.code shouldBe Status.Code.RESOURCE_EXHAUSTED
            }.shouldBeEmpty()
        }
        "other models" {
            shouldBeRefused(Status.NOT_FOUND, "model must be one of test, was 'x'") {
                stub.modelMetadata(ModelMetadataRequest.newBuilder().setName("x").build())
            }
            shouldBeRefused(Status.NOT_FOUND, "version must be 1") {
                stub.modelReady(ModelReadyRequest.newBuilder().setName("test").setVersion("9").build())
            }
        }
    }
})
