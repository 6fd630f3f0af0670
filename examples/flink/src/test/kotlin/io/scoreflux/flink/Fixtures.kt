package io.scoreflux.flink

import io.scoreflux.Request
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.SamplerBuilder
import io.scoreflux.model.Covariance
import io.scoreflux.model.Denoiser
import io.scoreflux.model.GaussianMixture
import io.scoreflux.solve.Solver
import io.scoreflux.solve.fixedstep.FixedStep
import io.scoreflux.solve.fixedstep.Scheme
import io.scoreflux.solve.sliding.Sliding
import io.scoreflux.state.Rows
import io.scoreflux.stream.Stage
import org.apache.flink.api.common.typeutils.TypeSerializer
import org.apache.flink.configuration.Configuration
import org.apache.flink.configuration.PipelineOptions
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment
import org.apache.flink.streaming.util.TestStreamEnvironment
import org.apache.flink.test.util.MiniClusterWithClientResource
import org.apache.flink.util.InstantiationUtil
import reactor.core.publisher.Flux
import java.util.concurrent.CountDownLatch
import kotlin.math.cos
import kotlin.math.sin

/** Denoiser calls of a sample in the tests that count rows. */
const val CALLS = 4

/** Eight narrow modes on a circle. */
fun ring(): GaussianMixture = GaussianMixture.of(
    (0..7).map { k ->
        val angle = Math.PI / 4 * k
        GaussianMixture.Component(
            1.0,
            doubleArrayOf(cos(angle), sin(angle)),
            Covariance.isotropic(0.1),
        )
    },
)

fun euler(): Solver = FixedStep(Scheme.EULER, CALLS)

fun sampler(
    denoiser: Denoiser = ring(),
    solver: Solver = Sliding.DEFAULT,
    configure: SamplerBuilder.() -> Unit = {},
): Sampler = Sampler.builder(
    denoiser,
).noiseRange(20.0, 0.05).radius(1.0).seed(7).solver(solver).apply(configure).build()

/** Samples of [ring] by the default solver. */
object RingFactory : SamplerFactory {
    private fun readResolve(): Any = RingFactory

    override fun open(): Sampler = sampler()
}

/** Samples of [ring] with few calls. */
object FastFactory : SamplerFactory {
    private fun readResolve(): Any = FastFactory

    override fun open(): Sampler = sampler(solver = euler())
}

/** A denoiser that does something with each call before it passes it on. */
class Watched(
    private val watch: (Rows) -> Unit,
    private val model: Denoiser = ring(),
) : Denoiser by model {
    override fun denoise(rows: Rows, out: DoubleArray) {
        watch(rows)
        model.denoise(rows, out)
    }
}

fun Sampler.all(from: Long, to: Long): List<Sample> = samples(from, to).collectList().block()!!

fun Sampler.all(requests: List<Request>): List<Sample> =
    samples(Flux.fromIterable(requests)).collectList().block()!!

/** The bytes of all values of a sample and of its certificate. */
fun bytes(sample: Sample): List<Byte> = encoded(SampleSerializer(), sample).toList()

fun <T> encoded(serializer: TypeSerializer<T>, value: T): ByteArray =
    InstantiationUtil.serializeToByteArray(serializer, value)

fun <T> decoded(serializer: TypeSerializer<T>, bytes: ByteArray): T =
    InstantiationUtil.deserializeFromByteArray(serializer, bytes)

/** Closed while a job waits for its test, which runs in the same process. */
object Gate {
    @Volatile
    var latch = CountDownLatch(0)
}

/** Samples whose computation waits at the gate from an index on, on the thread of the reader. */
class GatedFactory(
    private val from: Long,
) : SamplerFactory {
    override fun open(): Sampler {
        val first = from
        return sampler(solver = euler()) {
            afterStage(0, Stage.observe { if (it.index() >= first) Gate.latch.await() })
        }
    }
}

/** Two task managers in this process. */
fun miniCluster(slots: Int = 4): MiniClusterWithClientResource = MiniClusterWithClientResource(
    MiniClusterResourceConfiguration.Builder().setNumberTaskManagers(2).setNumberSlotsPerTaskManager(slots).build(),
)

/** An environment of its own, because the environments of a cluster share their configuration. */
fun MiniClusterWithClientResource.environment(
    parallelism: Int,
    configure: Configuration.() -> Unit = {},
): StreamExecutionEnvironment = TestStreamEnvironment(
    miniCluster,
    Configuration().set(PipelineOptions.GENERIC_TYPES, false).apply(configure),
    parallelism,
    listOf(),
    listOf(),
)
