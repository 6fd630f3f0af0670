package io.scoreflux.plots

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.scoreflux.kotlin.asFlow
import io.scoreflux.kotlin.sampler
import io.scoreflux.kotlin.tracesAsFlow
import kotlinx.coroutines.flow.toList
import org.jetbrains.letsPlot.geom.geomPoint
import java.io.File
import javax.imageio.ImageIO
import javax.xml.parsers.DocumentBuilderFactory
import kotlin.math.hypot
import kotlin.math.ln
import kotlin.math.sqrt
import kotlin.random.Random

private val WHITE = Triple(255, 255, 255)

/** Coordinates in the SVG have some fifteen digits; those of paths are rounded, and slight bends left out, below a pixel. */
private const val EXACT = 1e-6
private const val PIXEL = 1.0

/** Whether places are an affine function of values, within a bound; the slope. */
private fun slope(values: List<Double>, places: List<Double>, bound: Double): Double {
    val least = values.indices.minBy { values[it] }
    val most = values.indices.maxBy { values[it] }
    val slope = (places[most] - places[least]) / (values[most] - values[least])
    values.indices.forEach {
        places[it] shouldBe
            ((places[least] + slope * (values[it] - values[least])) plusOrMinus bound)
    }
    return slope
}

class PlotsSpec :
    FunSpec({
        // A Gaussian of deviation 1, whose states go as sqrt(1 + sigma^2): as a variance-preserving process has them, not at all.
        val gaussian = sampler {
            target { gaussianMixture { component(1.0, doubleArrayOf(0.0, 0.0), 1.0) } }
            reverseProcess {
                from(10.0)
                to(0.01)
                stages(12)
            }
            collocation { tolerance = 1e-8 }
        }

        test("a scatter has each sample where it belongs, in one unit, and the y axis up") {
            val samples = gaussian.asFlow(to = 50).toList()
            val points = samples.map { it.values() }
            val drawing = Drawing(gaussian.asFlow(to = 50).toScatter(contours = 0))
            drawing.image.width shouldBe 1280
            drawing.image.height shouldBe 1200
            val circles = drawing.circles()
            circles shouldHaveSize 50
            val across = slope(points.map { it[0] }, circles.map { it.x }, EXACT)
            val up = slope(points.map { it[1] }, circles.map { it.y }, EXACT)
            across shouldBeGreaterThan 0.0
            up shouldBe (-across plusOrMinus 1e-9)
            drawing.words() shouldContainAll listOf("50 samples", "x0 (data's units)", "x1 (data's units)")
        }

        test("a scatter has ink where samples are, and none where there are none") {
            val points = listOf(doubleArrayOf(0.0, 0.0), doubleArrayOf(1.0, 2.0), doubleArrayOf(3.0, 1.0))
            val drawing = Drawing(scatter(points, contours = 0))
            val circles = drawing.circles()
            circles.forEach { (x, y) ->
                val (red, _, blue) = drawing.colour(Place(x, y))
                (blue - red) shouldBeGreaterThan 50
            }
            // Between marks of the axes, and more than three dots from all dots.
            drawing.colour(Place((circles[0].x + circles[1].x) / 2 + 7, (circles[0].y + circles[1].y) / 2 + 7)) shouldBe
                WHITE
        }

        test("contours go round the clusters, inside of the picture, and not between them") {
            val random = Random(1)
            val points = List(400) { i ->
                DoubleArray(2) {
                    (if (i % 2 == 0) -3.0 else 3.0) +
                        sqrt(-2 * ln(1 - random.nextDouble())) * kotlin.math.cos(6.283 * random.nextDouble())
                }
            }
            val drawing = Drawing(scatter(points))
            val circles = drawing.circles()
            circles shouldHaveSize 400
            val lines = drawing.lines(0.7 * 2.2)
            lines.size shouldBeGreaterThan 5
            // Closed, and so not cut off.
            lines.forEach { hypot(it.first().x - it.last().x, it.first().y - it.last().y) shouldBeLessThan PIXEL }
            val low = Place(
                circles.filterIndexed {
                    i,
                    _,
                    ->
                    i % 2 == 0
                }.map { it.x }.average(),
                circles.filterIndexed { i, _ ->
                    i %
                        2 ==
                        0
                }.map { it.y }.average(),
            )
            val high = Place(
                circles.filterIndexed {
                    i,
                    _,
                    ->
                    i % 2 == 1
                }.map { it.x }.average(),
                circles.filterIndexed { i, _ ->
                    i %
                        2 ==
                        1
                }.map { it.y }.average(),
            )
            val orange = { (red, _, blue): Triple<Int, Int, Int> -> red - blue > 120 }
            val side = (high.x - low.x) / 3
            listOf(low, high).forEach {
                drawing.count(
                    Place(it.x - side, it.y - side),
                    Place(it.x + side, it.y + side),
                    orange,
                ) shouldBeGreaterThan
                    500
            }
            val middle = Place((low.x + high.x) / 2, (low.y + high.y) / 2)
            drawing.count(
                Place(middle.x - side / 4, middle.y - side / 4),
                Place(
                    middle.x + side / 4,
                    middle.y + side / 4,
                ),
                orange,
            ) shouldBe
                0
        }

        test("trajectories go down the noise range to the right, each where it belongs") {
            val traces = gaussian.tracesAsFlow(to = 5).toList()
            val drawing = Drawing(trajectories(traces))
            drawing.image.width shouldBe 1280
            drawing.image.height shouldBe 920
            val lines = drawing.lines(0.7 * 2.2)
            lines shouldHaveSize 5
            lines.forEach { line ->
                line.zipWithNext { a, b -> b.x shouldBeGreaterThan a.x - EXACT }
                line.forEach { it.y shouldBe (line[0].y plusOrMinus PIXEL) }
                drawing.colour(line[line.size / 2]) shouldNotBe WHITE
            }
            // Which line is whose is known by their order: they do not cross.
            slope(
                traces.map {
                    it.sample().values()[0]
                }.sortedDescending(),
                lines.map { it[0].y }.sorted(),
                PIXEL,
            ) shouldBeLessThan
                0.0
            drawing.words() shouldContainAll
                listOf("10", "1", "0.1", "0.01", "noise level sigma (data's units, log scale)")
        }

        test("what the denoiser makes of trajectories begins at the mean and ends at the sample") {
            val traces = gaussian.tracesAsFlow(to = 5).toList()
            val lines = Drawing(trajectories(traces, coordinate = 1, way = Way.DENOISED)).lines(0.7 * 2.2)
            val ends = lines.map { it.last().y }.sorted()
            slope(traces.map { it.sample().values()[1] }.sortedDescending(), ends, PIXEL)
            // D(z; 10) = z / 101, and z of the Gaussian's states is sqrt(101) times the sample.
            val spread = ends.last() - ends.first()
            lines.maxOf { it.first().y } - lines.minOf { it.first().y } shouldBe
                (spread / sqrt(101.0) plusOrMinus PIXEL)
        }

        test("error against calls is drawn by logarithms") {
            val points =
                listOf(SolverResult("a", 10.0, 1e-1), SolverResult("a", 25.0, 1e-3), SolverResult("a", 200.0, 2e-9))
            val drawing = Drawing(errorAgainstCalls(points))
            val circles = drawing.circles().take(3)
            slope(points.map { ln(it.calls) }, circles.map { it.x }, EXACT) shouldBeGreaterThan 0.0
            slope(points.map { ln(it.error) }, circles.map { it.y }, EXACT) shouldBeLessThan 0.0
            drawing.lines(0.9 * 2.2) shouldHaveSize 1
            circles.forEach { drawing.colour(it) shouldBe Triple(0x1b, 0x9e, 0x77) }
            drawing.words() shouldContainAll listOf("16", "32", "64", "128", "1e-1", "1e-5", "a")
        }

        test("each solver has its own line") {
            val points = listOf("a", "b").flatMap { name -> listOf(10.0, 20.0).map { SolverResult(name, it, 1 / it) } }
            Drawing(errorAgainstCalls(points)).lines(0.9 * 2.2) shouldHaveSize 2
        }

        test("figures are saved by their files' names, and can be added to") {
            val folder = tempdir()
            val figure = scatter(listOf(doubleArrayOf(0.0, 0.0), doubleArrayOf(1.0, 1.0))) + geomPoint(x = 0.5, y = 0.5)
            val (png, svg) = listOf("a.png", "A.SVG").map { File(folder, it) }
            figure.save(png.path, scale = 1.0)
            figure.save(svg.path)
            ImageIO.read(png).width shouldBe 640
            val xml = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(svg)
            xml.getElementsByTagName("circle").length shouldBe 3
            shouldThrow<IllegalArgumentException> { figure.save(File(folder, "a.pdf").path) }
                .message shouldBe "file must end in .png or .svg, was ${File(folder, "a.pdf")}; rename it"
            folder.list()!!.filter { it.endsWith("pdf") }.shouldBeEmpty()
        }

        test("errors of arguments contain name, rule, value and remedy") {
            listOf(
                { scatter(emptyList()) } to "points must not be empty; give at least one",
                { scatter(listOf(DoubleArray(1))) } to
                    "points must have at least two values, point 0 has 1; draw a histogram",
                { trajectories(emptyList()) } to
                    "traces must contain a sample that did not fail, were 0; collect more",
                { errorAgainstCalls(emptyList()) } to "points must not be empty; give at least one",
                { SolverResult("a", 0.0, 1.0) } to "calls must be finite and greater than 0, was 0.0",
                { SolverResult("a", 1.0, 0.0) } to
                    "error must be finite and greater than 0, was 0.0; leave out exact results",
                { scatter(listOf(DoubleArray(2))).png(Double.NaN) } to
                    "scale must be greater than 0 and at most 20.0, was NaN; 1.5 is usual",
            ).forEach { (wrong, told) -> shouldThrow<IllegalArgumentException> { wrong() }.message shouldBe told }
        }
    })
