package io.scoreflux.plots

import org.apache.batik.transcoder.TranscoderInput
import org.apache.batik.transcoder.TranscoderOutput
import org.apache.batik.transcoder.image.ImageTranscoder
import org.jetbrains.letsPlot.awt.plot.PlotSvgExport
import org.jetbrains.letsPlot.intern.Plot
import org.jetbrains.letsPlot.intern.toSpec
import java.awt.Color
import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import java.io.StringReader
import java.nio.file.Files
import java.nio.file.Path
import javax.imageio.ImageIO
import kotlin.io.path.extension

/** The figure as SVG. */
public fun Plot.svg(): String = PlotSvgExport.buildSvgImageFromRawSpecs(toSpec())

/**
 * The figure as PNG.
 *
 * @param scale pixels per pixel of the figure, greater than 0
 */
public fun Plot.png(scale: Double = 1.5): ByteArray {
    require(scale > 0 && scale <= LARGEST) {
        "scale must be greater than 0 and at most $LARGEST, was $scale; 1.5 is usual"
    }
    val drawing = svg()
    val width = checkNotNull(WIDTH_OF.find(drawing)) { "the figure's SVG has no width" }.groupValues[1].toDouble()
    val transcoder = Pixels()
    transcoder.addTranscodingHint(ImageTranscoder.KEY_BACKGROUND_COLOR, Color.WHITE)
    transcoder.addTranscodingHint(ImageTranscoder.KEY_WIDTH, (width * scale).toFloat())
    transcoder.addTranscodingHint(ImageTranscoder.KEY_USER_STYLESHEET_URI, SMOOTH)
    val bytes = ByteArrayOutputStream()
    transcoder.transcode(TranscoderInput(StringReader(drawing)), TranscoderOutput(bytes))
    return bytes.toByteArray()
}

/** Without this style, ends of lines are moved to whole pixels, and slight slopes become steps. */
private const val SMOOTH = "data:text/css,path{shape-rendering:geometricPrecision}"

private const val LARGEST = 20.0
private val WIDTH_OF = Regex("width=\"([0-9.]+)\"")

/**
 * Writes the figure to a file, as SVG or PNG according to the extension `.svg` or `.png`.
 *
 * @param scale for PNG, pixels per pixel of the figure
 */
public fun Plot.save(file: Path, scale: Double = 1.5) {
    when (file.extension.lowercase()) {
        "svg" -> Files.writeString(file, svg())
        "png" -> Files.write(file, png(scale))
        else -> throw IllegalArgumentException("file must end in .png or .svg, was $file; rename it")
    }
}

/** Writes the figure to a file with this name; see the other [save]. */
public fun Plot.save(file: String, scale: Double = 1.5) {
    save(Path.of(file), scale)
}

/** Writes images without an alpha channel, which would make files a fifth larger. */
private class Pixels : ImageTranscoder() {
    override fun createImage(width: Int, height: Int) = BufferedImage(width, height, BufferedImage.TYPE_INT_RGB)

    override fun writeImage(image: BufferedImage, output: TranscoderOutput) {
        ImageIO.write(image, "png", output.outputStream)
    }
}
