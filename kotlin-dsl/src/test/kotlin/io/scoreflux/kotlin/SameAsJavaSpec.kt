package io.scoreflux.kotlin

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.SamplerBuilder
import io.scoreflux.logconcave.ConvexTerm
import io.scoreflux.logconcave.Curvature
import io.scoreflux.logconcave.LogConcave
import io.scoreflux.logconcave.Preconditioner
import io.scoreflux.logconcave.ProximalSampler
import io.scoreflux.logconcave.ProximalSamplerBuilder
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.model.Guidance
import io.scoreflux.model.GuidanceRule
import io.scoreflux.model.LabelledMixture
import io.scoreflux.model.LabelledMixture.Labelled
import io.scoreflux.model.Observation
import io.scoreflux.model.SmoothedDataset
import io.scoreflux.model.network.Parametrization
import io.scoreflux.model.network.TimeInput
import io.scoreflux.model.onnx.OnnxDenoiser
import io.scoreflux.noise.DiscreteSchedule
import io.scoreflux.noise.NoiseSchedule
import io.scoreflux.noise.SigmaGrid
import io.scoreflux.reject.CorrectedSolver
import io.scoreflux.reject.Fors
import io.scoreflux.reject.ForsCorrector
import io.scoreflux.reject.Metropolis
import io.scoreflux.reject.Slopes
import io.scoreflux.reject.StepRule
import io.scoreflux.solve.budget.Budget
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.parallel.Parallel
import io.scoreflux.solve.picard.Picard
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Condition
import io.scoreflux.state.ConditionTensor
import io.scoreflux.state.Rows
import io.scoreflux.stream.FaultPolicy
import io.scoreflux.stream.Order
import io.scoreflux.stream.Stage
import io.scoreflux.stream.StreamListener
import reactor.core.scheduler.Schedulers
import java.lang.reflect.Modifier
import java.nio.file.Files
import java.nio.file.Path
import java.util.OptionalDouble
import java.util.concurrent.atomic.LongAdder
import kotlin.math.sqrt
import kotlin.time.Duration.Companion.minutes
import kotlin.time.toJavaDuration

private val mixture = GaussianMixture.builder(
    2,
).component(0.7, doubleArrayOf(1.0, 0.0), 0.3).component(0.3, doubleArrayOf(-1.0, 0.5), 0.4).build()

/** Returns the settings of an object of the library: the values of all fields, recursively, by path. [STATE] lists the fields to ignore. */
private fun settings(of: Any?, path: String = "", seen: MutableSet<Any> = HashSet()): Map<String, Any?> {
    if (of == null || of is Enum<*> || !of.javaClass.name.startsWith("io.scoreflux.")) return mapOf(path to of.value())
    if (of.isWhole() || !seen.add(System.identityHashCode(of) to path)) {
        return mapOf(path to of)
    }
    return of.javaClass.declaredFields.filterNot {
        Modifier.isStatic(it.modifiers) || it.isSynthetic || it.name in STATE
    }
        .onEach { it.isAccessible = true }
        .fold(emptyMap()) { all, field -> all + settings(field.get(of), "$path.${field.name}", seen) }
}

/** Whether an object is compared as a whole. The exception is the sampler's counter, which wraps the listener. */
private fun Any.isWhole() =
    this === mixture || this is FaultPolicy || (this is StreamListener && javaClass.simpleName != "ProgressCounter")

/** Functions, counters and objects that are prepared from the settings. */
private val STATE =
    setOf("gateways", "preparing", "prepared", "target", "denoiser", "geometry", "searchRails", "scheduler")

private fun Any?.value(): Any? = when (this) {
    // As text, NaN equals itself.
    is Double -> toString()

    is LongAdder -> toLong()

    is DoubleArray -> toList()

    is Array<*> -> map { it.value() }

    is List<*>, is Set<*>, is Map<*, *>, is String, is Number, is Boolean, is Enum<*>, is OptionalDouble, null -> this

    is java.time.Duration -> this

    else -> javaClass.name.substringBefore("$\$Lambda")
}

private fun bits(samples: List<Sample>) = samples.map { sample ->
    sample.values().map { it.toRawBits() } to sample.certificate()
}

class SameAsJavaSpec : FreeSpec({
    fun java(settings: SamplerBuilder.() -> Unit = {}) =
        Sampler.builder(mixture).noiseRange(20.0, 0.05).seed(42).apply(settings).build()

    fun kotlin(settings: SamplerScope.() -> Unit) = sampler {
        target {
            gaussianMixture {
                component(0.7, doubleArrayOf(1.0, 0.0), std = 0.3)
                component(0.3, doubleArrayOf(-1.0, 0.5), std = 0.4)
            }
        }
        reverseProcess { from(20.0).to(0.05) }
        seed = 42
        settings()
    }

    val solvers = mapOf<String, Pair<SamplerScope.() -> Unit, SamplerBuilder.() -> Unit>>(
        "by default" to Pair({}, {}),
        "collocation, all defaults" to Pair({ collocation() }, { solver(Sliding.DEFAULT) }),
        "collocation" to Pair(
            {
                collocation {
                    tolerance = 1e-8
                    degree = 2..10
                    maxCalls = 500
                }
            },
            { solver(Sliding(1e-8, 2, 10, 500)) },
        ),
        "picard" to Pair({ picard(1e-6) { maxDegree = 8 } }, { solver(Picard(1e-6, 8, 5_000)) }),
        "parallel" to Pair(
            {
                parallel(1e-6) {
                    lookAhead = 3
                    maxCalls = 9_000
                }
            },
            { solver(Parallel(1e-6, 3, 12, 9_000)) },
        ),
        "budget" to Pair({ budget(12) }, { solver(Budget(12)) }),
        "fixed steps" to Pair(
            { fixedStep(Scheme.HEUN, 20, SigmaGrid.KARRAS) },
            { solver(FixedStep(Scheme.HEUN, 20, SigmaGrid.KARRAS)) },
        ),
        "fixed steps, grid by default" to Pair({
            fixedStep(Scheme.UNIPC, 20)
        }, { solver(FixedStep(Scheme.UNIPC, 20)) }),
        "fors" to Pair({ fors { budget = 0.1 } }, { solver(Fors(0.1)) }),
        "fors of fixed gain" to Pair(
            {
                fors {
                    budget = 0.1
                    bound = 0.4
                    slopes = Slopes.scalar()
                    steps = StepRule.FixedGain(20.0)
                }
            },
            { solver(Fors(0.1, 0.4, Slopes.scalar(), StepRule.FixedGain(20.0))) },
        ),
        "a solver of Java's" to Pair({ solver(Picard(1e-5)) }, { solver(Picard(1e-5)) }),
        "corrected by fors" to Pair(
            { correct { fors { budget = 0.1 } } },
            { solver(CorrectedSolver(Sliding.DEFAULT, ForsCorrector(0.1))) },
        ),
        "corrected by fors, in three parts" to Pair(
            {
                collocation { tolerance = 1e-6 }
                correct {
                    fors {
                        budget = 0.1
                        parts = 3
                    }
                }
            },
            { solver(CorrectedSolver(Sliding(1e-6), ForsCorrector(Fors(0.1), 3))) },
        ),
        "corrected by metropolis" to Pair(
            { correct { metropolis() } },
            { solver(CorrectedSolver(Sliding.DEFAULT, Metropolis.of(2))) },
        ),
        "corrected by metropolis, exact" to Pair(
            {
                correct {
                    metropolis {
                        moves = 3
                        step = 0.5
                        form = Metropolis.Form.BARKER
                        bound = 0.4
                    }
                }
            },
            { solver(CorrectedSolver(Sliding.DEFAULT, Metropolis(3, 0.5, Metropolis.Form.BARKER, 0.4))) },
        ),
    )

    for ((name, both) in solvers) {
        "$name: the same settings, plan and bytes" {
            val (dsl, builder) = both
            val here = kotlin(dsl)
            val there = java(builder)
            settings(here) shouldBe settings(there)
            here.plan() shouldBe there.plan()
            bits(here.samples(0, 6).collectList().block()!!) shouldBe bits(there.samples(0, 6).collectList().block()!!)
        }
    }

    "a plan with the caution that a pilot found serves the same settings again" {
        val solver: SamplerScope.() -> Unit = {
            fors {
                budget = 0.3
                slopes = Slopes.scalar()
                steps = StepRule.Pilot(32)
            }
        }
        val first = kotlin(solver)
        val again = kotlin {
            solver()
            plan = first.plan()
        }
        again.plan() shouldBe first.plan()
        bits(again.samples(0, 6).collectList().block()!!) shouldBe bits(first.samples(0, 6).collectList().block()!!)
        shouldThrow<IllegalStateException> {
            kotlin {
                collocation()
                plan = first.plan()
            }
        }.message!! shouldContain "was for the caution of fors by 32 chains at tolerance 0.3"
    }

    "every other setting reaches the engine" - {
        val scheduler = Schedulers.immediate()
        val faults = FaultPolicy.failStream()
        val told = object : StreamListener {}
        val plan = java { stages(3) }.plan()
        val own = Stage { it }
        val others = mapOf<String, Pair<SamplerScope.() -> Unit, SamplerBuilder.() -> Unit>>(
            "seed" to Pair({ seed = 7 }, { seed(7) }),
            "radius" to Pair({ target { radius = 2.0 } }, { radius(2.0) }),
            "range" to Pair({
                reverseProcess { from(30.0).to(0.1) }
            }, { noiseRange(30.0, 0.1) }),
            "stages" to Pair({ reverseProcess { stages(6) } }, { stages(6) }),
            "boundaries" to Pair({ reverseProcess { boundaries(5.0, 1.0) } }, { boundaries(5.0, 1.0) }),
            "own stages" to Pair(
                {
                    reverseProcess {
                        afterStage(1, own)
                        afterStage(0, own)
                        afterStage(1, own)
                    }
                },
                { afterStage(1, own).afterStage(0, own).afterStage(1, own) },
            ),
            "plan" to Pair({ this.plan = plan }, { plan(plan) }),
            "concurrency" to Pair({ engine { concurrency = 9 } }, { concurrency(9) }),
            "memory" to Pair({ engine { memory = 100_000 } }, { memory(100_000) }),
            "prefetch" to Pair({ engine { prefetch = 0 } }, { prefetch(0) }),
            "order" to Pair({ engine { order = Order.AS_READY } }, { order(Order.AS_READY) }),
            "deadline" to Pair({ engine { deadline = 3.minutes } }, { deadline(3.minutes.toJavaDuration()) }),
            "parallelism" to Pair({ engine { parallelism(3, scheduler) } }, { parallelism(3, scheduler) }),
            "faults" to Pair({ engine { this.faults = faults } }, { faults(faults) }),
            "listener" to Pair({ engine { listener = told } }, { listener(told) }),
        )
        for ((name, both) in others) {
            name {
                val (dsl, builder) = both
                val here = settings(kotlin(dsl))
                here shouldBe settings(java(builder))
                // The comparison can see the setting.
                here shouldNotBe settings(java())
            }
        }
    }

    "maxRows limits the rows of a call" {
        var most = 0
        val counting = object : io.scoreflux.model.Denoiser {
            override fun dimension() = 2

            override fun moments() = mixture.moments()

            override fun denoise(rows: io.scoreflux.state.Rows, out: DoubleArray) {
                most = maxOf(most, rows.count())
                mixture.denoise(rows, out)
            }
        }
        val here = sampler {
            target { denoiser(counting) }
            reverseProcess { from(20.0).to(0.05) }
            engine { maxRows = 3 }
        }
        here.samples(0, 20).blockLast()
        most shouldBe 3
    }

    "a data set from rows equals one from a Multik matrix" {
        val rows = arrayOf(doubleArrayOf(0.0, 1.0), doubleArrayOf(2.0, 0.5), doubleArrayOf(-1.0, 0.0))
        val there = Sampler.builder(SmoothedDataset.of(rows, 0.2)).noiseRange(20.0, 0.05).build()
        val expected = bits(there.samples(0, 4).collectList().block()!!)
        for (target in listOf<TargetScope.() -> Unit>({ dataset(rows, 0.2) }, { dataset(rows.toD2Array(), 0.2) })) {
            val here = sampler {
                target(target)
                reverseProcess { from(20.0).to(0.05) }
            }
            bits(here.samples(0, 4).collectList().block()!!) shouldBe expected
        }
    }

    "tensors of conditions, negative conditions and variants of guidance" {
        val empty = ConditionTensor.zeros(listOf(2, 2))
        val own = ConditionTensor.of(listOf(2, 2), 1f, 2f, 3f, 4f)
        val network = onnxDenoiserOf(Path.of("../core/src/test/resources/onnx/prompted-double.onnx")) {
            condition("context", empty)
            condition("mask", 2)
        }
        val mask = ConditionTensor.of(listOf(2), 1f, 1f)
        val cat = Condition.of("context", own).withTensor("mask", mask)
        val nothing = Condition.of("mask", mask)
        val rule = GuidanceRule(0.5, 0.1, 5.0)

        fun byIndex(k: Long) = if (k % 2 == 0L) cat else nothing.withGuidance(2.0).withNegative(cat)
        network.use {
            for ((dsl, builder) in listOf<Pair<SamplerScope.() -> Unit, SamplerBuilder>>(
                Pair(
                    {
                        condition {
                            tensor("context", own)
                            tensor("mask", listOf(2), floatArrayOf(1f, 1f))
                        }
                    },
                    Sampler.builder(network).condition(cat),
                ),
                Pair(
                    {
                        condition {
                            tensor("context", own)
                            tensor("mask", mask)
                        }
                        negative { tensor("mask", mask) }
                        guidance = 3.0
                        guidanceRule = rule
                    },
                    Sampler.builder(Guidance.of(network, rule)).condition(cat.withGuidance(3.0).withNegative(nothing)),
                ),
                Pair(
                    {
                        conditions(::byIndex)
                        guidance = 1.0
                    },
                    Sampler.builder(Guidance.of(network)).conditions(::byIndex),
                ),
            )) {
                val here = sampler {
                    target {
                        denoiser(network)
                        radius = 1.0
                    }
                    reverseProcess { from(20.0).to(0.05) }
                    dsl()
                }
                val there = builder.radius(1.0).noiseRange(20.0, 0.05).build()
                bits(here.samples(0, 4).collectList().block()!!) shouldBe
                    bits(there.samples(0, 4).collectList().block()!!)
            }
        }
    }

    "classes, guidance and observations" {
        val labelled = LabelledMixture.of(
            listOf(
                Labelled(0, GaussianMixture.Component(0.7, doubleArrayOf(1.0, 0.0), Covariance.isotropic(0.3))),
                Labelled(1, GaussianMixture.Component(0.3, doubleArrayOf(-1.0, 0.5), Covariance.isotropic(0.4))),
            ),
        )
        val seen = Observation.pixels(intArrayOf(1), doubleArrayOf(0.2), 0.1)
        val rows = listOf<Pair<SamplerScope.() -> Unit, SamplerBuilder>>(
            Pair({ label = 1 }, Sampler.builder(labelled).condition(Condition(1))),
            Pair(
                {
                    label = 0
                    guidance = 1.5
                },
                Sampler.builder(Guidance.of(labelled)).condition(Condition(0, 1.5)),
            ),
            Pair(
                { observe { pixels(intArrayOf(1), doubleArrayOf(0.2), noise = 0.1) } },
                Sampler.builder(seen.of(labelled)),
            ),
            Pair(
                {
                    guidance = 1.5
                    label = 0
                    observe { linear(arrayOf(doubleArrayOf(0.0, 1.0)), doubleArrayOf(0.2), noise = 0.1) }
                },
                Sampler.builder(
                    Observation.linear(arrayOf(doubleArrayOf(0.0, 1.0)), doubleArrayOf(0.2), 0.1)
                        .of(Guidance.of(labelled)),
                ).condition(Condition(0, 1.5)),
            ),
        )
        for ((dsl, builder) in rows) {
            val here = sampler {
                target {
                    gaussianMixture {
                        component(0.7, doubleArrayOf(1.0, 0.0), std = 0.3, label = 0)
                        component(0.3, doubleArrayOf(-1.0, 0.5), std = 0.4, label = 1)
                    }
                }
                reverseProcess { from(20.0).to(0.05) }
                seed = 42
                dsl()
            }
            val there = builder.noiseRange(20.0, 0.05).seed(42).build()
            here.plan() shouldBe there.plan()
            bits(here.samples(0, 6).collectList().block()!!) shouldBe bits(there.samples(0, 6).collectList().block()!!)
        }
    }

    "a network from a file equals one from its bytes" {
        val there = Path.of("../core/src/test/resources/onnx/epsilon-vp-cosine-t-double.onnx")
        val java = OnnxDenoiser.builder(
            there,
        ).parametrization(Parametrization.EPSILON).schedule(NoiseSchedule.vpCosine())
            .time("time", TimeInput.T).fixedRows(16).open()
        val settings: OnnxScope.() -> Unit = {
            parametrization = Parametrization.EPSILON
            schedule = NoiseSchedule.vpCosine()
            time("time", TimeInput.T)
            fixedRows = 16
        }

        fun bits(of: Denoiser) = bits(
            sampler {
                target {
                    denoiser(of)
                    radius = 1.0
                }
                reverseProcess { from(20.0).to(0.05) }
            }.samples(0, 4).collectList().block()!!,
        )
        bits(onnxDenoiserOf(there, settings)) shouldBe bits(java)
        bits(onnxDenoiserOf(Files.readAllBytes(there), settings)) shouldBe bits(java)
    }

    "a network with timesteps equals that of Java" {
        val there = Path.of("../core/src/test/resources/onnx/discrete-int64.onnx")
        val chain = DiscreteSchedule.linear(1e-4, 0.02, 1000)
        val java = OnnxDenoiser.builder(there).parametrization(Parametrization.V).schedule(chain).state("sample")
            .time("timestep", TimeInput.TIMESTEP).output("out_sample").open()
        val kotlin = onnxDenoiserOf(there) {
            parametrization = Parametrization.V
            schedule = chain
            state = "sample"
            time("timestep", TimeInput.TIMESTEP)
            output = "out_sample"
        }
        val rows = Rows(2, 1).apply { append(doubleArrayOf(0.3, -0.4), 0, 0.7) }

        fun value(of: Denoiser) = DoubleArray(2).also { of.denoise(rows, it) }.toList()
        value(kotlin) shouldBe value(java)
        shouldThrow<IllegalArgumentException> {
            onnxDenoiserOf(Path.of("../core/src/test/resources/onnx/learned-variance.onnx")) { learnedVariance = false }
        }.message shouldContain "or set learnedVariance"
        onnxDenoiserOf(Path.of("../core/src/test/resources/onnx/learned-variance.onnx")) {
            learnedVariance = true
            time("sigma")
        }.dimension() shouldBe 2
    }

    "a suspending denoiser with classes is guided" {
        val sampler = sampler {
            target {
                suspendingDenoiser(1, classes = 2) { rows ->
                    // Gaussians of standard deviation 1 around the label, and around 0.5 without a label.
                    DoubleArray(rows.count()) {
                        val mean = rows.condition(it)?.label()?.toDouble() ?: 0.5
                        val variance = rows.sigma(it) * rows.sigma(it)
                        mean + (rows.values()[it] - mean) / (1 + variance)
                    }
                }
                radius = 1.0
            }
            label = 1
            guidance = 3.0
            reverseProcess { from(1e3).to(0.01) }
            collocation { tolerance = 1e-8 }
        }
        // D_w is the denoiser of a Gaussian with mean 0.5 + 3 (1 - 0.5). Its flow from 0 ends within 1/1000 of the mean.
        val end = sampler.decode(arrayOf(doubleArrayOf(0.0))).blockLast()!!.values()[0]
        end shouldBe (2 - 2 * sqrt(1.0001 / (1 + 1e6)) plusOrMinus 1e-6)
    }

    "posteriors" - {
        val density = LogConcave.rowwise(2) { x, gradient ->
            gradient[0] = 2 * x[0] - x[1]
            gradient[1] = 2 * x[1] - x[0]
        }

        fun javaChains(settings: ProximalSamplerBuilder.() -> Unit = {}) =
            ProximalSampler.builder(density).burnIn(40).apply(settings).build()

        fun kotlinChains(settings: PosteriorScope.() -> Unit) = posterior {
            target { logConcave(density) }
            chains { burnIn = 40 }
            settings()
        }

        val faults = FaultPolicy.failStream()
        val told = object : StreamListener {}
        val start = arrayOf(doubleArrayOf(0.1, 0.2), doubleArrayOf(0.3, 0.4))
        val rows = mapOf<String, Pair<PosteriorScope.() -> Unit, ProximalSamplerBuilder.() -> Unit>>(
            "by default" to Pair({}, {}),
            "seed" to Pair({ seed = 3 }, { seed(3) }),
            "chains" to Pair({
                chains {
                    count = 2
                    first = 5
                    thinning = 2
                }
            }, { chains(2).firstChain(5).thinning(2) }),
            "initial state" to Pair({ chains { initialState(1.0, 2.0) } }, { initialState(1.0, 2.0) }),
            "initial states" to Pair({
                chains {
                    count = 2
                    initialStates(start)
                }
            }, { chains(2).initialStates(start) }),
            "box" to Pair(
                { constraint { box(doubleArrayOf(-1.0, 0.0), doubleArrayOf(1.0, 2.0)) } },
                { term(ConvexTerm.box(doubleArrayOf(-1.0, 0.0), doubleArrayOf(1.0, 2.0))) },
            ),
            "non-negative" to Pair({ constraint { nonNegative() } }, { term(ConvexTerm.nonNegative(2)) }),
            "half-space" to Pair(
                { constraint { halfSpace(doubleArrayOf(1.0, 1.0), 0.5) } },
                { term(ConvexTerm.halfSpace(doubleArrayOf(1.0, 1.0), 0.5)) },
            ),
            "l1" to Pair({ prior { l1(1.0, 2.0) } }, { term(ConvexTerm.l1(1.0, 2.0)) }),
            "steps" to Pair(
                {
                    steps {
                        bound = 0.4
                        safety = 5.0
                        eta = 0.1
                        asymmetryLimit = 0.2
                        preconditioner = Preconditioner.diagonal(1.0, 0.8)
                        curvature = Curvature.diagonal(1.0, 1.5)
                    }
                },
                {
                    bound(0.4).safety(5.0).step(0.1).asymmetryLimit(0.2)
                        .preconditioner(Preconditioner.diagonal(1.0, 0.8)).curvature(Curvature.diagonal(1.0, 1.5))
                },
            ),
            "engine" to Pair(
                {
                    engine {
                        prefetch = 1
                        this.faults = faults
                        listener = told
                    }
                },
                { prefetch(1).faults(faults).listener(told) },
            ),
        )
        for ((name, both) in rows) {
            "$name: the same settings and bytes" {
                val (dsl, builder) = both
                val here = kotlinChains(dsl)
                val there = javaChains(builder)
                settings(here) shouldBe settings(there)
                if (name != "by default") settings(here) shouldNotBe settings(javaChains())

                fun draws(of: ProximalSampler) = of.draws(3).map { draw ->
                    draw.values().map { it.toRawBits() } to
                        draw.statistics()
                }
                    .collectList().block()
                draws(here) shouldBe draws(there)
            }
        }
    }
})
