package io.scoreflux.flink

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.Sample
import io.scoreflux.Sampler
import io.scoreflux.stream.FaultPolicy
import io.scoreflux.stream.Order
import io.scoreflux.stream.Stage
import org.apache.flink.api.connector.source.ReaderOutput
import org.apache.flink.connector.testutils.source.reader.TestingReaderContext
import org.apache.flink.connector.testutils.source.reader.TestingReaderOutput
import org.apache.flink.core.io.InputStatus
import org.apache.flink.runtime.execution.SuppressRestartsException
import reactor.core.scheduler.Scheduler
import reactor.core.scheduler.Schedulers
import java.io.IOException
import java.util.UUID
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicLong
import kotlin.concurrent.thread

/** A reader that computes on the thread of the test, so that the numbers of rows are exact. */
private class Reading(
    sampler: Sampler,
    readAhead: Int,
    scheduler: Scheduler = Schedulers.immediate(),
) : AutoCloseable {
    val context = TestingReaderContext()
    val output = TestingReaderOutput<Sample>()
    val released = ArrayList<String>()
    var closed = 0

    private val factory = object : SamplerFactory {
        override fun open() = sampler

        override fun close() {
            closed++
        }
    }
    val reader = SampleReader(
        context,
        { SharedSampler.open(UUID.randomUUID().toString(), factory) },
        readAhead,
        scheduler,
    )

    fun start(vararg splits: SampleSplit) = apply {
        reader.addSplits(splits.toList())
        reader.start()
    }

    private val recording = object : ReaderOutput<Sample> by output {
        override fun releaseOutputForSplit(splitId: String) {
            released += splitId
        }
    }

    fun poll(): InputStatus = reader.pollNext(recording)

    /** Polls until the reader ends or has nothing available. */
    fun drain(): List<Long> {
        do {
            val status = poll()
            if (status == InputStatus.NOTHING_AVAILABLE) reader.isAvailable().get()
        } while (status != InputStatus.END_OF_INPUT)
        return indices()
    }

    fun indices(): List<Long> = output.emittedRecords.map { it.index() }

    override fun close() = reader.close()
}

class ReaderSpec : StringSpec({
    val rows = AtomicLong()
    val counted = Watched({ rows.addAndGet(it.count().toLong()) })

    fun counting(prefetch: Int = 0): Sampler {
        rows.set(0)
        return sampler(counted, euler()) { prefetch(prefetch) }
    }

    for (readAhead in listOf(0, 1, 3, 8, 100)) {
        "a reader with read-ahead $readAhead emits the samples of its splits in order" {
            Reading(sampler(), readAhead).use { reading ->
                reading.start(SampleSplit(3, 20), SampleSplit(40, 45))
                reading.reader.notifyNoMoreSplits()
                reading.drain() shouldContainExactly (3L..19L) + (40L..44L)
                reading.output.emittedRecords shouldContainExactly sampler().all(3, 20) + sampler().all(40, 45)
                reading.poll() shouldBe InputStatus.END_OF_INPUT
                reading.reader.snapshotState(1).shouldBeEmpty()
            }
        }

        "a reader with read-ahead $readAhead computes no more than that" {
            Reading(counting(), readAhead).use { reading ->
                reading.start(SampleSplit(0, 20), SampleSplit(20, 200))
                for (emitted in 0..150) {
                    val most = emitted + readAhead.coerceAtLeast(1)
                    check(rows.get() <= CALLS.toLong() * most) { "${rows.get()} rows after $emitted samples" }
                    reading.poll()
                    if (reading.indices().size == emitted) reading.poll()
                    reading.indices().size shouldBe emitted + 1
                }
            }
        }
    }

    "with read-ahead 0, samples are computed when Flink asks for them" {
        Reading(counting(), 0).use { reading ->
            reading.start(SampleSplit(0, 10))
            rows.get() shouldBe 0
            reading.reader.isAvailable().isDone shouldBe true
            reading.drainTo(3)
            rows.get() shouldBe 3L * CALLS
        }
    }

    "the sampler's prefetch comes on top of the read-ahead" {
        Reading(counting(prefetch = 16), 4).use { reading ->
            reading.start(SampleSplit(0, 1000))
            reading.drainTo(40)
            check(rows.get() <= CALLS * (40L + 4 + 16)) { "${rows.get()} rows" }
        }
    }

    "a reader takes two splits at a time, so that others find some in a small run" {
        Reading(counting(), 100).use { reading ->
            reading.start(SampleSplit(0, 10))
            reading.context.numSplitRequests shouldBe 1
            reading.reader.addSplits(listOf(SampleSplit(10, 20)))
            reading.drainTo(9)
            reading.context.numSplitRequests shouldBe 1
            rows.get() shouldBe 20L * CALLS
            reading.drainTo(11)
            reading.context.numSplitRequests shouldBe 2
        }
    }

    "a reader that was restored with many splits computes two at a time" {
        Reading(counting(), 100).use { reading ->
            reading.start(*(0L until 50 step 10).map { SampleSplit(it, it + 10) }.toTypedArray())
            rows.get() shouldBe 20L * CALLS
            reading.reader.notifyNoMoreSplits()
            reading.drain() shouldContainExactly (0L until 50).toList()
        }
    }

    "streams of consecutive splits overlap within the read-ahead" {
        Reading(counting(), 8).use { reading ->
            reading.start(SampleSplit(0, 4), SampleSplit(4, 8), SampleSplit(8, 12))
            rows.get() shouldBe 8L * CALLS
        }
    }

    "a checkpoint holds the next index to emit, and a restored reader computes the rest again" {
        for (readAhead in listOf(0, 1, 6, 50)) {
            val first = Reading(
                sampler(),
                readAhead,
            ).start(SampleSplit(0, 10), SampleSplit(10, 20), SampleSplit(20, 30))
            first.drainTo(13)
            val state = first.reader.snapshotState(1)
            state shouldContainExactly listOf(SampleSplit(13, 20), SampleSplit(20, 30))
            first.close()
            Reading(sampler(), readAhead).use { second ->
                second.start(*state.toTypedArray())
                second.reader.notifyNoMoreSplits()
                first.indices() + second.drain() shouldContainExactly (0L..29L).toList()
            }
        }
    }

    "a reader asks for one split at a time, and for no more after the last one" {
        Reading(sampler(), 4).use { reading ->
            reading.start()
            reading.context.numSplitRequests shouldBe 1
            reading.poll() shouldBe InputStatus.NOTHING_AVAILABLE
            val available = reading.reader.isAvailable()
            available.isDone shouldBe false
            reading.context.numSplitRequests shouldBe 1
            reading.reader.addSplits(listOf(SampleSplit(0, 3)))
            available.isDone shouldBe true
            reading.drainTo(3)
            reading.poll() shouldBe InputStatus.NOTHING_AVAILABLE
            reading.context.numSplitRequests shouldBe 2
            reading.reader.notifyNoMoreSplits()
            reading.poll() shouldBe InputStatus.END_OF_INPUT
            reading.context.numSplitRequests shouldBe 2
        }
    }

    "a split is released after its last sample, so that Flink does not keep its metrics" {
        Reading(sampler(), 4).use { reading ->
            reading.start(SampleSplit(0, 3), SampleSplit(3, 9)).reader.notifyNoMoreSplits()
            reading.drainTo(3)
            reading.released.shouldBeEmpty()
            reading.drainTo(4)
            reading.released shouldContainExactly listOf("3")
            reading.drain()
            reading.released shouldContainExactly listOf("3", "9")
        }
    }

    "a failed sample is an element" {
        val broken = sampler(Watched({ error("broken") }), euler())
        Reading(broken, 4).use { reading ->
            reading.start(SampleSplit(0, 3)).reader.notifyNoMoreSplits()
            reading.drain() shouldContainExactly listOf(0L, 1L, 2L)
            reading.output.emittedRecords.all { it.failed() } shouldBe true
        }
    }

    "samples that the sampler skips leave a gap" {
        val skipping = sampler(solver = euler()) { afterStage(0, Stage.filter { it.index() % 3 == 0L }) }
        for (readAhead in listOf(0, 1, 5, 100)) {
            Reading(skipping, readAhead).use { reading ->
                reading.start(SampleSplit(0, 10), SampleSplit(10, 20)).reader.notifyNoMoreSplits()
                reading.drain() shouldContainExactly (0L..18L step 3).toList()
            }
        }
    }

    "a stream that fails ends the reader with its cause" {
        val failing = sampler(Watched({ error("broken") }), euler()) { faults(FaultPolicy.failStream()) }
        Reading(failing, 4).use { reading ->
            reading.start(SampleSplit(5, 9))
            val e = shouldThrow<IOException> { reading.drain() }
            e.message shouldContain "the stream of samples 5 to 8 failed: "
            generateSequence(e as Throwable) { it.cause }.map { it.message.orEmpty() }.joinToString() shouldContain
                "broken"
        }
    }

    "a sampler that delivers samples as they finish is refused" {
        val ready = sampler { order(Order.AS_READY) }
        Reading(ready, 4).use { reading ->
            val e = shouldThrow<SuppressRestartsException> { reading.start() }
            e.cause!!.message shouldBe
                "order must be BY_INDEX in a source, whose checkpoints hold the next index, was" +
                " AS_READY; leave out the order of the sampler"
        }
    }

    "closing a reader stops the computation and closes the sampler" {
        val reading = Reading(counting(), 1)
        reading.start(SampleSplit(0, 100))
        reading.drainTo(5)
        reading.close()
        rows.get() shouldBe 6L * CALLS
        reading.closed shouldBe 1
    }

    "a reader on its own thread emits the same samples" {
        Reading(sampler(), 16, Schedulers.newSingle("reader", true)).use { reading ->
            reading.start(SampleSplit(0, 50), SampleSplit(50, 90)).reader.notifyNoMoreSplits()
            reading.drain()
            reading.output.emittedRecords shouldContainExactly sampler().all(0, 90)
        }
    }

    "subtasks of one process share a sampler until the last one ends" {
        var opened = 0
        var closed = 0
        val factory = object : SamplerFactory {
            override fun open(): Sampler = sampler().also { opened++ }

            override fun close() {
                closed++
            }
        }
        val id = UUID.randomUUID().toString()
        val first = SharedSampler.open(id, factory)
        val second = SharedSampler.open(id, factory)
        (first.sampler() === second.sampler()) shouldBe true
        first.close()
        listOf(opened, closed) shouldContainExactly listOf(1, 0)
        second.close()
        listOf(opened, closed) shouldContainExactly listOf(1, 1)
        SharedSampler.open(id, factory).close()
        listOf(opened, closed) shouldContainExactly listOf(2, 2)
    }

    "a subtask that comes while the last one closes the sampler waits, and opens it again" {
        val events = ConcurrentLinkedQueue<String>()
        val closing = CountDownLatch(1)
        val gate = CountDownLatch(1)

        fun factory(name: String) = object : SamplerFactory {
            override fun open(): Sampler = sampler().also { events += "$name opened" }

            override fun close() {
                closing.countDown()
                gate.await()
                events += "$name closed"
            }
        }
        val id = UUID.randomUUID().toString()
        val first = SharedSampler.open(id, factory("first"))
        val ending = thread { first.close() }
        closing.await()
        val beginning = thread { SharedSampler.open(id, factory("second")).close() }
        while (beginning.state != Thread.State.BLOCKED && beginning.state != Thread.State.WAITING &&
            beginning.isAlive
        ) {
            Thread.onSpinWait()
        }
        gate.countDown()
        ending.join()
        beginning.join()
        events.toList() shouldContainExactly listOf("first opened", "first closed", "second opened", "second closed")
    }

    "a sampler that cannot be opened is not closed, and is opened again by the next user" {
        var attempts = 0
        var closed = 0
        val factory = object : SamplerFactory {
            override fun open(): Sampler = if (++attempts == 1) error("no model") else sampler()

            override fun close() {
                closed++
            }
        }
        val id = UUID.randomUUID().toString()
        shouldThrow<IllegalStateException> { SharedSampler.open(id, factory) }.message shouldBe "no model"
        SharedSampler.open(id, factory).close()
        listOf(attempts, closed) shouldContainExactly listOf(2, 1)
    }
})

private fun Reading.drainTo(count: Int) {
    while (indices().size < count) poll()
}
