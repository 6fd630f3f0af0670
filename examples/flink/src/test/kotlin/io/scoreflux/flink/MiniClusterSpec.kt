package io.scoreflux.flink

import io.kotest.assertions.throwables.shouldThrowAny
import io.kotest.core.spec.style.StringSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.longs.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Request
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.stream.FaultPolicy
import io.scoreflux.stream.Gateway
import io.scoreflux.stream.Order
import org.apache.flink.api.common.eventtime.WatermarkStrategy
import org.apache.flink.api.common.functions.MapFunction
import org.apache.flink.configuration.Configuration
import org.apache.flink.configuration.RestartStrategyOptions
import org.apache.flink.configuration.StateRecoveryOptions
import org.apache.flink.core.execution.SavepointFormatType
import org.apache.flink.streaming.api.datastream.AsyncDataStream
import org.apache.flink.streaming.api.datastream.DataStream
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink
import reactor.core.scheduler.Schedulers
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicLong

/** What the functions of a job share with its test: the mini-cluster runs in this process. */
private object Shared {
    val samples = ConcurrentLinkedQueue<Sample>()
    val rows = AtomicLong()
    val passed = AtomicLong()
    val mostAhead = AtomicLong()

    /** Opens when this many samples have passed. */
    @Volatile
    var enough = CountDownLatch(0)

    /** Opens when this many rows have been computed. */
    @Volatile
    var computed = CountDownLatch(0)

    /** Opens when the sink waits. */
    @Volatile
    var blocked = CountDownLatch(0)

    fun reset() {
        samples.clear()
        listOf(rows, passed, mostAhead).forEach { it.set(0) }
    }
}

private class Collect : MapFunction<Sample, Long> {
    override fun map(sample: Sample): Long {
        Shared.samples.add(sample)
        Shared.enough.countDown()
        return sample.index()
    }
}

private class Slow(
    private val free: Long,
) : MapFunction<Sample, Long> {
    override fun map(sample: Sample): Long {
        if (Shared.passed.incrementAndGet() > free) {
            Shared.blocked.countDown()
            Gate.latch.await()
        }
        return sample.index()
    }
}

/** Counts the rows of the model, and how far the model is ahead of the sink. */
private object CountingFactory : SamplerFactory {
    private fun readResolve(): Any = CountingFactory

    override fun open(): Sampler = sampler(
        Watched({ rows ->
            val all = Shared.rows.addAndGet(rows.count().toLong())
            Shared.mostAhead.accumulateAndGet(all - CALLS * Shared.passed.get(), ::maxOf)
            repeat(rows.count()) { Shared.computed.countDown() }
        }),
        euler(),
    ) { prefetch(0) }
}

private object FailingFactory : SamplerFactory {
    private fun readResolve(): Any = FailingFactory

    override fun open(): Sampler =
        sampler(Watched({ error("the model is broken") }), euler()) { faults(FaultPolicy.failStream()) }
}

/** Requests are computed together by a gateway, and delivered as they finish. */
private class GatewayFactory(
    private val order: Order,
) : SamplerFactory {
    override fun open(): Sampler {
        val gateway = Gateway.builder(ring(), Schedulers.boundedElastic()).maxInFlight(2).build()
        return Sampler.builder(gateway).noiseRange(20.0, 0.05).radius(1.0).seed(7).order(order).build()
    }
}

private fun messages(failure: Throwable): String =
    generateSequence(failure) { it.cause }.map { it.message.orEmpty() }.joinToString("\n")

class MiniClusterSpec : StringSpec({
    val cluster = miniCluster()
    val directory = tempdir()

    beforeSpec { cluster.before() }
    afterSpec { cluster.after() }
    beforeTest { Shared.reset() }

    fun environment(parallelism: Int, configure: Configuration.() -> Unit = {}): StreamExecutionEnvironment =
        cluster.environment(parallelism) {
            set(RestartStrategyOptions.RESTART_STRATEGY, "none")
            configure()
        }

    fun StreamExecutionEnvironment.samples(source: SampleSource): DataStream<Sample> =
        fromSource(source, WatermarkStrategy.noWatermarks(), "samples").uid("samples")

    fun <T> DataStream<T>.all(): List<T> = executeAndCollect().use { it.asSequence().toList() }

    for (parallelism in listOf(1, 2, 3, 7)) {
        "with parallelism $parallelism the samples and certificates are those of one process" {
            val source = SampleSource.builder(RingFactory).firstIndex(5).count(200).samplesPerSplit(13).build()
            val all = environment(parallelism).samples(source).all()
            all.sortedBy { it.index() }.map(::bytes) shouldContainExactly sampler().all(5, 205).map(::bytes)
        }
    }

    "a job that is rescaled from a savepoint emits each sample once" {
        val builder = SampleSource.builder(GatedFactory(800)).count(2000).samplesPerSplit(50).readAhead(32)

        fun StreamExecutionEnvironment.job() = apply {
            samples(builder.build()).map(Collect()).uid("collect").sinkTo(DiscardingSink()).uid("sink")
        }
        Gate.latch = CountDownLatch(1)
        Shared.enough = CountDownLatch(500)
        val client = environment(2).job().executeAsync()
        Shared.enough.await(60, TimeUnit.SECONDS) shouldBe true
        val savepoint = client.stopWithSavepoint(false, directory.toURI().toString(), SavepointFormatType.CANONICAL)
            .get(60, TimeUnit.SECONDS)
        val before = Shared.samples.toList()
        Gate.latch.countDown()
        check(before.size < 1000) { "${before.size} samples before the savepoint" }
        val smaller = environment(2) {
            set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint)
            set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
        }
        val fewer = SampleSource.builder(GatedFactory(800)).count(400).samplesPerSplit(50).readAhead(32).build()
        smaller.samples(fewer).map(Collect()).uid("collect").sinkTo(DiscardingSink()).uid("sink")
        messages(shouldThrowAny { smaller.execute() }) shouldContain
            "the number of samples that the job of the checkpoint has begun, was 400; raise count, or start"
        Shared.samples.size shouldBe before.size
        environment(3) { set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint) }.job().execute()
        Shared.samples.sortedBy { it.index() }.map(::bytes) shouldContainExactly
            sampler(solver = euler()).all(0, 2000).map(::bytes)
    }

    "a slow sink holds the source to its read-ahead" {
        val free = 10L
        val readAhead = 32
        // Demand is renewed in quarters, so eight of the samples that have passed are replaced.
        val requested = readAhead + readAhead / 4
        Gate.latch = CountDownLatch(1)
        Shared.computed = CountDownLatch(CALLS * requested)
        Shared.blocked = CountDownLatch(1)
        // The first split has all requested samples: a blocked sink keeps the task from receiving another split.
        val source = SampleSource.builder(CountingFactory).count(300).samplesPerSplit(60).readAhead(readAhead).build()
        val environment = environment(1)
        environment.samples(source).map(Slow(free)).sinkTo(DiscardingSink())
        val client = environment.executeAsync()
        Shared.computed.await(60, TimeUnit.SECONDS) shouldBe true
        Shared.blocked.await(60, TimeUnit.SECONDS) shouldBe true
        Shared.passed.get() shouldBe free + 1
        Shared.rows.get() shouldBe CALLS.toLong() * requested
        Gate.latch.countDown()
        client.jobExecutionResult.get(60, TimeUnit.SECONDS)
        Shared.rows.get() shouldBe CALLS * 300L
        Shared.mostAhead.get() shouldBeLessThanOrEqual CALLS * (readAhead + 1L)
    }

    "a stream that fails ends the job with its cause" {
        // With a read-ahead below 10, the reader requests no second split. Otherwise the response could reach the failed task, and Flink
        // would report that error instead.
        val source = SampleSource.builder(FailingFactory).count(10).readAhead(4).build()
        messages(shouldThrowAny { environment(1).samples(source).all() }) shouldContain "the model is broken"
    }

    "a parallelism above the number of splits ends the job with one error, without a restart" {
        val source = SampleSource.builder(RingFactory).count(20).samplesPerSplit(10).build()
        val environment = environment(3) { set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay") }
        messages(shouldThrowAny { environment.samples(source).all() }) shouldContain
            "parallelism must be at most the number of splits, 2 of 10 samples each, was 3;"
    }

    for (order in Order.values()) {
        "each request has its sample, in order and as they finish, with a sampler of order $order" {
            val requests = (0L until 60L).map { Request.of(it % 5, it / 2) }
            val expected = sampler().all(requests).map(::bytes)
            for (parallelism in listOf(1, 3)) {
                val environment = environment(parallelism)
                val stream = environment.fromData(requests, SampleTypes.REQUEST).rebalance()
                val function = SampleAsyncFunction(GatewayFactory(order))
                val ordered = AsyncDataStream.orderedWait(stream, function, 1, TimeUnit.HOURS, 16).all()
                ordered.map(::bytes) shouldContainExactlyInAnyOrder expected
                if (parallelism == 1) ordered.map(::bytes) shouldContainExactly expected
                AsyncDataStream.unorderedWait(
                    environment(parallelism).fromData(requests, SampleTypes.REQUEST).rebalance(),
                    function,
                    1,
                    TimeUnit.HOURS,
                    16,
                ).all().map(::bytes) shouldContainExactlyInAnyOrder expected
            }
        }
    }
})
