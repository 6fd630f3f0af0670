package io.scoreflux.model.remote

import io.scoreflux.bimodal
import io.scoreflux.state.Rows
import org.reactivestreams.Publisher
import org.reactivestreams.tck.PublisherVerification
import org.reactivestreams.tck.TestEnvironment
import org.testng.annotations.AfterClass

/** Verifies the publisher of an answer with the Reactive Streams TCK: one array, on the threads of the client. */
class InferenceTck : PublisherVerification<DoubleArray>(TestEnvironment(500, 100)) {
    private val server = InferenceServer(bimodal())
    private val denoiser = server.builder().open()
    private val rows = Rows(1, 1).apply { append(doubleArrayOf(0.5), 0, 1.0) }

    @AfterClass
    fun close() = server.close()

    override fun maxElementsFromPublisher(): Long = 1

    override fun createPublisher(elements: Long): Publisher<DoubleArray> = denoiser.denoise(rows)

    /** Nothing can fail before a request, so the TCK skips these tests. */
    override fun createFailedPublisher(): Publisher<DoubleArray>? = null
}
