package io.scoreflux.spring

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeSameInstanceAs
import io.micrometer.core.instrument.simple.SimpleMeterRegistry
import io.micrometer.observation.ObservationRegistry
import io.micrometer.observation.tck.TestObservationRegistry
import io.micrometer.observation.tck.TestObservationRegistryAssert
import io.scoreflux.Sampler
import io.scoreflux.files.targets.Targets
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.state.Rows
import io.scoreflux.stream.Gateway
import org.springframework.ai.image.ImageModel
import org.springframework.ai.image.ImageOptionsBuilder
import org.springframework.ai.image.ImagePrompt
import org.springframework.beans.factory.annotation.Qualifier
import org.springframework.boot.autoconfigure.AutoConfigurations
import org.springframework.boot.diagnostics.FailureAnalyzer
import org.springframework.boot.health.contributor.CompositeReactiveHealthContributor
import org.springframework.boot.health.contributor.ReactiveHealthIndicator
import org.springframework.boot.health.contributor.Status
import org.springframework.boot.test.context.FilteredClassLoader
import org.springframework.boot.test.context.runner.ApplicationContextRunner
import org.springframework.context.annotation.Bean
import org.springframework.context.annotation.Configuration
import java.io.ByteArrayInputStream
import java.util.Base64
import java.util.function.Supplier
import javax.imageio.ImageIO

private val modes: GaussianMixture = GaussianMixture
    .builder(2)
    .component(0.7, doubleArrayOf(1.0, 0.0), 0.1)
    .component(0.3, doubleArrayOf(-1.0, 0.5), 0.2)
    .build()

/** A component with one sampler injected by its qualifier. */
class Consumer(
    @Qualifier("ring") val ring: Sampler,
    @Qualifier("ring") val gateway: Gateway,
    @Qualifier("own") val own: Sampler,
)

@Configuration(proxyBeanMethods = false)
open class ConsumerConfiguration {
    @Bean
    open fun consumer(
        @Qualifier("ring") ring: Sampler,
        @Qualifier("ring") gateway: Gateway,
        @Qualifier("own") own: Sampler,
    ) = Consumer(ring, gateway, own)
}

class StarterSpec : FreeSpec({
    val starter = ApplicationContextRunner().withConfiguration(
        AutoConfigurations.of(
            ScorefluxAutoConfiguration::class.java,
            ScorefluxHealthAutoConfiguration::class.java,
            ScorefluxImageAutoConfiguration::class.java,
            ScorefluxMetricsAutoConfiguration::class.java,
            ScorefluxObservationAutoConfiguration::class.java,
        ),
    )
    val ring = "scoreflux.models.ring.target=ring8"

    "samplers and gateways by qualifier: the samples of the same settings without Spring" {
        starter.withUserConfiguration(ConsumerConfiguration::class.java)
            .withBean("mixture", Denoiser::class.java, Supplier { modes })
            .withPropertyValues(
                ring,
                "scoreflux.models.ring.tolerance=1e-6",
                "scoreflux.models.ring.seed=7",
                "scoreflux.models.own.bean=mixture",
                "scoreflux.models.own.from-sigma=20",
                "scoreflux.models.own.to-sigma=0.01",
                "scoreflux.models.own.solver=dpmpp-3m",
                "scoreflux.models.own.budget=20",
            ).run { context ->
                val consumer = context.getBean(Consumer::class.java)
                val target = Targets.find("ring8")
                val expected = Sampler.builder(target.denoiser()).noiseRange(target.fromSigma(), target.toSigma())
                    .solver(SolverSettings("sliding", 1e-6, null).solver()).seed(7).build()
                    .samples(0, 5).collectList().block()
                consumer.ring.samples(0, 5).collectList().block() shouldBe expected
                consumer.own.samples(0, 5).collectList().block()!!
                    .map { it.certificate().calls() } shouldContainExactly List(5) { 20L }
                val models = context.getBean(Models::class.java)
                consumer.gateway shouldBeSameInstanceAs models.named("ring").gateway()
                context.getBeanNamesForType(Sampler::class.java).sorted() shouldContainExactly
                    listOf("ownSampler", "ringSampler")
            }
    }

    "health: one row for each model, up or down" {
        val broken = Denoiser.rowwise(2) { _, _, out -> out.fill(Double.NaN) }
        starter.withBean("broken", Denoiser::class.java, Supplier { broken })
            .withPropertyValues(
                ring,
                "scoreflux.models.bad.bean=broken",
                "scoreflux.models.bad.from-sigma=20",
                "scoreflux.models.bad.to-sigma=0.01",
                "scoreflux.models.bad.radius=1",
            ).run { context ->
                val health = context.getBean(CompositeReactiveHealthContributor::class.java)
                (health.getContributor("ring") as ReactiveHealthIndicator).health().block()!!.status shouldBe Status.UP
                (health.getContributor("bad") as ReactiveHealthIndicator).health().block()!!.status shouldBe
                    Status.DOWN
            }
        withClue("without spring-boot-health the models open") {
            starter.withClassLoader(FilteredClassLoader("org.springframework.boot.health"))
                .withPropertyValues(ring).run { it.getBean(Models::class.java).all().size shouldBe 1 }
        }
    }

    "metrics: the calls of the gateway and the delivered samples, by model" {
        val registry = SimpleMeterRegistry()
        starter.withBean(SimpleMeterRegistry::class.java, Supplier { registry }).withPropertyValues(ring).run {
            it.getBean(Sampler::class.java).samples(0, 3).blockLast()
        }
        registry.get("scoreflux.samples").tags("model", "ring", "status", "converged").counter().count() shouldBe 3.0
        (registry.get("scoreflux.gateway.rows").tag("model", "ring").summary().totalAmount() > 3) shouldBe true
    }

    "observations: one for each stream, with the name of the model" {
        val observations = TestObservationRegistry.create()
        starter.withBean(ObservationRegistry::class.java, Supplier { observations }).withPropertyValues(ring).run {
            val model = it.getBean(Models::class.java).named("ring")
            it.getBean(StreamObservations::class.java).observe(model, model.sampler().samples(0, 2)).blockLast()
        }
        TestObservationRegistryAssert.assertThat(observations).hasNumberOfObservationsEqualTo(1)
            .hasObservationWithNameEqualTo(StreamObservations.NAME).that()
            .hasBeenStopped().hasLowCardinalityKeyValue("model", "ring")
    }

    "Spring AI: an injected ImageModel draws digits, and a prompt that is no condition is refused" {
        starter.withPropertyValues(
            "scoreflux.models.digits.target=digits",
            "scoreflux.models.digits.seed=7",
        ).run { context ->
            val images = context.getBean(ImageModel::class.java)
            val options = ImageOptionsBuilder.builder().n(2).width(16).height(16).build()
            val results = images.call(ImagePrompt("", options)).results
            results.size shouldBe 2
            results.map { it.output.b64Json }.distinct().size shouldBe 2
            for (result in results) {
                val image = ImageIO.read(ByteArrayInputStream(Base64.getDecoder().decode(result.output.b64Json)))
                image.width to image.height shouldBe (16 to 16)
            }
            val second = (results[1].metadata as SampleImageModel.Generated).sample
            second.index() shouldBe 1
            val sampler = context.getBean(Sampler::class.java)
            second.values().toList() shouldBe sampler.samples(1, 2).blockLast()!!.values().toList()
            (images.call(ImagePrompt("", options)).results[0].metadata as SampleImageModel.Generated)
                .sample.index() shouldBe 2
            val error = runCatching { images.call(ImagePrompt("a seven", options)) }.exceptionOrNull()
            error!!.message shouldContain "prompt must be empty or the name of a condition"
        }
        starter.withClassLoader(FilteredClassLoader("org.springframework.ai")).withPropertyValues(ring)
            .run { it.containsBean("scorefluxImageModel") shouldBe false }
    }

    "settings that are wrong: the start fails with the name, the rule and the value" {
        for ((settings, parts) in mapOf(
            listOf("scoreflux.models.x.description=y") to listOf("scoreflux.models.x.target must be given", "bean"),
            listOf("scoreflux.models.x.target=ring9") to
                listOf("scoreflux.models.x.target", "unknown target 'ring9'", "ring8"),
            listOf("scoreflux.models.x.target=classpath:none.json") to listOf("no resource classpath:none.json"),
            listOf("scoreflux.models.x.target=ring8", "scoreflux.models.x.solver=slide") to
                listOf("scoreflux.models.x.solver must be one of sliding", "slide"),
            listOf("scoreflux.models.x.target=ring8", "scoreflux.models.x.tolerance=2") to
                listOf("scoreflux.models.x.tolerance", "was 2.0"),
            listOf("scoreflux.models.x.target=ring8", "scoreflux.models.x.tolerance=0.1", "scoreflux.models.x.budget=9")
                to listOf("scoreflux.models.x.budget must not be given with scoreflux.models.x.tolerance"),
            listOf("scoreflux.models.x.target=ring8", "scoreflux.models.x.solver=heun") to
                listOf("scoreflux.models.x.budget must be given"),
            listOf("scoreflux.models.x.target=ring8", "scoreflux.models.x.stages=0") to
                listOf("scoreflux.models.x.stages must be at least 1", "was 0"),
            listOf("scoreflux.models.x.target=ring8", "scoreflux.models.x.concurrency=0") to
                listOf("scoreflux.models.x.concurrency must be at least 1"),
            listOf(
                "scoreflux.models.x.target=ring8",
                "scoreflux.models.x.image.height=2",
                "scoreflux.models.x.image.width=2",
            )
                to listOf("scoreflux.models.x.image", "dimension 2"),
            listOf("scoreflux.models.x.target=ring8", "scoreflux.models.x.conditions.c.label=1") to
                listOf("scoreflux.models.x.conditions.c.label must be absent", "was 1"),
        )) {
            starter.withPropertyValues(*settings.toTypedArray()).run { context ->
                val failure = generateSequence(context.startupFailure) { it.cause }
                    .filterIsInstance<ModelConfigurationException>().firstOrNull()
                withClue("$settings: ${context.startupFailure}") {
                    parts.forEach { failure!!.message shouldContain it }
                    val analyzer: FailureAnalyzer = ModelFailureAnalyzer()
                    analyzer.analyze(context.startupFailure!!)!!.description shouldContain
                        "The model 'x' cannot be opened"
                }
            }
        }
    }

    "a model calls its denoiser on one thread, beside the gateway, with the values of the denoiser" {
        starter.withPropertyValues(ring).run { context ->
            val model = context.getBean(Models::class.java).named("ring")
            val rows = Rows(2, 2)
            rows.append(doubleArrayOf(0.5, 0.25), 0, 2.0)
            rows.append(doubleArrayOf(-1.0, 3.0), 0, 0.5)
            val expected = DoubleArray(4)
            Targets.find("ring8").denoiser().denoise(rows, expected)
            model.denoise(rows).block()!!.toList() shouldBe expected.toList()
        }
    }
})
