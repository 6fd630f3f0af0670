package io.scoreflux.stream

import io.scoreflux.model.AsyncDenoiser
import io.scoreflux.model.Denoiser
import io.scoreflux.model.Moments
import io.scoreflux.state.Rows
import org.reactivestreams.Publisher
import reactor.core.publisher.Mono
import reactor.core.publisher.MonoSink
import java.util.Optional
import kotlin.random.Random

/** An asynchronous denoiser whose calls wait until the test completes them. For one thread. */
class Desk(private val inner: Denoiser, private val knowsMoments: Boolean = true) : AsyncDenoiser {
    class Pending(val rows: Rows, private val sink: MonoSink<DoubleArray>, private val inner: Denoiser) {
        var cancelled = false

        fun exact() = DoubleArray(rows.count() * rows.dimension()).also { inner.denoise(rows, it) }

        fun answer(numbers: DoubleArray = exact()) = sink.success(numbers)

        fun fail(error: Throwable) = sink.error(error)

        fun complete() = sink.success()
    }

    val pending = ArrayList<Pending>()
    var calls = 0
    var mostPending = 0
    var mostRows = 0

    override fun dimension(): Int = inner.dimension()

    override fun moments(): Optional<Moments> = if (knowsMoments) inner.moments() else Optional.empty()

    override fun denoise(rows: Rows): Publisher<DoubleArray> = Mono.create { sink ->
        val call = Pending(rows, sink, inner)
        calls++
        pending.add(call)
        mostPending = maxOf(mostPending, pending.size)
        mostRows = maxOf(mostRows, rows.count())
        sink.onCancel {
            call.cancelled = true
            pending.remove(call)
        }
    }

    /** Removes and returns a random pending call. */
    fun take(random: Random): Pending = pending.removeAt(random.nextInt(pending.size))

    /** Completes pending calls, in random order, until there are none. */
    fun clear(random: Random = Random(1), handle: (Pending) -> Unit = { it.answer() }) {
        while (pending.isNotEmpty()) handle(take(random))
    }
}
