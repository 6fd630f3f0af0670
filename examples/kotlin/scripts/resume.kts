// Appends samples to a file. Each run continues where the previous one stopped, even if that was interrupted. Sample k depends
// only on the seed and k, so the file is the same as that of a single run.
import io.scoreflux.kotlin.*
import kotlinx.coroutines.runBlocking
import kotlin.io.path.*

val file = Path(args.getOrElse(0) { "resumed.csv" })
val count = args.getOrElse(1) { "20" }.toLong()

val source = sampler {
    target { gaussianMixture { for (x in -2..2) component(1.0, doubleArrayOf(x.toDouble(), x * x / 2.0), 0.1) } }
    reverseProcess { from(40.0); to(0.01) }
    seed = 7
}

// The last line of an interrupted run may be incomplete.
val whole = if (file.exists()) file.readText().substringBeforeLast("\n", missingDelimiterValue = "").lines().filter { it.isNotEmpty() } else emptyList()
file.writeLines(whole)
val next = whole.size.toLong()

runBlocking {
    file.bufferedWriter(options = arrayOf(java.nio.file.StandardOpenOption.APPEND)).use { out ->
        source.asFlow(from = next, to = next + count).collect { sample ->
            out.write("${sample.index()},${sample.values().joinToString(",")}\n")
        }
    }
}
println("samples $next to ${next + count - 1} in $file")
