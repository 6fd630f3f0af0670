package io.scoreflux.plots

import org.jetbrains.letsPlot.intern.Plot
import org.w3c.dom.Element
import java.awt.image.BufferedImage
import java.io.ByteArrayInputStream
import javax.imageio.ImageIO
import javax.xml.parsers.DocumentBuilderFactory

private val TRANSLATION = Regex("translate\\(([-0-9.E]+) ([-0-9.E]+) *\\)")
private val VERTEX = Regex("[ML]([-0-9.E]+) ([-0-9.E]+)")

/** A place in a figure, in its own pixels. */
internal data class Place(val x: Double, val y: Double)

/** What a figure's SVG holds of a kind of element, and the pixels of its PNG. */
internal class Drawing(figure: Plot, val scale: Double = 2.0) {
    private val root: Element = DocumentBuilderFactory.newInstance().newDocumentBuilder()
        .parse(ByteArrayInputStream(figure.svg().toByteArray())).documentElement
    val image: BufferedImage = ImageIO.read(ByteArrayInputStream(figure.png(scale)))

    /** Centres of circles, but for those of a legend. */
    fun circles(): List<Place> = elements("circle").map { at(it, it.number("cx"), it.number("cy")) }

    /** The vertices of each line of this thickness that is not filled. */
    fun lines(thickness: Double): List<List<Place>> =
        elements("path").filter {
            it.getAttribute("fill") == "none" &&
                Math.abs(it.number("stroke-width") - thickness) < 1e-9
        }
            .map { path ->
                VERTEX.findAll(path.getAttribute("d")).map {
                    at(path, it.groupValues[1].toDouble(), it.groupValues[2].toDouble())
                }
                    .toList()
            }

    fun words(): List<String> = elements("text").map { it.textContent.trim() }

    /** The colour there, as red, green and blue. */
    fun colour(place: Place): Triple<Int, Int, Int> {
        val rgb = image.getRGB((place.x * scale).toInt(), (place.y * scale).toInt())
        return Triple(rgb shr 16 and 255, rgb shr 8 and 255, rgb and 255)
    }

    /** Pixels of such a colour in a rectangle. */
    fun count(from: Place, to: Place, colour: (Triple<Int, Int, Int>) -> Boolean): Int {
        var found = 0
        for (y in (from.y * scale).toInt()..<(to.y * scale).toInt()) {
            for (x in (from.x * scale).toInt()..<(to.x * scale).toInt()) {
                if (colour(colour(Place((x + 0.5) / scale, (y + 0.5) / scale)))) found++
            }
        }
        return found
    }

    private fun elements(name: String): List<Element> {
        val found = root.getElementsByTagName(name)
        return List(found.length) { found.item(it) as Element }
    }

    private fun at(element: Element, x: Double, y: Double): Place =
        generateSequence(element) { it.parentNode as? Element }.fold(Place(x, y)) { place, it ->
            val moved = TRANSLATION.find(it.getAttribute("transform"))?.groupValues?.drop(1)?.map(String::toDouble)
            if (moved == null) place else Place(place.x + moved[0], place.y + moved[1])
        }

    private fun Element.number(name: String) = getAttribute(name).toDoubleOrNull() ?: Double.NaN
}
