// Mean and covariance of a stream by Multik, beside the exact ones, and a picture with contours of the density.
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
    // As they come, in memory that does not grow with their number.
    val moments = source.asFlow(to = count).moments()
    println("mean\n${moments.mean()}\ncovariance\n${moments.covariance()}")

    // All of them in one matrix, a sample in each row.
    val samples = source.asFlow(to = count).toList()
    val matrix: D2Array<Double> = samples.toD2Array()
    val centred = matrix - mk.ndarray(List(samples.size) { mk.stat.mean<Double, D2, D1>(matrix, 0).toList() })
    println("by matrices\n${mk.linalg.dot(centred.transpose(), centred) / (count - 1.0)}")

    scatter(samples.map { it.values() }, title = "$count samples").save(picture)
    println("see $picture")
}
