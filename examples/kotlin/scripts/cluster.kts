// Simulates a run on many machines: how long it takes with slow machines and failures, for several divisions of the samples.
// The distribution of calls per sample comes from a CSV file of samples. Arguments: the file, the number of samples, the number of machines,
// seconds per call, days between failures of a machine, the share of slow machines.
import java.io.File
import java.util.PriorityQueue
import java.util.Random
import kotlin.math.*

val file = File(args[0])
val samples = args.getOrElse(1) { "1e10" }.toDouble()
val machines = args.getOrElse(2) { "40" }.toInt()
val secondsPerCall = args.getOrElse(3) { "3e-6" }.toDouble()
val daysToFailure = args.getOrElse(4) { "10" }.toDouble()
val slowShare = args.getOrElse(5) { "0.1" }.toDouble()

val restart = 60.0 // seconds until a failed machine, or its replacement, works again
val slowness = 2.0 // how many times longer a slow machine takes
val day = 86_400.0

val column = file.useLines { it.first().split(",").indexOf("calls") }
val calls = file.useLines { lines -> lines.drop(1).map { it.split(",")[column].toDouble() }.toList() }
val mean = calls.average()
val deviation = sqrt(calls.sumOf { (it - mean) * (it - mean) } / calls.size)

/** What a run costs: its duration in seconds, and the share of work that failures lost. */
class Cost(val seconds: Double, val lost: Double)

/** One machine after another takes the next shard when it is free. Each shard is computed part by part; a failure loses the part. */
fun simulate(shards: Int, partSize: Double, seed: Long): Cost {
    val random = Random(seed)
    val factor = DoubleArray(machines) { if (it < round(slowShare * machines)) slowness else 1.0 }
    val failure = DoubleArray(machines) { -ln(1 - random.nextDouble()) * daysToFailure * day }
    val free = PriorityQueue(compareBy<Pair<Double, Int>>({ it.first }, { it.second }))
    repeat(machines) { free += 0.0 to it }
    var lost = 0.0
    var work = 0.0
    repeat(shards) {
        val (start, machine) = free.remove()
        var now = start
        var left = samples / shards
        while (left > 0) {
            val size = min(partSize, left)
            // The sum of the calls of independent samples is almost normal.
            val sum = size * mean + sqrt(size) * deviation * random.nextGaussian()
            val seconds = sum * secondsPerCall * factor[machine]
            if (now + seconds <= failure[machine]) {
                now += seconds
                work += seconds
                left -= size
            } else {
                lost += max(0.0, failure[machine] - now)
                now = max(now, failure[machine]) + restart
                failure[machine] = now - ln(1 - random.nextDouble()) * daysToFailure * day
            }
        }
        free += now to machine
    }
    return Cost(free.maxOf { it.first }, lost / work)
}

val speed = machines * (1 - round(slowShare * machines) / machines * (1 - 1 / slowness))
val ideal = samples * mean * secondsPerCall / speed

fun shown(seconds: Double) = "%.2f d".format(java.util.Locale.ROOT, seconds / day)

println("calls per sample: mean %.1f, standard deviation %.1f, of %d samples".format(java.util.Locale.ROOT, mean, deviation, calls.size))
println("%.3g samples on %d machines, %.3g s a call: at least %s".format(java.util.Locale.ROOT, samples, machines, secondsPerCall, shown(ideal)))
println("| shards | part size | duration | over the least | lost work |")
println("|---|---|---|---|---|")
for (shards in listOf(machines, 4 * machines, 16 * machines, 64 * machines)) {
    for (partSize in listOf(1e4, 1e5, 1e6)) {
        val costs = (1L..5L).map { simulate(shards, partSize, it) }
        val seconds = costs.map { it.seconds }.average()
        println(
            "| %d | %.0f | %s | %.2f | %.3f %% |".format(
                java.util.Locale.ROOT, shards, partSize, shown(seconds), seconds / ideal, 100 * costs.map { it.lost }.average(),
            ),
        )
    }
}
