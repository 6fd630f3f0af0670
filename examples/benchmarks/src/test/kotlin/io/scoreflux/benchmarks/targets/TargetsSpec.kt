package io.scoreflux.benchmarks.targets

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.scoreflux.evaluation.Measurement
import io.scoreflux.model.GaussianMixture
import io.scoreflux.solve.Certificate.Status
import io.scoreflux.state.Rows
import java.nio.file.Files
import kotlin.math.abs
import kotlin.math.sqrt

private const val ROWS = 3

private fun Target.answer(): List<Double> {
    val rows = Rows(denoiser().dimension(), 1)
    rows.append(experiment(toSigma(), 1, 1).state(0), 0, fromSigma())
    val out = DoubleArray(denoiser().dimension())
    denoiser().denoise(rows, out)
    return out.toList()
}

class TargetsSpec : StringSpec({
    "a seed determines the random targets" {
        val targets = Targets.random(5, 3)
        val again = Targets.random(5, 3)
        again.map { it.name() } shouldContainExactly targets.map { it.name() }
        again.map { it.answer() } shouldContainExactly targets.map { it.answer() }
        Targets.random(6, 1).single().answer() shouldNotBe targets[0].answer()
    }

    "there are twelve fixed targets, and their names differ" {
        Targets.fixed().map { it.name() }.distinct().size shouldBe 12
    }

    "references of a Gaussian are exact, at a positive end and at 0, and can be read again" {
        val mean = doubleArrayOf(0.5, -1.0)
        val width = 0.2
        val target = Target.of("gaussian", GaussianMixture.builder(2).component(1.0, mean, width).build())
        val cache = tempdir().toPath()
        for (toSigma in listOf(target.toSigma(), 0.0)) {
            val references = References.of(target, toSigma, 1, ROWS, cache)
            val from = target.fromSigma()
            val scale = sqrt((width * width + toSigma * toSigma) / (width * width + from * from))
            val experiment = target.experiment(toSigma, 1, ROWS)
            for (row in 0 until ROWS) {
                val start = experiment.state(row)
                val exact = DoubleArray(2) { mean[it] + scale * (start[it] - mean[it]) }
                Measurement.distance(references.ends()[row], exact) shouldBeLessThan 1e-12
                references.decides(row, 1e-10) shouldBe true
            }
            val read = References.of(target, toSigma, 1, ROWS, cache)
            read.ends().map { it.toList() } shouldContainExactly references.ends().map { it.toList() }
            read.doubt().toList() shouldContainExactly references.doubt().toList()
        }
    }

    "references are computed again if the target has changed or the file is not complete" {
        val cache = tempdir().toPath()

        fun exact(mean: Double, toSigma: Double) {
            val width = 0.2
            val mixture = GaussianMixture.builder(1).component(1.0, doubleArrayOf(mean), width).build()
            val target = Target("gaussian-1d", mixture, width, 1.0)
            val from = target.fromSigma()
            val scale = sqrt((width * width + toSigma * toSigma) / (width * width + from * from))
            val start = target.experiment(toSigma, 1, 1).state(0)[0]
            val end = References.of(target, toSigma, 1, 1, cache).ends()[0][0]
            abs(end - (mean + scale * (start - mean))) shouldBeLessThan 1e-12
        }
        exact(0.5, 0.02)
        exact(0.6, 0.02)
        exact(0.6, 0.03)
        val files = Files.list(cache).use { it.toList() }
        files.size shouldBe 3
        files.forEach { Files.write(it, ByteArray(8)) }
        exact(0.6, 0.03)
    }

    "unknown names in arguments are errors" {
        fun message(vararg arguments: String) =
            shouldThrow<IllegalArgumentException> { TargetBenchmarks.main(arrayOf(*arguments)) }.message
        message("rows") shouldBe "arguments must be of the form name=value, was 'rows'"
        message("row=3") shouldContain "the name of an argument must be one of table, solvers, budgets,"
        message("table=bounds") shouldBe
            "table must be one of certificates, calls, widths, all, budgets, rare, was 'bounds'"
        message("targets=ring8-2d,ring") shouldContain Regex("targets must be one of ring8-2d, .*, was 'ring'")
    }

    "a row is decided if the references agree to a tenth of the tolerance" {
        val target = Targets.twoModes(0.02)
        val references = References.of(target, target.toSigma(), 1, ROWS, tempdir().toPath())
        references.decides(0, 1e-10) shouldBe true
        References(references.ends(), DoubleArray(ROWS) { 2e-4 }).decides(0, 1e-3) shouldBe false
        References(references.ends(), DoubleArray(ROWS) { 0.9e-4 }).decides(0, 1e-3) shouldBe true
    }

    "a row is silent if it has converged far off with a small estimate" {
        fun row(status: Status, error: Double, estimate: Double) = Row(status, 10, 10, error, estimate)
        row(Status.CONVERGED, 31e-6, 10e-6).isSilent(1e-6) shouldBe true
        row(Status.CONVERGED, 29e-6, 1e-6).isSilent(1e-6) shouldBe false
        row(Status.CONVERGED, 31e-6, 11e-6).isSilent(1e-6) shouldBe false
        row(Status.UNCONVERGED, 31e-6, 1e-6).isSilent(1e-6) shouldBe false
        row(Status.CONVERGED, 1e-6, 11e-6).isHigh(1e-6) shouldBe true
        row(Status.CONVERGED, 1e-6, 11e-6).isHigh(2e-6) shouldBe false
    }

    "the tables have a line for each target" {
        val targets = listOf(Targets.ring(0.05), Targets.random(1, 6)[5])
        val study = Study(targets, ROWS, 1, 4, 5, tempdir().toPath()) {}
        val solved = targets.associateWith { study.solve(it, Contestant.SLIDING) }
        solved.values.flatten().forEach { it.size shouldBe ROWS }
        CertificateTable.lines(study, solved).size shouldBe 4
        CallsTable.lines(study, Contestant.SLIDING, solved).size shouldBe 3
    }
})
