package io.scoreflux.flink.job

import com.sun.management.OperatingSystemMXBean
import io.kotest.core.spec.style.FreeSpec
import io.kotest.engine.spec.tempdir
import io.scoreflux.Sample
import io.scoreflux.flink.SampleSource
import io.scoreflux.flink.environment
import io.scoreflux.flink.miniCluster
import jdk.jfr.Recording
import jdk.jfr.consumer.RecordedEvent
import jdk.jfr.consumer.RecordingFile
import org.apache.flink.api.common.eventtime.WatermarkStrategy
import org.apache.flink.streaming.api.datastream.DataStream
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink
import java.lang.management.ManagementFactory
import java.nio.file.Path
import java.time.Duration
import java.util.Locale
import kotlin.concurrent.thread

private const val ROUNDS = 3

/**
 * The cost of Flink, only with -Dspeed. Prints the tables of docs/flink.md: a job against plain streams of the same samples in the same
 * process, as many as the job has subtasks, and the layers in which the processor time is spent. It asserts nothing.
 */
class EngineSpeedSpec :
    FreeSpec({
        val cluster = miniCluster(slots = 2)
        beforeSpec { cluster.before() }
        afterSpec { cluster.after() }

        /** So many streams of one sampler, each on a thread. */
        fun plain(arguments: List<String>, streams: Int, count: Long) {
            val factory = TargetFactory(*arguments.toTypedArray(), "--out", "unused")
            val sampler = factory.open()
            (0 until streams).map { k ->
                val samples = sampler.samples(count * k / streams, count * (k + 1) / streams)
                thread { samples.blockLast() }
            }.forEach { it.join() }
            factory.close()
        }

        /** A job that discards the samples in the task of the source, or in another task. */
        fun job(arguments: List<String>, parallelism: Int, count: Long, channel: Boolean) {
            val environment = cluster.environment(parallelism)
            val source = SampleSource.builder(TargetFactory(*arguments.toTypedArray(), "--out", "unused"))
                .count(count).build()
            val samples: DataStream<Sample> =
                environment.fromSource(source, WatermarkStrategy.noWatermarks(), "samples")
            (if (channel) samples.rebalance() else samples).sinkTo(DiscardingSink())
            environment.execute()
        }

        "a job against a plain stream".config(enabled = System.getProperty("speed") != null) {
            println(
                "| target | parallelism | plain, samples a second | job: speed, processor time |" +
                    " with a channel: speed, processor time |",
            )
            println("|---|---|---|---|---|")
            for ((arguments, count) in TARGETS) {
                for (parallelism in 1..2) {
                    val runs = listOf(
                        { n: Long -> plain(arguments, parallelism, n) },
                        { n: Long -> job(arguments, parallelism, n, false) },
                        { n: Long -> job(arguments, parallelism, n, true) },
                    )
                    runs.forEach { it(count / 2) }
                    val spent = runs.map { Spent() }
                    // In turn, so that other programs of the machine disturb all of them alike.
                    repeat(ROUNDS) { runs.zip(spent).forEach { (run, sum) -> sum.measure { run(count) } } }
                    println(
                        "| `%s` | %d | %.0f | %.2f, %.2f | %.2f, %.2f |".format(
                            Locale.ROOT,
                            arguments[1].substringAfterLast('/'),
                            parallelism,
                            ROUNDS * count / spent[0].seconds,
                            spent[0].seconds / spent[1].seconds,
                            spent[1].processor / spent[0].processor,
                            spent[0].seconds / spent[2].seconds,
                            spent[2].processor / spent[0].processor,
                        ),
                    )
                }
            }
            val (arguments, count) = TARGETS.first()
            val start = Spent()
            repeat(ROUNDS) { start.measure { job(arguments, 1, 1, false) } }
            println("a job of one sample: %.2f s".format(Locale.ROOT, start.seconds / ROUNDS))
        }

        "the layers that take the processor time".config(enabled = System.getProperty("speed") != null) {
            println("| layer, `ring8`, parallelism 1 | plain | job | with a channel |")
            println("|---|---|---|---|")
            val (arguments, count) = TARGETS.first()
            val file = tempdir().toPath().resolve("profile.jfr")
            val profiles = listOf(
                profile(file) { plain(arguments, 1, count) },
                profile(file) { job(arguments, 1, count, false) },
                profile(file) { job(arguments, 1, count, true) },
            )
            for (layer in profiles.flatMap { it.keys }.distinct()) {
                println(
                    "| $layer | " + profiles.joinToString(" | ") { profile ->
                        "%.1f %%".format(Locale.ROOT, 100.0 * (profile[layer] ?: 0) / profile.values.sum())
                    } + " |",
                )
            }
        }
    })

private val TARGETS = listOf(
    listOf("--target", "ring8", "--tolerance", "1e-4") to 30_000L,
    listOf("--target", "../digits/digits.json", "--tolerance", "1e-3", "--fixed-rows", "64") to 128L,
)

private class Spent {
    var seconds = 0.0
    var processor = 0.0

    fun measure(run: () -> Unit) {
        val system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean::class.java)
        val start = System.nanoTime()
        val used = system.processCpuTime
        run()
        seconds += 1e-9 * (System.nanoTime() - start)
        processor += 1e-9 * (system.processCpuTime - used)
    }
}

/** The number of times that a thread was found in each layer. */
private fun profile(file: Path, run: () -> Unit): Map<String, Int> {
    Recording().use { recording ->
        recording.enable("jdk.ExecutionSample").withPeriod(Duration.ofMillis(10))
        recording.start()
        run()
        recording.stop()
        recording.dump(file)
    }
    return RecordingFile.readAllEvents(file).groupingBy(::layer).eachCount().toSortedMap()
}

/** The layer of the topmost frame that has one. */
private fun layer(event: RecordedEvent): String {
    for (frame in event.stackTrace?.frames.orEmpty()) {
        val name = frame.method.type.name
        return when {
            name.startsWith("io.scoreflux.flink.SampleFormat") -> "serializer of samples"
            name.startsWith("io.scoreflux.flink.") -> "reader of the source"
            name.startsWith("io.scoreflux.internal.stream.") || name.startsWith("reactor.") -> "stream of samples"
            name.startsWith("io.scoreflux.") -> "model and solver"
            name.startsWith("org.apache.flink.") -> "Flink"
            else -> continue
        }
    }
    return "other"
}
