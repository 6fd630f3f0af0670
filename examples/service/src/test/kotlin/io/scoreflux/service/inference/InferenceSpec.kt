package io.scoreflux.service.inference

import inference.OpenInferenceGrpc.ModelMetadataRequest
import inference.OpenInferenceGrpc.ModelReadyRequest
import inference.OpenInferenceGrpc.ServerLiveRequest
import inference.OpenInferenceGrpc.ServerMetadataRequest
import inference.OpenInferenceGrpc.ServerReadyRequest
import io.grpc.Status
import io.grpc.StatusRuntimeException
import io.grpc.health.v1.HealthCheckRequest
import io.grpc.health.v1.HealthCheckResponse.ServingStatus
import io.grpc.health.v1.HealthGrpc
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.error.Failure
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Guidance
import io.scoreflux.service.Desk
import io.scoreflux.service.FROM_SIGMA
import io.scoreflux.service.Running
import io.scoreflux.service.TO_SIGMA
import io.scoreflux.service.await
import io.scoreflux.service.twoModes
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows
import io.scoreflux.stream.Gateway
import reactor.core.publisher.Mono
import reactor.test.StepVerifier
import tools.jackson.databind.json.JsonMapper
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.time.Duration

private const val TOKEN = "0123456789abcdef"

private fun Sample.bits() = values().map { it.toRawBits() }

private fun Sampler.bits(count: Int) = samples(0, count.toLong()).collectList().block(LIMIT)!!.map { it.bits() }

class InferenceSpec : FreeSpec({
    "one scoreflux is the remote model of another, bit for bit" - {
        val service = Running(null, *DIGITS)
        afterSpec { service.close() }
        for ((name, classes) in mapOf("test" to 8, "digits" to 10)) {
            val model = service.model(name)
            val remotes = service.remotes(name) {
                label("label", classes)
                model.info().moments().ifPresent { moments(it) }
            }
            for ((protocol, open) in remotes) {
                for (condition in listOf(null, Condition(3), Condition(3, 2.0))) {
                    "$name over $protocol with ${condition ?: "no condition"}" {
                        // The solver depends on the rounding error, which is that of FP64 for a remote network.
                        val solver = if (name == "test") model.solver().solver() else FixedStep(Scheme.DPMPP_3M, 12)
                        val local = model.builder().solver(solver).apply { condition?.let(::condition) }.build().bits(8)
                        open().closing { remote ->
                            val gateway = Gateway.builder(Guidance.of(remote)).maxInFlight(2).build()
                            Sampler.builder(gateway).noiseRange(model.fromSigma(), model.toSigma()).solver(solver)
                                .stages(model.stages()).seed(0).radius(model.radius().asDouble)
                                .apply { condition?.let(::condition) }.build().bits(8) shouldBe local
                        }
                    }
                }
            }
        }
    }

    "descriptions and health" - {
        val service = Running(null, *DIGITS)
        val channel = service.channel()
        afterSpec {
            channel.shutdownNow()
            service.close()
        }

        fun json(path: String) = service.exchange(path).also { it.statusCode() shouldBe 200 }
            .let { JsonMapper.shared().readTree(it.body()) }
        "over HTTP" {
            json("/v2")["extensions"].toString() shouldBe """["binary_tensor_data"]"""
            json("/v2/health/live").toString() shouldBe """{"live":true}"""
            json("/v2/health/ready").toString() shouldBe """{"ready":true}"""
            json("/v2/models/test/ready").toString() shouldBe """{"name":"test","ready":true}"""
            json("/v2/models/test/versions/1/ready")["ready"].booleanValue() shouldBe true
            for (path in listOf("/v2/models/digits", "/v2/models/digits/versions/1")) {
                json(path).toString() shouldBe
                    """{"name":"digits","versions":["1"],"platform":"scoreflux","inputs":[""" +
                    """{"name":"z","datatype":"FP64","shape":[-1,784]},""" +
                    """{"name":"sigma","datatype":"FP64","shape":[-1]},""" +
                    """{"name":"label","datatype":"INT64","shape":[-1]}],""" +
                    """"outputs":[{"name":"d","datatype":"FP64","shape":[-1,784]}]}"""
            }
        }
        "over gRPC" {
            val stub = channel.stub()
            stub.serverLive(ServerLiveRequest.getDefaultInstance()).live shouldBe true
            stub.serverReady(ServerReadyRequest.getDefaultInstance()).ready shouldBe true
            stub.modelReady(ModelReadyRequest.newBuilder().setName("test").build()).ready shouldBe true
            stub.serverMetadata(ServerMetadataRequest.getDefaultInstance()).name shouldBe "scoreflux"
            val metadata = stub.modelMetadata(
                ModelMetadataRequest.newBuilder().setName("digits").setVersion("1").build(),
            )
            metadata.inputsList.associate { it.name to it.datatype + it.shapeList } shouldBe
                mapOf("z" to "FP64[-1, 784]", "sigma" to "FP64[-1]", "label" to "INT64[-1]")
            metadata.outputsList.associate { it.name to it.datatype + it.shapeList } shouldBe
                mapOf("d" to "FP64[-1, 784]")
            HealthGrpc.newBlockingStub(channel).check(HealthCheckRequest.getDefaultInstance()).status shouldBe
                ServingStatus.SERVING
        }
        "answers have the form of the request: JSON, binary data, raw and typed contents" {
            val asked = Asked()
            val expected = service.model("test").let { model ->
                val rows = Rows(2, 2)
                rows.append(doubleArrayOf(0.1, 0.2), 0, 0.5)
                rows.condition(0, Condition(3))
                rows.append(doubleArrayOf(-0.3, 0.4), 0, 0.7)
                model.denoise(rows).block(LIMIT)!!.toList()
            }
            val text = JsonMapper.shared().readTree(service.infer("test", asked.json()).body())
            text["id"].stringValue() shouldBe "7"
            text["model_name"].stringValue() shouldBe "test"
            text["outputs"][0]["shape"].toString() shouldBe "[2,2]"
            text["outputs"][0]["data"].values().map { it.doubleValue() } shouldBe expected

            val (body, length) = asked.binary()
            val answer = service.exchange(asked.path, "POST", body, LENGTH, "$length")
            val json = answer.headers().firstValue(LENGTH).get().toInt()
            val bytes = answer.body().toByteArray(Charsets.ISO_8859_1)
            val numbers = ByteBuffer.wrap(bytes, json, bytes.size - json).slice().order(ByteOrder.LITTLE_ENDIAN)
            List(4) { numbers.getDouble() } shouldBe expected
            numbers.hasRemaining() shouldBe false

            val stub = channel.stub()
            val raw = stub.modelInfer(asked.message(true))
            raw.id shouldBe "7"
            raw.getOutputs(0).shapeList shouldBe listOf(2L, 2L)
            raw.getRawOutputContents(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN)
                .let { all -> List(4) { all.getDouble() } } shouldBe expected
            stub.modelInfer(asked.message(false)).getOutputs(0).contents.fp64ContentsList shouldBe expected
        }
        "nested data and no label" {
            val nested = service.infer(
                "test",
                """{"inputs":[{"name":"z","datatype":"FP64","shape":[2,2],"data":[[0.1,0.2],[-0.3,0.4]]},
                    {"name":"sigma","datatype":"FP64","shape":[2],"data":[0.5,7e-1]}],"outputs":[{"name":"d"}]}""",
            )
            nested.statusCode() shouldBe 200
            val rows = Rows(2, 2)
            rows.append(doubleArrayOf(0.1, 0.2), 0, 0.5)
            rows.append(doubleArrayOf(-0.3, 0.4), 0, 0.7)
            JsonMapper.shared().readTree(nested.body())["outputs"][0]["data"].values().map { it.doubleValue() } shouldBe
                service.model("test").denoise(rows).block(LIMIT)!!.toList()
        }
    }

    "with a token, both protocols demand it, except for the health of gRPC" {
        Running(null, "--scoreflux.service.token=$TOKEN").use { service ->
            val refused = service.infer("test", Asked().json())
            refused.statusCode() shouldBe 401
            JsonMapper.shared().readTree(refused.body())["error"].stringValue() shouldContain "token of the service"
            service.infer("test", Asked().json(), "Authorization", "Bearer $TOKEN").statusCode() shouldBe 200
            val channel = service.channel()
            for (wrong in listOf(null, TOKEN, "Bearer", "Bearer ", "Bearer x", "Basic $TOKEN", "Bearer ${TOKEN}0")) {
                withClue(wrong) {
                    val status = shouldThrow<StatusRuntimeException> {
                        channel.stub(wrong).modelInfer(Asked().message(true))
                    }.status
                    status.code shouldBe Status.Code.UNAUTHENTICATED
                    status.description shouldBe "authorization must be 'Bearer' and the token of the service; send it"
                }
            }
            for (right in listOf("Bearer $TOKEN", "bearer  $TOKEN")) {
                channel.stub(right).modelInfer(Asked().message(true)).outputsCount shouldBe 1
            }
            HealthGrpc.newBlockingStub(channel).check(HealthCheckRequest.getDefaultInstance()).status shouldBe
                ServingStatus.SERVING
            channel.shutdownNow()
        }
    }

    "faults of the service" - {
        val exact = twoModes()

        fun exactRemote(
            service: Running,
            protocol: String,
        ) = service.remotes("test") { moments(exact.moments().get()) }.getValue(protocol)()

        fun row() = Rows(2, 1).apply { append(doubleArrayOf(0.1, 0.2), 0, 0.5) }

        fun samples(
            remote: AsyncDenoiser,
            retries: Int,
            count: Long = 20,
        ) = Sampler.builder(
            Gateway.builder(remote).apply { if (retries > 0) retries(retries, Duration.ofMillis(5)) }.build(),
        )
            .noiseRange(FROM_SIGMA, TO_SIGMA).solver(FixedStep(Scheme.EULER, 20)).prefetch(0).build().samples(0, count)
        val local = Sampler.builder(exact).noiseRange(FROM_SIGMA, TO_SIGMA).solver(FixedStep(Scheme.EULER, 20)).build()
            .bits(20)
        for (protocol in listOf("HTTP", "gRPC")) {
            "$protocol: a service that stops in mid-stream fails only the samples that need it" {
                val service = Running(exact)
                val all = ArrayList<Sample>()
                exactRemote(service, protocol).closing { remote ->
                    StepVerifier.create(samples(remote, 1), 6)
                        .recordWith { all }
                        .expectNextCount(6)
                        .then { service.close() }
                        .thenRequest(14)
                        .expectNextCount(14)
                        .expectComplete().verify(LIMIT)
                }
                all.take(6).map { it.bits() } shouldBe local.take(6)
                for (sample in all.drop(6)) {
                    sample.certificate().failure().shouldNotBeNull().kind() shouldBe Failure.Kind.TRANSPORT_ERROR
                }
            }
            "$protocol: a busy service refuses calls, and the gateway repeats them" {
                val desk = Desk(exact)
                Running(desk, "--scoreflux.service.inference.max-calls=1").use { service ->
                    val inference = service.context.getBean(Inference::class.java)
                    exactRemote(service, protocol).closing { remote ->
                        desk.hold()
                        val first = Mono.from(remote.denoise(row())).toFuture()
                        desk.next()
                        inference.running() shouldBe 1
                        val refused = shouldThrow<Exception> { Mono.from(remote.denoise(row())).block(LIMIT) }
                        refused.toString() shouldContain "at most 1 requests at once; try again"
                        // The first attempt of the samples is refused too, and the model becomes free before the second.
                        val retried = samples(remote, 12).collectList().toFuture()
                        desk.open()
                        first.get()
                        retried.get()!!.map { it.bits() } shouldBe local
                        await("the end of the calls") { inference.running() == 0 }
                    }
                }
            }
            "$protocol: a cancelled call stops waiting" {
                val desk = Desk(exact)
                Running(desk).use { service ->
                    val inference = service.context.getBean(Inference::class.java)
                    exactRemote(service, protocol).closing { remote ->
                        desk.hold()
                        val waiting = Mono.from(remote.denoise(row())).subscribe()
                        desk.next()
                        val queued = Mono.from(remote.denoise(row())).subscribe()
                        await("a second call") { inference.running() == 2 }
                        // The first call ends when it is cancelled, and the model is then free for a second one.
                        queued.dispose()
                        await("the end of the second call") { inference.running() == 1 }
                        waiting.dispose()
                        await("the end of the calls") { inference.running() == 0 }
                        desk.open()
                        Mono.from(remote.denoise(row())).block(LIMIT)!!.toList() shouldBe
                            DoubleArray(2).also { exact.denoise(row(), it) }.toList()
                        withClue("the queued call was withdrawn") { desk.calls.get() shouldBe 2 }
                    }
                }
            }
            for (limit in listOf("max-rows=3", "max-body=1KB")) {
                "$protocol: a batch beyond the limit $limit is halved until it fits" {
                    Running(exact, "--scoreflux.service.inference.$limit").use { service ->
                        exactRemote(service, protocol).closing { remote ->
                            val all = samples(remote, 0, 100).collectList().block(LIMIT)!!.map { it.bits() }
                            all.take(20) shouldBe local
                            all.size shouldBe 100
                        }
                    }
                }
            }
        }
        "a failure of the model is status 500 with one line" {
            val service = Running(
                io.scoreflux.model.Denoiser.rowwise(2) { z, _, out ->
                    if (z[0] == 0.1) error("secret words")
                    out.fill(Double.NaN)
                },
            )
            service.use {
                val asked = Asked(inputs = Asked().inputs.take(2))
                val failed = service.infer("test", asked.json())
                failed.statusCode() shouldBe 500
                failed.body() shouldBe
                    """{"error":"the model test failed, and the log of the service contains the reason"}"""
                val nan = service.infer("test", asked.with("z") { it.copy(numbers = List(4) { 1.0 }) }.json())
                nan.statusCode() shouldBe 500
                nan.body() shouldContain "d[0][0] is NaN, which JSON cannot express"
            }
        }
    }
})
