package io.scoreflux.grpc

import org.reactivestreams.Publisher
import org.reactivestreams.tck.PublisherVerification
import org.reactivestreams.tck.TestEnvironment
import org.testng.annotations.AfterClass

/** Verifies the publisher of an answer with the Reactive Streams TCK: one array, on the threads of the channel. */
class GrpcTck : PublisherVerification<DoubleArray>(TestEnvironment(500, 100)) {
    private val server = GrpcServer(threeModes())
    private val denoiser = server.builder().open()

    @AfterClass
    fun close() {
        denoiser.close()
        server.close()
    }

    override fun maxElementsFromPublisher(): Long = 1

    override fun createPublisher(elements: Long): Publisher<DoubleArray> = denoiser.denoise(rows(1))

    /** Nothing can fail before a request, so the TCK skips these tests. */
    override fun createFailedPublisher(): Publisher<DoubleArray>? = null
}
