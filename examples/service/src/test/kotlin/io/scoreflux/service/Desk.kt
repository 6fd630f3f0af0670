package io.scoreflux.service

import io.scoreflux.model.Denoiser
import io.scoreflux.state.Rows
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.Semaphore
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicLong

/** Ends a test that would hang; no outcome depends on it. */
const val GUARD_SECONDS = 60L

/** One state at its noise level. */
data class Query(
    val z: List<Double>,
    val sigma: Double,
)

/** An exact denoiser that counts what it is asked and, when told to hold, waits with each call for the test. */
class Desk(
    private val exact: Denoiser,
) : Denoiser {
    val calls = AtomicLong()
    val rows = AtomicLong()

    /** Rows at the largest noise level: each trajectory has one. */
    val started = AtomicLong()

    @Volatile
    private var holds = false
    private val arrived = LinkedBlockingQueue<List<Query>>()
    private val released = Semaphore(0)

    override fun dimension() = exact.dimension()

    override fun moments() = exact.moments()

    override fun denoise(
        asked: Rows,
        out: DoubleArray,
    ) {
        calls.incrementAndGet()
        rows.addAndGet(asked.count().toLong())
        started.addAndGet((0 until asked.count()).count { asked.sigma(it) == FROM_SIGMA }.toLong())
        if (holds) {
            arrived.put((0 until asked.count()).map { asked.query(it) })
            check(released.tryAcquire(GUARD_SECONDS, TimeUnit.SECONDS)) { "the call was never released" }
        }
        exact.denoise(asked, out)
    }

    /** From now on each call waits. */
    fun hold() {
        holds = true
    }

    /** The next call that waits. */
    fun next(): List<Query> = checkNotNull(arrived.poll(GUARD_SECONDS, TimeUnit.SECONDS)) { "no call came" }

    /** Lets the call go that waits. */
    fun release() = released.release()

    /** Lets so many calls go; the one after them waits. */
    fun step(calls: Int) = repeat(calls) {
        release()
        next()
    }

    /** Lets the call go that waits, and all after it. */
    fun open() {
        holds = false
        release()
    }
}

fun Rows.query(row: Int) = Query(values().slice(offset(row) until offset(row) + dimension()), sigma(row))
