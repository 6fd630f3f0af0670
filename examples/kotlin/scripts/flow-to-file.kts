// Writes samples to a file of a given size. Samples are computed on demand: only those in the buffer and the prefetch are
// computed and not written.
import io.scoreflux.kotlin.*
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.*
import kotlinx.coroutines.runBlocking
import kotlin.io.path.*

val file = Path(args.getOrElse(0) { "samples.csv" })
val bytes = args.getOrElse(1) { "20000" }.toLong()

val source = sampler {
    target { gaussianMixture { for (x in -2..2) component(1.0, doubleArrayOf(x.toDouble(), x * x / 2.0), 0.1) } }
    reverseProcess { from(40.0); to(0.01) }
    engine { prefetch = 32 }
}

runBlocking {
    file.bufferedWriter().use { out ->
        var written = 0L
        val lines = source.asFlow()
            .filterNot { it.failed() }
            .map { sample -> "${sample.index()},${sample.values().joinToString(",")}\n" }
            .buffer(16)
            .flowOn(Dispatchers.Default) // computes the next samples while this one is written
            .onEach { line ->
                out.write(line)
                written += line.length
            }
            .takeWhile { written < bytes }
            .count() + 1
        println("$lines lines, $written bytes")
    }
    println("${source.progress().started()} samples started")
}
