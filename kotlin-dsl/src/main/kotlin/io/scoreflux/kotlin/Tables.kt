package io.scoreflux.kotlin

import io.scoreflux.Sample
import io.scoreflux.solve.Certificate
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.toList
import java.util.Locale

private const val SHOWN_ROWS = 20
private const val SHOWN_VALUES = 4

/**
 * An immutable list of samples that prints as a table. The table shows the index, status, calls, estimated error and first values of each sample.
 *
 * @sample io.scoreflux.kotlin.examples.batchAsTable
 */
public class SampleBatch(samples: List<Sample>) : AbstractList<Sample>() {
    private val samples = samples.toList()

    override val size: Int get() = samples.size

    override fun get(index: Int): Sample = samples[index]

    /** Returns a header and a line for each of the first twenty samples. */
    override fun toString(): String {
        val most = samples.filterNot { it.failed() }.maxOfOrNull { it.values().size } ?: 0
        val columns = minOf(most, SHOWN_VALUES)
        val head = listOf("index", "status", "calls", "error") +
            List(columns) { "x$it" } + listOfNotNull("...".takeIf { most > columns })
        val lines = samples.take(SHOWN_ROWS).map { line(it, columns, most > columns) }
        val more = size - lines.size
        return (table(listOf(head) + lines) + listOfNotNull("and $more more".takeIf { more > 0 })).joinToString("\n")
    }

    private fun line(sample: Sample, columns: Int, cut: Boolean): List<String> {
        val certificate = sample.certificate()
        val start = listOf(
            sample.index().toString(),
            certificate.status().toString(),
            certificate.calls().toString(),
            errorOf(certificate),
        )
        val failure = certificate.failure()
        return when {
            failure != null -> start + failure.message()
            cut -> start + sample.values().take(columns).map(::number) + "..."
            else -> start + sample.values().map(::number)
        }
    }
}

/** Collects all samples in a list that prints as a table. */
@JvmSynthetic
public suspend fun Flow<Sample>.toBatch(): SampleBatch = SampleBatch(toList())

/**
 * Returns the certificate as a table with one property in each line.
 *
 * @sample io.scoreflux.kotlin.examples.certificateAsTable
 */
@JvmSynthetic
public fun Certificate.toTable(): String {
    val lines = mutableListOf(
        listOf("status", status().toString()),
        listOf("error", errorOf(this)),
        listOf("calls", "${calls()} in ${rounds()} rounds"),
    )
    if (intervals() > 0) {
        lines += listOf("intervals", "${intervals()}, of degree ${lowestDegree()} to ${highestDegree()}")
    }
    rejection()?.let {
        lines += listOf("rejection", "${it.proposals()} proposals for ${it.draws()} draws, ${it.weights()} weights")
        lines += listOf("clipped", "${it.overflows()} weights")
    }
    failure()?.let { lines += listOf("failure", it.message()) }
    return lines.joinToString("\n") { (name, value) -> name.padEnd(10) + value }
}

private fun errorOf(certificate: Certificate) =
    certificate.error().let { if (it.isPresent) String.format(Locale.ROOT, "%.1e", it.asDouble) else "none" }

private fun number(value: Double) = String.format(Locale.ROOT, "%.6g", value)

/** Pads each column to its widest cell. The last cell of an incomplete row does not count, because it can be a message. */
private fun table(rows: List<List<String>>): List<String> {
    val widths = rows.first().indices.map { column ->
        rows.filter { it.size > column + 1 || it.size == rows.first().size }.maxOfOrNull { it[column].length } ?: 0
    }
    return rows.map { row ->
        row.mapIndexed { column, cell -> cell.padStart(widths.getOrElse(column) { 0 }) }.joinToString("  ").trimEnd()
    }
}
