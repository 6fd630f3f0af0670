package io.scoreflux.service.page

import io.scoreflux.service.await
import org.openqa.selenium.By
import org.openqa.selenium.Keys
import org.openqa.selenium.chrome.ChromeDriver
import org.openqa.selenium.chrome.ChromeDriverService
import org.openqa.selenium.chrome.ChromeOptions
import org.openqa.selenium.interactions.Actions
import org.openqa.selenium.logging.LogType
import org.openqa.selenium.logging.LoggingPreferences
import java.io.File
import java.time.Duration
import java.util.logging.Level

private const val SCRIPT_SECONDS = 60L

private val FLAGS = listOf(
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--disable-dev-shm-usage",
)

/**
 * Keeps the texts of canvases with their places, and does not draw them: on a busy machine, the edges of glyphs differ
 * by a shade from one painting to the next.
 */
private const val TEXTS_OF_CANVASES = """
    const { clearRect } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.clearRect = function (...box) {
        this.canvas.texts = [];
        return clearRect.apply(this, box);
    };
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
        (this.canvas.texts ??= []).push([text, x.toFixed(2), y.toFixed(2)].join(' '));
    };
"""

/** The programs of a browser on the path. */
class Programs(
    val browser: File,
    val driver: File,
) {
    companion object {
        /** Chromium or Chrome with its driver; null if this machine does not have both. */
        fun find(): Programs? {
            val browser = listOf("chromium", "chromium-browser", "google-chrome").firstNotNullOfOrNull(::onPath)
            val driver = onPath("chromedriver")
            return if (browser == null || driver == null) null else Programs(browser, driver)
        }

        private fun onPath(name: String): File? = System
            .getenv("PATH")
            .orEmpty()
            .split(File.pathSeparator)
            .map { File(it, name) }
            .firstOrNull { it.canExecute() }
    }
}

/** A browser without a window, which prefers reduced motion and a light scheme until told otherwise. */
class Browser(
    programs: Programs,
) : AutoCloseable {
    private val driver = ChromeDriver(
        ChromeDriverService
            .Builder()
            .usingDriverExecutable(programs.driver)
            .usingAnyFreePort()
            .build(),
        ChromeOptions()
            .setBinary(programs.browser)
            .addArguments(FLAGS)
            .apply {
                setCapability(
                    "goog:loggingPrefs",
                    LoggingPreferences().apply { enable(LogType.BROWSER, Level.WARNING) },
                )
            },
    ).apply { manage().timeouts().scriptTimeout(Duration.ofSeconds(SCRIPT_SECONDS)) }

    init {
        driver.executeCdpCommand("Page.addScriptToEvaluateOnNewDocument", mapOf("source" to TEXTS_OF_CANVASES))
        look()
    }

    /** Sets the window and what the reader prefers. */
    fun look(
        width: Int = 1_280,
        dark: Boolean = false,
        motion: Boolean = false,
    ) {
        driver.executeCdpCommand(
            "Emulation.setDeviceMetricsOverride",
            mapOf("width" to width, "height" to 900, "deviceScaleFactor" to 2, "mobile" to false),
        )
        val features = mapOf(
            "prefers-color-scheme" to if (dark) "dark" else "light",
            "prefers-reduced-motion" to if (motion) "no-preference" else "reduce",
        )
        driver.executeCdpCommand(
            "Emulation.setEmulatedMedia",
            mapOf("features" to features.map { (name, value) -> mapOf("name" to name, "value" to value) }),
        )
    }

    fun open(address: String) {
        // An address that differs only in its fragment would not load the page again.
        driver.get("about:blank")
        driver.get(address)
    }

    fun script(
        code: String,
        vararg arguments: Any?,
    ): Any? = driver.executeScript(code, *arguments)

    /** Runs a script that calls its last argument at its end. */
    fun wait(
        code: String,
        vararg arguments: Any?,
    ): Any? = driver.executeAsyncScript(code, *arguments)

    fun text(id: String) = script("return document.getElementById(arguments[0]).textContent", id) as String

    fun attribute(
        id: String,
        name: String,
    ) = script("return document.getElementById(arguments[0]).getAttribute(arguments[1])", id, name) as String?

    /** A counter of the page. */
    fun count(id: String) = text(id).replace(",", "").toLong()

    fun isVisible(id: String): Boolean = driver.findElement(By.id(id)).isDisplayed

    fun click(id: String) = driver.findElement(By.id(id)).click()

    fun type(
        id: String,
        text: String,
    ) = driver.findElement(By.id(id)).run {
        clear()
        sendKeys(text)
    }

    /** Presses keys, wherever the focus is. */
    fun press(vararg keys: CharSequence) = Actions(driver).sendKeys(*keys).perform()

    fun pressBack() = Actions(driver)
        .keyDown(Keys.SHIFT)
        .sendKeys(Keys.TAB)
        .keyUp(Keys.SHIFT)
        .perform()

    /** The id of the element with the focus, else its class or name. */
    fun focus() = script(
        "const e = document.activeElement; return e.id || e.className || e.tagName.toLowerCase()",
    ) as String

    /** The state of the run, "" before the first. */
    fun state() = script("return document.body.dataset.state || ''") as String

    fun awaitState(state: String) = await("state $state; it is ${state()}: ${text("status")} ${text("problem")}") {
        state() == state
    }

    fun awaitShown(samples: Long) = await("$samples samples") { count("shown") >= samples }

    fun awaitStatus(part: String) = await("a status with '$part'") { part in text("status") }

    fun awaitReady() = awaitStatus("Ready")

    /** Returns after so many frames, in which the page could have asked for samples. */
    fun frames(frames: Int) {
        wait(
            """
            const done = arguments[arguments.length - 1];
            let rest = arguments[0];
            const next = () => rest-- > 0 ? requestAnimationFrame(next) : done();
            next();
            """,
            frames,
        )
    }

    /** From now on, the page's streams are known. */
    fun recordStreams() {
        script(
            """
            const streams = window.streams = [];
            const original = window.fetch;
            window.fetch = (address, options) => {
                if (String(address).includes('format=events')) streams.push(options.signal);
                return original(address, options);
            };
            """,
        )
    }

    /** How many of them the page has not closed: those would connect again. */
    fun openStreams() = script("return new Set(streams.filter(s => !s.aborted)).size") as Long

    /** From now on, each status that the page shows is known. */
    fun recordStatus() {
        script(
            """
            const status = document.getElementById('status');
            const shown = window.shownStatus = [];
            new MutationObserver(() => shown.push(document.body.dataset.state + ': ' + status.textContent))
                .observe(status, { childList: true, characterData: true, subtree: true });
            """,
        )
    }

    /** What the status has been, with the state of the run. */
    fun recordedStatus() = (script("return window.shownStatus") as List<*>).map { it as String }

    /** Clicks an element as soon as the text of another one changes. */
    fun clickOnChange(
        id: String,
        watched: String,
    ) {
        script(
            """
            const button = document.getElementById(arguments[0]);
            const observer = new MutationObserver(() => {
                observer.disconnect();
                button.click();
            });
            const changes = { childList: true, characterData: true, subtree: true };
            observer.observe(document.getElementById(arguments[1]), changes);
            """,
            id,
            watched,
        )
    }

    /** Selects an option by its value. */
    fun choose(
        id: String,
        value: String,
    ) {
        script(
            """
            const select = document.getElementById(arguments[0]);
            select.value = arguments[1];
            select.dispatchEvent(new Event('input', { bubbles: true }));
            """,
            id,
            value,
        )
    }

    /** The value of a field. */
    fun value(id: String) = script("return document.getElementById(arguments[0]).value", id) as String

    /** The pixels and the texts of the picture of all samples. */
    fun picture(): String {
        // Painted within two frames after the last change.
        frames(3)
        return script(
            "const p = document.getElementById('picture'); return p.toDataURL() + ' ' + p.texts.join(', ')",
        ) as String
    }

    /** Errors and warnings on the console since the last question. */
    fun complaints(): List<String> = driver
        .manage()
        .logs()
        .get(LogType.BROWSER)
        .map { it.message }

    override fun close() = driver.quit()
}
