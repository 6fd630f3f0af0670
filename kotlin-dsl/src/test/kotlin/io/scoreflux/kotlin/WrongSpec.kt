package io.scoreflux.kotlin

import io.kotest.assertions.throwables.shouldThrowAny
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.kotest.matchers.string.shouldStartWith
import io.scoreflux.error.HasViolation
import io.scoreflux.error.InvalidArgumentException
import io.scoreflux.error.InvalidConfigurationException
import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.Moments
import io.scoreflux.model.network.TimeInput
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.state.Rows
import io.scoreflux.stream.Gateway
import io.scoreflux.stream.Order
import kotlinx.coroutines.Job
import reactor.core.publisher.Mono
import reactor.core.scheduler.Schedulers
import java.nio.file.Path
import kotlin.io.path.readLines
import kotlin.reflect.KClass
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

private typealias Bad = InvalidArgumentException
private typealias Contradiction = InvalidConfigurationException

private val gaussian = gaussianMixtureOf { component(1.0, doubleArrayOf(0.0), std = 0.5) }

private object Later : AsyncDenoiser {
    override fun dimension() = 1

    override fun denoise(rows: Rows): Mono<DoubleArray> = Mono.never()
}

/** A denoiser with the largest noise level 1. */
private object Small : Denoiser {
    override fun dimension() = 1

    override fun maxSigma() = 1.0

    override fun denoise(rows: Rows, out: DoubleArray) = gaussian.denoise(rows, out)
}

/** A normal distribution in the plane with wrong settings. */
private fun bounded(wrong: PosteriorScope.() -> Unit) {
    posterior {
        target { logConcave(2) { x, gradient -> x.copyInto(gradient) } }
        wrong()
    }
}

/** A complete sampler. */
private fun direct(more: SamplerScope.() -> Unit = {}) = sampler {
    target { denoiser(gaussian) }
    reverseProcess { from(80.0).to(0.002) }
    more()
}

/** A complete sampler with wrong settings. */
private fun otherwise(wrong: SamplerScope.() -> Unit) {
    direct(wrong)
}

/** A complete expectation with wrong settings. */
private fun estimated(wrong: ExpectationScope.() -> Unit) {
    expectation(direct()) {
        statistic { it[0] }
        within(0.1)
        wrong()
    }
}

private fun later(wrong: EngineScope.() -> Unit) {
    sampler {
        target { suspendingDenoiser(1) { DoubleArray(it.count()) } }
        reverseProcess { from(80.0).to(0.002) }
        engine(wrong)
    }
}

private fun labelled(wrong: SamplerScope.() -> Unit) {
    sampler {
        target {
            gaussianMixture {
                component(1.0, doubleArrayOf(0.0), std = 1.0, label = 0)
                component(1.0, doubleArrayOf(1.0), std = 1.0, label = 1)
            }
        }
        reverseProcess { from(80.0).to(0.002) }
        wrong()
    }
}

/** A posterior with wrong settings. */
private fun given(wrong: ExactPosteriorScope.() -> Unit) {
    exactPosterior {
        target { denoiser(gaussian) }
        reverseProcess { from(80.0).to(0.002) }
        wrong()
    }
}

private val seen: ExactPosteriorScope.() -> Unit = {
    observe { pixels(intArrayOf(0), doubleArrayOf(1.0), noise = 0.1) }
}

private fun model(name: String) = Path.of("../core/src/test/resources/onnx/$name.onnx")

private fun chainsOtherwise(wrong: PosteriorScope.() -> Unit) {
    posterior {
        target { logConcave(2) { x, gradient -> x.copyInto(gradient) } }
        wrong()
    }
}

/** A wrong configuration, the start of its message, and the value and remedy that the message contains. */
private data class Wrong(
    val kind: KClass<out RuntimeException>,
    val property: String,
    val value: String,
    val remedy: String,
    val configure: () -> Unit,
)

private val range: SamplerScope.() -> Unit = {
    reverseProcess { from(80.0).to(0.002) }
}

private val table = listOf(
    // Missing and duplicate settings.
    Wrong(Contradiction::class, "target", "missing", "write target {") { sampler(range) },
    Wrong(Contradiction::class, "target", "both gaussianMixture and dataset", "leave one out") {
        sampler {
            target {
                gaussianMixture { component(1.0, doubleArrayOf(0.0), std = 1.0) }
                dataset(arrayOf(doubleArrayOf(0.0)), bandwidth = 1.0)
            }
        }
    },
    Wrong(Contradiction::class, "target", "denoiser twice", "leave one out") {
        sampler {
            target {
                denoiser(gaussian)
                denoiser(gaussian)
            }
        }
    },
    Wrong(Contradiction::class, "gaussianMixture.component", "missing", "write component(") {
        sampler { target { gaussianMixture { } } }
    },
    Wrong(Contradiction::class, "reverseProcess.from", "missing", "write reverseProcess {") {
        sampler { target { denoiser(gaussian) } }
    },
    Wrong(Contradiction::class, "reverseProcess.to", "missing", "write reverseProcess {") {
        sampler {
            target { denoiser(gaussian) }
            reverseProcess { from(80.0) }
        }
    },
    Wrong(Contradiction::class, "sampler", "both collocation and picard", "leave one out") {
        otherwise {
            collocation()
            picard(1e-4)
        }
    },
    Wrong(Contradiction::class, "reverseProcess", "both stages and boundaries", "leave one out") {
        otherwise {
            reverseProcess {
                stages(2)
                boundaries(1.0)
            }
        }
    },
    Wrong(Contradiction::class, "correct", "both fors and metropolis", "leave one out") {
        otherwise {
            correct {
                fors { budget = 0.1 }
                metropolis()
            }
        }
    },
    Wrong(Contradiction::class, "correct.fors.budget", "missing", "write budget = 1e-4") {
        otherwise { correct { fors { } } }
    },
    Wrong(Contradiction::class, "fors.budget", "missing", "write budget = 1e-4") { otherwise { fors { } } },
    // Targets.
    Wrong(Bad::class, "gaussianMixture.component", "was -1.0", "positive weight") {
        sampler { target { gaussianMixture { component(-1.0, doubleArrayOf(0.0), std = 1.0) } } }
    },
    Wrong(Bad::class, "gaussianMixture.component", "was 0.0", "positive deviation") {
        sampler { target { gaussianMixture { component(1.0, doubleArrayOf(0.0), std = 0.0) } } }
    },
    Wrong(Bad::class, "gaussianMixture.component", "was 1", "mean of the same length") {
        sampler {
            target {
                gaussianMixture {
                    component(1.0, doubleArrayOf(0.0, 1.0), std = 1.0)
                    component(1.0, doubleArrayOf(0.0), std = 1.0)
                }
            }
        }
    },
    Wrong(Bad::class, "target.dataset", "was -0.1", "positive bandwidth") {
        sampler { target { dataset(arrayOf(doubleArrayOf(0.0)), bandwidth = -0.1) } }
    },
    Wrong(Bad::class, "target.denoiser", "was 0", "number of values") {
        sampler { target { denoiser(0) { _, _, _ -> } } }
    },
    Wrong(Bad::class, "target.suspendingDenoiser: dimension", "was -1", "number of values") {
        sampler { target { suspendingDenoiser(-1) { DoubleArray(0) } } }
    },
    Wrong(Bad::class, "target.suspendingDenoiser", "Job", "a call ends with the collectors") {
        sampler { target { suspendingDenoiser(1, Job()) { DoubleArray(0) } } }
    },
    Wrong(Bad::class, "target.radius", "was -1.0", "leave it out") { otherwise { target { radius = -1.0 } } },
    // Classes, guidance, observations.
    Wrong(Bad::class, "label", "was -1", "count from 0") { otherwise { label = -1 } },
    Wrong(Bad::class, "label", "was 3", "leave out label, or use a denoiser whose classes() is greater than 0") {
        otherwise { label = 3 }
    },
    Wrong(Bad::class, "label", "was 0", "leave out label, or use a denoiser whose classes() is greater than 0") {
        otherwise {
            label = 0
            guidance = 2.0
        }
    },
    Wrong(Bad::class, "label", "was 2", "give one of 0 to 1") { labelled { label = 2 } },
    Wrong(Bad::class, "guidance", "was NaN", "1 is the class alone") { labelled { guidance = Double.NaN } },
    Wrong(Contradiction::class, "guidance", "was 2.0 without one", "write label = 0") { labelled { guidance = 2.0 } },
    Wrong(Contradiction::class, "guidance", "missing", "write guidance = 3.0") {
        labelled {
            label = 0
            negative { tensor("context", listOf(1), floatArrayOf(1f)) }
        }
    },
    Wrong(Contradiction::class, "conditions", "both", "leave one out") {
        labelled {
            label = 0
            conditions { null }
        }
    },
    Wrong(Bad::class, "condition.tensor: values", "was 1", "give as many numbers as the shape has") {
        otherwise { condition { tensor("context", listOf(2), floatArrayOf(1f)) } }
    },
    Wrong(Bad::class, "condition", "was {context=float[1]}", "leave them out") {
        otherwise { condition { tensor("context", listOf(1), floatArrayOf(1f)) } }
    },
    Wrong(Bad::class, "target.onnx.condition", "was 0", "write condition") {
        sampler { target { onnx(model("prompted-double")) { condition("context", 0, 2) } } }
    },
    Wrong(Bad::class, "gaussianMixture.component.label", "was -1", "count from 0") {
        sampler { target { gaussianMixture { component(1.0, doubleArrayOf(0.0), 1.0, label = -1) } } }
    },
    Wrong(Bad::class, "gaussianMixture.component.label", "missing for 0", "renumber the classes") {
        sampler { target { gaussianMixture { component(1.0, doubleArrayOf(0.0), 1.0, label = 1) } } }
    },
    Wrong(Contradiction::class, "gaussianMixture.component.label", "component 1", "give one to all") {
        sampler {
            target {
                gaussianMixture {
                    component(1.0, doubleArrayOf(0.0), 1.0, label = 0)
                    component(1.0, doubleArrayOf(1.0), 1.0)
                }
            }
        }
    },
    Wrong(Contradiction::class, "gaussianMixture.component.label", "was 0", "leave it out") {
        gaussianMixtureOf { component(1.0, doubleArrayOf(0.0), 1.0, label = 0) }
    },
    Wrong(Bad::class, "target.suspendingDenoiser: classes", "was -1", "0 for a model") {
        sampler { target { suspendingDenoiser(1, classes = -1) { DoubleArray(0) } } }
    },
    Wrong(Contradiction::class, "correct", "was empty", "or leave it out") { otherwise { correct { } } },
    Wrong(Contradiction::class, "observe", "was empty", "or leave it out") { otherwise { observe { } } },
    Wrong(Contradiction::class, "constraint", "was empty", "or leave it out") { posterior { constraint { } } },
    Wrong(Contradiction::class, "prior", "was empty", "or leave it out") { posterior { prior { } } },
    Wrong(Bad::class, "constraint and prior", "was 1", "a number for each axis") {
        bounded { constraint { box(doubleArrayOf(0.0), doubleArrayOf(1.0)) } }
    },
    Wrong(Bad::class, "constraint and prior", "was 1", "a number for each axis") {
        bounded { constraint { halfSpace(doubleArrayOf(1.0), 0.0) } }
    },
    Wrong(Bad::class, "constraint and prior", "was 3", "a number for each axis") {
        bounded { prior { l1(1.0, 1.0, 1.0) } }
    },
    Wrong(Bad::class, "chains.initialState", "2", "") { bounded { chains { initialState(1.0) } } },
    Wrong(Bad::class, "gaussianMixture.component: std", "was 0.0", "") {
        sampler { target { gaussianMixture { component(1.0, doubleArrayOf(0.0), 0.0) } } }
    },
    Wrong(Bad::class, "target.dataset: bandwidth", "was -0.1", "rows of finite numbers") {
        sampler { target { dataset(arrayOf(doubleArrayOf(0.0)), -0.1) } }
    },
    Wrong(Bad::class, "observe.pixels", "was 2", "one value for each") {
        otherwise { observe { pixels(intArrayOf(0, 1), doubleArrayOf(1.0), noise = 0.1) } }
    },
    Wrong(Bad::class, "observe.pixels", "was NaN", "deviation of its error") {
        otherwise { observe { pixels(intArrayOf(0), doubleArrayOf(1.0), noise = Double.NaN) } }
    },
    Wrong(Bad::class, "observe", "was 1", "count from 0") {
        otherwise { observe { pixels(intArrayOf(1), doubleArrayOf(1.0), noise = 0.1) } }
    },
    Wrong(Bad::class, "observe", "moments must be known", "mean and variance") {
        sampler {
            target { denoiser(Small) }
            reverseProcess { from(1.0).to(0.1) }
            observe { pixels(intArrayOf(0), doubleArrayOf(1.0), noise = 0.1) }
        }
    },
    Wrong(Contradiction::class, "observe", "the gateway's denoiser", "where the gateway is created") {
        sampler {
            target { gateway(Gateway.builder(Later).build()) }
            range()
            observe { pixels(intArrayOf(0), doubleArrayOf(1.0), noise = 0.1) }
        }
    },
    Wrong(Contradiction::class, "observe", "both pixels and linear", "leave one out") {
        otherwise {
            observe {
                pixels(intArrayOf(0), doubleArrayOf(1.0), noise = 0.1)
                linear(arrayOf(doubleArrayOf(1.0)), doubleArrayOf(1.0), noise = 0.1)
            }
        }
    },
    Wrong(Bad::class, "observe.averages", "was 7", "one value for each") {
        otherwise { observe { averages(1, arrayOf(intArrayOf(7)), doubleArrayOf(1.0), noise = 0.1) } }
    },
    Wrong(Bad::class, "observe.linear: noise", "was 2", "covariance of the errors") {
        otherwise {
            observe {
                linear(
                    arrayOf(doubleArrayOf(1.0)),
                    doubleArrayOf(1.0),
                    covariance = Covariance.diagonal(1.0, 1.0),
                )
            }
        }
    },
    Wrong(Bad::class, "observe.linear", "eigenvalue", "symmetric, positive definite") {
        otherwise {
            observe {
                linear(
                    arrayOf(doubleArrayOf(1.0)).toD2Array(),
                    doubleArrayOf(1.0),
                    covariance = arrayOf(doubleArrayOf(-1.0)).toD2Array(),
                )
            }
        }
    },
    // Exact posteriors.
    Wrong(Contradiction::class, "target", "missing", "write target {") { exactPosterior(seen) },
    Wrong(Contradiction::class, "observe", "missing", "write observe {") { given { } },
    Wrong(Contradiction::class, "observe", "was empty", "write pixels, averages or linear") { given { observe { } } },
    Wrong(Bad::class, "observe: noise", "was 0.0", "smallest error that matters") {
        given { observe { pixels(intArrayOf(0), doubleArrayOf(1.0), noise = 0.0) } }
    },
    Wrong(Bad::class, "observe.noise must be greater than reverseProcess.to", "was 0.001", "smaller noise level") {
        given { observe { pixels(intArrayOf(0), doubleArrayOf(1.0), noise = 0.001) } }
    },
    Wrong(Bad::class, "observe: indices", "was 1", "") {
        given { observe { pixels(intArrayOf(1), doubleArrayOf(1.0), noise = 0.1) } }
    },
    Wrong(Bad::class, "target.moments", "must be known", "mean and variance") {
        exactPosterior {
            target { denoiser(Small) }
            reverseProcess { from(1.0).to(0.01) }
            seen()
        }
    },
    Wrong(Bad::class, "particles", "was 3", "256 is usual") { given { particles = 3 } },
    Wrong(Bad::class, "step", "was 0.6", "0.2 is usual") { given { step = 0.6 } },
    Wrong(Bad::class, "label", "was -1", "count from 0") { given { label = -1 } },
    Wrong(Bad::class, "label", "was 3", "leave out label") {
        given {
            seen()
            label = 3
        }
    },
    Wrong(Contradiction::class, "target.radius", "no tolerance", "leave it out") {
        given {
            target { radius = 1.0 }
            seen()
        }
    },
    Wrong(Contradiction::class, "reverseProcess.stages", "no stages", "leave it out") {
        given {
            reverseProcess { stages(2) }
            seen()
        }
    },
    Wrong(Contradiction::class, "reverseProcess.afterStage", "no stages", "leave it out") {
        given {
            reverseProcess { afterStage(0) { it } }
            seen()
        }
    },
    Wrong(Contradiction::class, "reverseProcess.from", "missing", "reverseProcess {") {
        exactPosterior {
            target { denoiser(gaussian) }
            seen()
        }
    },
    Wrong(Bad::class, "reverseProcess.to", "was 0.0", "") {
        exactPosterior {
            target { denoiser(gaussian) }
            reverseProcess { from(80.0).to(0.0) }
            seen()
        }
    },
    Wrong(Bad::class, "engine.concurrency", "was 0", "256 is usual") { given { engine { concurrency = 0 } } },
    Wrong(Bad::class, "engine.memory", "was 0", "268435456 is usual") { given { engine { memory = 0 } } },
    Wrong(Contradiction::class, "engine.timeout", "suspending and asynchronous", "leave it out") {
        given {
            engine { timeout = 1.seconds }
            seen()
        }
    },
    Wrong(Contradiction::class, "engine.parallelism", "called directly", "engine.maxInFlight") {
        exactPosterior {
            target {
                suspendingDenoiser(1, moments = Moments(doubleArrayOf(0.0), Covariance.isotropic(1.0))) {
                    DoubleArray(it.count())
                }
            }
            reverseProcess { from(80.0).to(0.002) }
            engine { parallelism(2, Schedulers.immediate()) }
            seen()
        }
    },
    // Networks.
    Wrong(Bad::class, "target.onnx", "nowhere.onnx", "name an ONNX file") {
        sampler { target { onnx(Path.of("nowhere.onnx")) } }
    },
    Wrong(Bad::class, "target.onnx", "cannot load", "export it again") { sampler { target { onnx(ByteArray(9)) } } },
    Wrong(Bad::class, "target.onnx", "[n, 3]", "give the model's own shape") {
        sampler { target { onnx(model("denoised-ve-sigma-double")) { shape(3) } } }
    },
    Wrong(Bad::class, "target.onnx", "no input 'sigma'", "the model has 'x'") {
        sampler { target { onnx(model("denoised-ve-sigma-double")) } }
    },
    Wrong(Bad::class, "target.onnx: time", "was 'x'", "use the names of the model") {
        sampler { target { onnx(model("denoised-ve-sigma-double")) { time("x", TimeInput.SIGMA) } } }
    },
    Wrong(Bad::class, "target.onnx.fixedRows", "was 2147483647", "leave it out") {
        sampler { target { onnx(model("denoised-ve-sigma-double")) { fixedRows = Int.MAX_VALUE } } }
    },
    Wrong(Bad::class, "target.onnx.fixedRows", "was 0", "leave it out") {
        sampler { target { onnx(model("denoised-ve-sigma-double")) { fixedRows = 0 } } }
    },
    Wrong(Bad::class, "target.onnx.label", "was 0", "number of labels") {
        sampler { target { onnx(model("label-int64")) { label("label", classes = 0) } } }
    },
    Wrong(Bad::class, "target.onnx.moments", "was 3", "of that length") {
        sampler {
            target {
                onnx(model("denoised-ve-sigma-double")) {
                    time("time", TimeInput.SIGMA)
                    moments = Moments(DoubleArray(3), Covariance.isotropic(1.0))
                }
            }
        }
    },
    // The noise range.
    Wrong(Bad::class, "reverseProcess.from must be greater than reverseProcess.to", "was 0.002 <= 80.0", "swap them") {
        sampler {
            reverseProcess { from(0.002).to(80.0) }
        }
    },
    Wrong(Bad::class, "reverseProcess.from must be greater than reverseProcess.to", "was 0.002 <= 80.0", "swap them") {
        sampler {
            reverseProcess {
                to(80.0)
                from(0.002)
            }
        }
    },
    Wrong(Bad::class, "reverseProcess.from", "was NaN", "reverseProcess { from(80.0)") {
        sampler { reverseProcess { from(Double.NaN) } }
    },
    Wrong(Bad::class, "reverseProcess.to", "was -1.0", "reverseProcess { from(80.0)") {
        sampler { reverseProcess { to(-1.0) } }
    },
    Wrong(Contradiction::class, "reverseProcess.from", "was 80.0", "noise level that the denoiser supports") {
        sampler {
            target { denoiser(Small) }
            range()
        }
    },
    Wrong(Contradiction::class, "reverseProcess.to", "was 0", "use collocation") {
        sampler {
            target { denoiser(gaussian) }
            reverseProcess { from(80.0).to(0.0) }
            picard(1e-4)
        }
    },
    Wrong(Bad::class, "reverseProcess.stages", "was 0", "4 is usual") { otherwise { reverseProcess { stages(0) } } },
    Wrong(Bad::class, "reverseProcess.boundaries[1]", "was 2.0 after 1.0", "list them from the largest down") {
        otherwise { reverseProcess { boundaries(1.0, 2.0) } }
    },
    Wrong(Contradiction::class, "reverseProcess.boundaries", "was 100.0", "inside the noise range from 80.0 to 0.002") {
        otherwise { reverseProcess { boundaries(100.0) } }
    },
    Wrong(
        Contradiction::class,
        "reverseProcess.afterStage",
        "was 7",
        "use a lower number, or raise reverseProcess.stages",
    ) {
        otherwise { reverseProcess { afterStage(7) { it } } }
    },
    Wrong(Bad::class, "reverseProcess.afterStage", "was -1", "stages count from 0") {
        otherwise { reverseProcess { afterStage(-1) { it } } }
    },
    // Solvers.
    Wrong(Bad::class, "collocation.tolerance", "was NaN", "relative to the data's radius") {
        otherwise { collocation { tolerance = Double.NaN } }
    },
    Wrong(Bad::class, "collocation.tolerance", "was 1.0", "relative to the data's radius") {
        otherwise { collocation { tolerance = 1.0 } }
    },
    Wrong(Bad::class, "collocation.degree", "was 12..1", "swap its ends") {
        otherwise { collocation { degree = 12..1 } }
    },
    Wrong(Bad::class, "collocation.degree", "was 20", "1..12 is usual") {
        otherwise { collocation { degree = 1..20 } }
    },
    Wrong(Bad::class, "collocation.degree", "was 0", "1..12 is usual") { otherwise { collocation { degree = 0..8 } } },
    Wrong(Bad::class, "collocation.maxCalls", "was 3", "leave it out") { otherwise { collocation { maxCalls = 3 } } },
    Wrong(Bad::class, "picard.tolerance", "was 0.0", "relative to the data's radius") { otherwise { picard(0.0) } },
    Wrong(Bad::class, "picard.maxDegree", "was 3", "12 is usual") { otherwise { picard(1e-4) { maxDegree = 3 } } },
    Wrong(Bad::class, "parallel.lookAhead", "was 0", "leave it out") { otherwise { parallel(1e-4) { lookAhead = 0 } } },
    Wrong(Bad::class, "budget.calls", "was 200", "use collocation") { otherwise { budget(200) } },
    Wrong(Bad::class, "fixedStep.calls", "was 1", "20 to 100 are usual") { otherwise { fixedStep(Scheme.HEUN, 1) } },
    Wrong(Bad::class, "fors.budget", "was 0.0", "as 1e-4") { otherwise { fors { budget = 0.0 } } },
    Wrong(Bad::class, "correct.fors.bound", "was 5.0", "near 0.5") {
        otherwise { correct { fors { bound = 5.0 } } }
    },
    Wrong(Bad::class, "correct.fors.parts", "was 1", "4 is usual") { otherwise { correct { fors { parts = 1 } } } },
    Wrong(Bad::class, "correct.metropolis.moves", "was 0", "8 is usual") {
        otherwise { correct { metropolis { moves = 0 } } }
    },
    Wrong(Bad::class, "correct.metropolis.step", "was 2.0", "leave it out") {
        otherwise { correct { metropolis { step = 2.0 } } }
    },
    Wrong(Bad::class, "correct", "was given for fors", "leave out correct") {
        otherwise {
            fors { budget = 0.1 }
            correct { metropolis() }
        }
    },
    // The engine.
    Wrong(Bad::class, "engine.concurrency", "was 0", "256 is usual") { otherwise { engine { concurrency = 0 } } },
    Wrong(Bad::class, "engine.memory", "was 0", "268435456 is usual") { otherwise { engine { memory = 0 } } },
    Wrong(Contradiction::class, "engine.memory must hold one trajectory", "was 1 bytes", "raise") {
        otherwise { engine { memory = 1 } }
    },
    Wrong(Bad::class, "engine.prefetch", "was -1", "0 for none") { otherwise { engine { prefetch = -1 } } },
    Wrong(Bad::class, "engine.maxRows", "was 0", "4096 is usual") { otherwise { engine { maxRows = 0 } } },
    Wrong(Bad::class, "engine.deadline", "was PT0S", "leave it out") { otherwise { engine { deadline = 0.seconds } } },
    Wrong(Bad::class, "engine.maxInFlight", "was 0", "1 is usual") { later { maxInFlight = 0 } },
    Wrong(Bad::class, "engine.timeout", "was PT-1S", "leave it out") { later { timeout = (-1).seconds } },
    Wrong(Bad::class, "engine.retries", "was 0", "write retries(3") { later { retries(0, 1.milliseconds) } },
    Wrong(Contradiction::class, "engine.maxInFlight", "suspending and asynchronous", "leave it out") {
        otherwise { engine { maxInFlight = 2 } }
    },
    Wrong(Contradiction::class, "engine.parallelism", "called directly", "engine.maxInFlight") {
        later { parallelism(2, Schedulers.immediate()) }
    },
    Wrong(Contradiction::class, "engine.parallelism", "4 > 2", "at most engine.concurrency") {
        otherwise {
            engine {
                concurrency = 2
                parallelism(4, Schedulers.immediate())
            }
        }
    },
    Wrong(Contradiction::class, "engine.maxRows", "must not be given with a gateway", "set it on the gateway") {
        sampler {
            target { gateway(Gateway.builder(Later).build()) }
            range()
            engine { maxRows = 8 }
        }
    },
    // Posteriors.
    Wrong(Contradiction::class, "target", "missing", "write target { logConcave") { posterior { } },
    Wrong(Bad::class, "target.logConcave", "was 0", "number of values") {
        posterior { target { logConcave(0) { _, _ -> } } }
    },
    Wrong(Contradiction::class, "posterior", "both constraint.nonNegative and prior.l1", "leave one out") {
        chainsOtherwise {
            constraint { nonNegative() }
            prior { l1(1.0, 1.0) }
        }
    },
    Wrong(Bad::class, "constraint.box", "was 1.0 >= 0.0", "one number for each axis") {
        chainsOtherwise { constraint { box(doubleArrayOf(1.0), doubleArrayOf(0.0)) } }
    },
    Wrong(Bad::class, "constraint.halfSpace", "other than 0", "one number for each axis") {
        chainsOtherwise { constraint { halfSpace(doubleArrayOf(0.0, 0.0), 1.0) } }
    },
    Wrong(Bad::class, "prior.l1", "was -1.0", "one weight for each axis") {
        chainsOtherwise { prior { l1(-1.0, 1.0) } }
    },
    Wrong(Bad::class, "chains.count", "was 0", "4 is usual") { chainsOtherwise { chains { count = 0 } } },
    Wrong(Bad::class, "chains.burnIn", "was -1", "500 is usual") { chainsOtherwise { chains { burnIn = -1 } } },
    Wrong(Bad::class, "chains.thinning", "was 0", "1 keeps each step") { chainsOtherwise { chains { thinning = 0 } } },
    Wrong(Bad::class, "steps.bound", "was 4.0", "near 0.5") { chainsOtherwise { steps { bound = 4.0 } } },
    Wrong(Bad::class, "steps.safety", "was NaN", "4 is usual") { chainsOtherwise { steps { safety = Double.NaN } } },
    Wrong(Bad::class, "steps.eta", "was 0.0", "leave it out") { chainsOtherwise { steps { eta = 0.0 } } },
    Wrong(Bad::class, "steps.asymmetryLimit", "was 2.0", "0.1 is usual") {
        chainsOtherwise {
            steps {
                asymmetryLimit =
                    2.0
            }
        }
    },
    Wrong(Contradiction::class, "chains.initialStates", "4 chains, was 1", "one for each") {
        chainsOtherwise { chains { initialStates(arrayOf(doubleArrayOf(0.0, 0.0))) } }
    },
    Wrong(Contradiction::class, "engine.timeout", "suspending and asynchronous", "leave it out") {
        chainsOtherwise { engine { timeout = 1.seconds } }
    },
    // Expectations.
    Wrong(Contradiction::class, "statistic", "missing", "write statistic {") {
        expectation(direct()) { within(0.1) }
    },
    Wrong(Contradiction::class, "within", "missing", "write within(0.01)") {
        expectation(direct()) { statistic { it[0] } }
    },
    Wrong(Bad::class, "within", "was -0.1", "write within(0.01)") { estimated { within(-0.1) } },
    Wrong(Bad::class, "within", "was 0", "write within(0.01)") { estimated { within() } },
    Wrong(Contradiction::class, "within must have one number, or one for each of the 1 statistics", "was 2", "") {
        estimated { within(0.1, 0.2) }
    },
    Wrong(Bad::class, "confidence", "was 95.0", "0.95 is usual") { estimated { confidence = 95.0 } },
    Wrong(Bad::class, "maxSamples", "was 0", "leave it out") { estimated { maxSamples = 0 } },
    Wrong(Bad::class, "statistic: upper must be greater than lower", "was 0.0 <= 1.0", "write bounds = 0.0..1.0") {
        estimated { statistic(bounds = 1.0..0.0) { it[0] } }
    },
    Wrong(Bad::class, "statistic: lipschitz", "was 0.0", "leave them out") {
        estimated { statistic(lipschitz = 0.0) { it[0] } }
    },
    Wrong(Bad::class, "indicator: lipschitz", "was NaN", "leave it out") {
        estimated { indicator(lipschitz = Double.NaN) { it[0] } }
    },
    Wrong(Bad::class, "levels[1]", "was 0.1", "write levels(1e-2, 1e-4)") { estimated { levels(1e-2, 0.1) } },
    Wrong(Contradiction::class, "exact must not be set unless all statistics have bounds", "", "") {
        estimated { exact() }
    },
    Wrong(Contradiction::class, "levels must not be set together with quasiRandom", "", "") {
        estimated {
            levels(1e-2, 1e-4)
            quasiRandom()
        }
    },
    Wrong(Contradiction::class, "controlVariates must not be set together with quasiRandom", "", "") {
        estimated {
            controlVariates = true
            quasiRandom()
        }
    },
    Wrong(Contradiction::class, "lipschitz", "estimate no error", "use collocation") {
        expectation(direct { fixedStep(Scheme.HEUN, 20) }) {
            statistic(lipschitz = 1.0) { it[0] }
            within(0.1)
        }
    },
    Wrong(Contradiction::class, "engine.order must be BY_INDEX", "was AS_READY", "") {
        expectation(direct { engine { order = Order.AS_READY } }) {
            statistic { it[0] }
            within(0.1)
        }
    },
)

/** The message of a wrong configuration names the property as in the DSL, the value, and a remedy. */
class WrongSpec : FreeSpec({
    for ((row, wrong) in table.withIndex()) {
        "${row + 1}: ${wrong.property}, ${wrong.value}" {
            val thrown = shouldThrowAny { wrong.configure() }
            val message = thrown.message.orEmpty()
            withClue(message) {
                thrown::class shouldBe wrong.kind
                val violation = (thrown as HasViolation).violation()
                violation.message() shouldBe message
                message shouldStartWith violation.setting()
                message shouldStartWith wrong.property
                message shouldContain wrong.value
                message shouldContain wrong.remedy
                val words = violation.remedies() + violation.setting() + violation.rule()
                words.forEach { Regex("\\{[A-Za-z]\\w*}").find(it)?.value shouldBe null }
                message shouldNotContain "Sigma"
                message shouldNotContain "\n"
            }
        }
    }

    "every setting in messages of the Java API has a name in the DSL" {
        val settings = Path.of("../core/src/test/resources/settings.txt").readLines()
        val referred = settings.filter { it.startsWith("{") }.map { it.trim('{', '}') }
        // The parameters of functions, whose messages begin with the function's name.
        val parameters = listOf("betaMin", "calls", "lower", "mean", "windows")
        (referred - NAMES.keys) shouldContainExactlyInAnyOrder parameters
        (NAMES.keys - settings.map { it.trim('{', '}') }.toSet()) shouldBe emptySet()
    }

    "the table has at least 25 rows" {
        table.size shouldBeGreaterThanOrEqual 25
    }
})
