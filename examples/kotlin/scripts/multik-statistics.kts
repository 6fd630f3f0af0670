// Computes mean and covariance of a stream with Multik, and draws the samples with contours of their density.
import io.scoreflux.kotlin.*
import io.scoreflux.plots.*
import kotlinx.coroutines.flow.*
import kotlinx.coroutines.runBlocking
import org.jetbrains.kotlinx.multik.api.*
import org.jetbrains.kotlinx.multik.api.linalg.dot
import org.jetbrains.kotlinx.multik.ndarray.data.*
import org.jetbrains.kotlinx.multik.ndarray.operations.*

val picture = args.getOrElse(0) { "moons.png" }
val count = args.getOrElse(1) { "1000" }.toLong()

val moons = gaussianMixtureOf {
    component(1.0, mk.ndarray(mk[-1.0, 0.0]), mk.ndarray(mk[mk[0.30, 0.22], mk[0.22, 0.30]]))
    component(1.0, mk.ndarray(mk[1.0, 0.0]), mk.ndarray(mk[mk[0.30, -0.22], mk[-0.22, 0.30]]))
}
val source = sampler {
    target { denoiser(moons) }
    reverseProcess { from(30.0); to(0.01) }
}

runBlocking {
    // From the stream, with memory that does not grow with the number of samples.
    val moments = source.asFlow(to = count).moments()
    println("mean\n${moments.mean()}\ncovariance\n${moments.covariance()}")

    // From a matrix with one sample per row.
    val samples = source.asFlow(to = count).toList()
    val matrix: D2Array<Double> = samples.toD2Array()
    val centred = matrix - mk.ndarray(List(samples.size) { mk.stat.mean<Double, D2, D1>(matrix, 0).toList() })
    println("by matrices\n${mk.linalg.dot(centred.transpose(), centred) / (count - 1.0)}")

    scatter(samples.map { it.values() }, title = "$count samples").save(picture)
    println("wrote $picture")
}
