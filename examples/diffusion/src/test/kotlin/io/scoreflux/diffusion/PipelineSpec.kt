package io.scoreflux.diffusion

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.scoreflux.Request
import io.scoreflux.Sample
import io.scoreflux.error.Failure
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.stream.StreamListener
import org.reactivestreams.Subscription
import reactor.core.publisher.BaseSubscriber
import reactor.core.publisher.Flux
import reactor.core.scheduler.Schedulers
import java.awt.image.BufferedImage
import java.nio.file.Files
import java.util.concurrent.atomic.AtomicInteger
import javax.imageio.ImageIO
import kotlin.math.abs
import kotlin.math.pow
import kotlin.math.sqrt

/** Requests nothing. */
private class NoDemand : BaseSubscriber<DecodedImage>() {
    override fun hookOnSubscribe(subscription: Subscription) = Unit
}

class PipelineSpec :
    StringSpec({
        "reaches the converged latents and images of prompts in at most 100 evaluations" {
            val from = numbers("start-z.csv")
            val exact = numbers("converged-z.csv")
            val pictures = numbers("converged-images.csv")
            var squares = 0.0
            var greys = 0.0
            var evaluations = 0.0
            DiffusionPipeline.open(tiny).use { pipeline ->
                val sampler =
                    pipeline
                        .sampler()
                        .noiseRange(pipeline.scheduler().schedule().ofTimestep(981.0), pipeline.scheduler().toSigma())
                        .solver(Sliding(1e-2))
                for ((row, prompt) in referencePrompts.withIndex()) {
                    val one = sampler.condition(pipeline.condition(Prompt(prompt, 3.0))).build()
                    val image = pipeline.images(one.decode(arrayOf(from[row]))).blockLast()!!
                    val latents = image.sample().values()
                    squares += latents.indices.sumOf { (latents[it] - exact[row][it]).pow(2) }
                    evaluations += image.sample().certificate().calls()
                    val pixels = image.width() * image.height()
                    val colours = image.colours()
                    for (pixel in 0 until pixels) {
                        for (channel in 0 until 3) {
                            val grey = colours[channel * pixels + pixel].coerceIn(0f, 1f)
                            greys += (255 * (grey - pictures[row][pixel * 3 + channel])).pow(2)
                        }
                    }
                }
            }
            val latentError = sqrt(squares / (4 * exact[0].size))
            val greyError = sqrt(greys / (4 * pictures[0].size))
            println(
                "pipeline: rms error of latents %.1e, of images %.2f grey levels, %.1f evaluations"
                    .format(latentError, greyError, evaluations / 4),
            )
            latentError shouldBeLessThan 5e-3
            greyError shouldBeLessThan 0.2
            evaluations / 4 shouldBeLessThan 100.0
        }

        "gives each prompt the same bits alone and in any mix of prompts" {
            DiffusionPipeline.builder(tiny).fixedRows(16).open().use { pipeline ->
                val conditions =
                    referencePrompts.map { pipeline.condition(Prompt(it, 3.0)) } +
                        pipeline.condition(Prompt("a photo", 2.0).withNegative("grey")) +
                        pipeline.condition(Prompt("", 1.0))
                val sampler = pipeline.sampler().solver(FixedStep(Scheme.UNIPC, 6)).condition(conditions[0]).build()

                fun samples(indices: List<Int>): Map<Long, Sample> =
                    sampler
                        .samples(
                            Flux.fromIterable(indices).map {
                                Request.of(3, it.toLong()).withCondition(conditions[it % conditions.size])
                            },
                        )
                        .collectMap { it.index() }
                        .block()!!
                val together = samples((0..11).toList())
                val backwards = samples((0..11).reversed().filter { it % 5 != 0 })
                for ((index, sample) in backwards) {
                    sample.values() shouldBe together.getValue(index).values()
                }
                samples(listOf(7)).getValue(7).values() shouldBe together.getValue(7).values()
                together.getValue(0).values() shouldNotBe together.getValue(6).values()
            }
        }

        "does not use a negative prompt at guidance 1, and takes one evaluation a step" {
            DiffusionPipeline.open(tiny).use { pipeline ->
                fun sample(prompt: Prompt) =
                    pipeline
                        .sampler()
                        .condition(pipeline.condition(prompt))
                        .solver(FixedStep(Scheme.EULER, 8))
                        .build()
                        .samples(0, 1)
                        .blockLast()!!
                val plain = sample(Prompt("digit six", 1.0))
                val negative = sample(Prompt("digit six", "digit nine", 1.0))
                plain.certificate().calls() shouldBe 8
                negative.values() shouldBe plain.values()
                sample(Prompt("digit six", 2.0)).certificate().calls() shouldBe 16
            }
        }

        "encodes an image, and a decoded encoding resembles it" {
            DiffusionPipeline.open(tiny).use { pipeline ->
                val sample =
                    pipeline
                        .sampler()
                        .condition(pipeline.condition(Prompt(referencePrompts[0], 3.0)))
                        .solver(Sliding(1e-1))
                        .build()
                        .samples(0, 1)
                        .blockLast()!!
                val image = pipeline.decode(sample).toBufferedImage()
                val latents = pipeline.encode(image)
                val error = sqrt(latents.indices.sumOf { (latents[it] - sample.values()[it]).pow(2) } / latents.size)
                error shouldBeLessThan 0.2 // The autoencoder loses some detail.

                // Few timesteps change little, all of them replace the image.
                fun changed(strength: Double): Double {
                    val sampler =
                        pipeline
                            .sampler()
                            .noiseRange(pipeline.noiseLevel(strength), pipeline.scheduler().toSigma())
                            .condition(pipeline.condition(Prompt(referencePrompts[1], 3.0)))
                            .solver(Sliding(1e-1))
                            .build()
                    val ends = sampler.renoise(arrayOf(latents)).blockLast()!!.values()
                    return sqrt(ends.indices.sumOf { (ends[it] - latents[it]).pow(2) } / ends.size)
                }
                changed(0.05) shouldBeLessThan changed(1.0) / 4
            }
        }

        "keeps the latents outside of a mask" {
            DiffusionPipeline.open(tiny).use { pipeline ->
                val image = BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB)
                for (y in 0 until 16) for (x in 0 until 16) image.setRGB(x, y, 0x404040 + 0x0a0a0a * (x / 4))
                val mask = BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY)
                for (y in 0 until 16) for (x in 8 until 16) mask.setRGB(x, y, 0xffffff)
                val known = pipeline.encode(image)
                val sampler =
                    pipeline
                        .sampler(pipeline.known(image, mask))
                        .condition(pipeline.condition(Prompt(referencePrompts[0], 1.0)))
                        .solver(FixedStep(Scheme.DPMPP_2M, 20))
                        .build()
                val ends = sampler.samples(0, 1).blockLast()!!.values()
                // A state at the last level has noise of this level.
                val noise = 4 * pipeline.scheduler().toSigma()
                for (latent in ends.indices.filter { it % 8 < 4 }) {
                    ends[latent] shouldBe (known[latent] plusOrMinus noise)
                }
                ends.indices.filter { it % 8 >= 4 }.maxOf { abs(ends[it] - known[it]) } shouldBeGreaterThan 2 * noise
            }
        }

        "writes images as PNG" {
            DiffusionPipeline.open(tiny).use { pipeline ->
                val sampler =
                    pipeline
                        .sampler()
                        .condition(pipeline.condition(Prompt(referencePrompts[0], 1.0)))
                        .solver(FixedStep(Scheme.EULER, 4))
                        .build()
                val image = pipeline.images(sampler.samples(0, 1)).blockLast()!!
                val file = Files.createTempFile("image", ".png")
                image.writePng(file)
                val read = ImageIO.read(file.toFile())
                read.width shouldBe 16
                read.height shouldBe 16
                read.getRGB(3, 5) shouldBe image.toBufferedImage().getRGB(3, 5)
            }
        }

        "draws other sizes than that of the training" {
            DiffusionPipeline.builder(tiny).size(24, 32).open().use { pipeline ->
                val sampler =
                    pipeline
                        .sampler()
                        .condition(pipeline.condition(Prompt(referencePrompts[0], 1.0)))
                        .solver(FixedStep(Scheme.EULER, 4))
                        .build()
                val image = pipeline.images(sampler.samples(0, 1)).blockLast()!!
                image.width() shouldBe 24
                image.height() shouldBe 32
            }
        }

        "images need as many calls of the network as their samples, and only requested ones are drawn" {
            DiffusionPipeline.open(tiny).use { pipeline ->
                fun calls(draw: (Flux<Sample>) -> Unit): Int {
                    val calls = AtomicInteger()
                    val counting = object : StreamListener {
                        override fun called(rows: Int, waited: Long) {
                            calls.incrementAndGet()
                        }
                    }
                    val sampler =
                        pipeline
                            .sampler()
                            .condition(pipeline.condition(Prompt(referencePrompts[0], 1.0)))
                            .solver(FixedStep(Scheme.EULER, 10))
                            .stages(1)
                            .concurrency(16)
                            .listener(counting)
                            .build()
                    draw(sampler.samples(0, 16))
                    return calls.get()
                }
                // Ten steps, in each of which 16 rows share a call.
                calls { it.blockLast() } shouldBe 10
                calls { pipeline.images(it, 1, Schedulers.immediate()).blockLast() } shouldBe 10
                calls { pipeline.images(it).blockLast() } shouldBe 10
                calls { pipeline.images(it).subscribe(NoDemand()) } shouldBe 0
            }
        }

        "delivers a sample that failed without an image" {
            DiffusionPipeline.open(tiny).use { pipeline ->
                val condition = pipeline.condition(Prompt(referencePrompts[0], 1.0))
                val sampler = pipeline.sampler().condition(condition).solver(FixedStep(Scheme.EULER, 4)).build()
                val requests = Flux.just(Request.of(0, 0), Request.of(0, 1).withTolerance(1e-3))
                val images = pipeline.images(sampler.samples(requests)).collectList().block()!!
                images.map { it.failed() } shouldContainExactly listOf(false, true)
                images[1].sample().certificate().failure()!!.kind() shouldBe Failure.Kind.BAD_REQUEST
            }
        }

        "opens again after the text encoder was released" {
            DiffusionPipeline.open(tiny).use { pipeline ->
                val before = pipeline.condition(Prompt("digit", 2.0))
                pipeline.releaseTextEncoders()
                pipeline.condition(Prompt("digit", 2.0)) shouldBe before
                before.tensors().size shouldBeGreaterThan 0
            }
        }
    })
