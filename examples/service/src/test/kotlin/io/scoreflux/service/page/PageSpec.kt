package io.scoreflux.service.page

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FreeSpec
import io.kotest.core.test.TestType
import io.kotest.engine.test.TestResult
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.longs.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.kotest.matchers.string.shouldStartWith
import io.netty.channel.Channel
import io.scoreflux.service.Desk
import io.scoreflux.service.Running
import io.scoreflux.service.await
import io.scoreflux.service.twoModes
import org.openqa.selenium.Keys
import tools.jackson.databind.json.JsonMapper
import java.util.concurrent.ConcurrentLinkedQueue

private const val OUTSTANDING = 8L
private const val TOKEN = "a-long-token-for-tests"

/** The page in a browser, against the service. */
class PageSpec : FreeSpec({
    val programs = Programs.find()
    val reason = "no chromium with chromedriver is on the path"
    if (programs == null) println("PageSpec is skipped: $reason")
    aroundTest { (test, execute) ->
        if (programs == null && test.type == TestType.Test) TestResult.Ignored(reason) else execute(test)
    }

    val desk = Desk(twoModes())
    val connections = ConcurrentLinkedQueue<Channel>()
    val started = lazy {
        Running(
            desk,
            "--scoreflux.models.line.target=bimodal",
            "--scoreflux.models.digits.target=classpath:models/digits/digits.json",
            "--scoreflux.models.digits.image.height=28",
            "--scoreflux.models.digits.image.width=28",
            "--scoreflux.models.digits.image.paper=-1",
            "--scoreflux.models.digits.image.ink=1",
            connected = { connections += it },
        )
    }
    val opened = lazy { Browser(programs!!) }
    val browser by opened

    fun address(query: String = "?model=test") = "http://127.0.0.1:${started.value.port}/$query"

    /** Opens the page, and waits until it can start. */
    fun ready() {
        browser.look()
        browser.open(address())
        browser.awaitReady()
        browser.complaints()
    }

    /** Draws the picture of a link to its end. */
    fun draw(query: String) {
        browser.open(address(query))
        browser.awaitState("finished")
    }

    /** Pauses, and waits until nothing is on its way. */
    fun pause() {
        browser.click("main")
        browser.awaitStatus("computes nothing")
    }

    /** The text of a sample that is chosen by a key. */
    fun sampleAt(key: Keys): String {
        browser.script("document.getElementById('samples').focus()")
        browser.press(key)
        return browser.text("current-sample")
    }

    afterSpec {
        if (opened.isInitialized()) browser.close()
        if (started.isInitialized()) started.value.close()
    }

    "start draws samples; pause stops the calls of the model; resume goes on" {
        ready()
        val rows = desk.rows.get()
        val trajectories = desk.started.get()
        browser.click("main")
        browser.awaitShown(20)
        withClue("asked for, but not shown") {
            (browser.count("requested") - browser.count("shown")) shouldBeLessThanOrEqual OUTSTANDING
        }
        pause()
        val shown = browser.count("shown")
        withClue("nothing is computed that was not asked for") {
            browser.count("requested") shouldBe shown
            desk.started.get() - trajectories shouldBe shown
        }
        await("the calls on the page, those of the model") { browser.count("calls") == desk.rows.get() - rows }
        val atPause = desk.rows.get()
        browser.frames(60)
        desk.rows.get() shouldBe atPause
        browser.count("calls") shouldBe atPause - rows
        browser.text("main") shouldBe "Resume"
        browser.click("main")
        browser.awaitShown(shown + 10)
        desk.rows.get() shouldNotBe atPause
        pause()
        desk.started.get() - trajectories shouldBe browser.count("shown")
    }

    "a link draws exactly the same samples" {
        ready()
        browser.type("seed", "-12345678901234567")
        browser.click("main")
        browser.awaitShown(25)
        pause()
        val shown = browser.count("shown")
        val picture = browser.picture()
        val samples = listOf(Keys.HOME, Keys.ARROW_DOWN, Keys.END).map(::sampleAt)
        samples.last() shouldStartWith "Sample ${shown - 1} at ("
        val link = browser.attribute("link", "href")!!
        link shouldContain "seed=-12345678901234567&count=$shown"

        browser.open(link)
        browser.awaitState("finished")
        browser.count("shown") shouldBe shown
        browser.count("requested") shouldBe shown
        browser.picture() shouldBe picture
        listOf(Keys.HOME, Keys.ARROW_DOWN, Keys.END).map(::sampleAt) shouldBe samples

        browser.open(link.replace("seed=-1", "seed=-2"))
        browser.awaitState("finished")
        withClue("another seed") { browser.picture() shouldNotBe picture }
    }

    "a finished picture goes on when the reader draws more" {
        draw("?model=test&count=5")
        browser.text("main") shouldBe "Draw more"
        browser.recordStreams()
        browser.click("main")
        browser.awaitShown(15)
        browser.openStreams() shouldBe 1L
        pause()
        val picture = browser.picture()
        draw("?model=test&count=${browser.count("shown")}")
        browser.picture() shouldBe picture
    }

    "errors are shown in the words of the service" - {
        "a wrong seed, which the reader corrects" {
            ready()
            browser.type("seed", "1x")
            browser.click("main")
            browser.awaitState("failed")
            browser.text("problem") shouldContain "Seed must be a whole number"
            browser.attribute("problem", "role") shouldBe "alert"
            browser.attribute("seed", "aria-invalid") shouldBe "true"
            browser.text("main") shouldBe "Try again"
            browser.type("seed", "1")
            browser.click("main")
            browser.awaitShown(1)
            browser.isVisible("problem") shouldBe false
            browser.attribute("seed", "aria-invalid") shouldBe null
        }

        "links with an unknown model, a wrong accuracy, or too many samples" {
            for ((query, said) in listOf(
                "?model=nobody&count=5" to "Model must be one of",
                "?model=test&tolerance=7&count=5" to "Tolerance must be",
                "?model=test&budget=0&count=5" to "Budget must be",
                "?model=test&condition=cat&count=5" to "Condition",
                "?model=test&count=1e9" to "from 1 to 2,000, but it is '1e9'",
            )) {
                withClue(query) {
                    browser.open(address(query))
                    await("a problem") { browser.text("problem").isNotEmpty() }
                    browser.text("problem") shouldContain said
                    browser.count("calls") shouldBe 0
                }
            }
        }

        "a service that is gone" {
            val other = Running(Desk(twoModes()))
            try {
                browser.open("http://127.0.0.1:${other.port}/?model=test")
                browser.awaitReady()
                browser.click("main")
                browser.awaitShown(3)
            } finally {
                other.close()
            }
            await("words about it") {
                "broke" in browser.text("status") || "shutting down" in browser.text("problem")
            }
        }
    }

    "after a cut of its connection the stream resumes by itself, without gaps" {
        ready()
        browser.click("main")
        browser.awaitShown(10)
        browser.recordStatus()
        connections.forEach { it.close() }
        await("words about the cut") { browser.recordedStatus().any { it.startsWith("lost: ") } }
        browser.recordedStatus().first { it.startsWith("lost: ") } shouldContain "connects again"
        val atCut = browser.count("shown")
        browser.awaitShown(atCut + 10)
        pause()
        // Samples that were requested before may still arrive.
        var shown = browser.count("shown")
        var picture = browser.picture()
        while (browser.count("shown") != shown) {
            shown = browser.count("shown")
            picture = browser.picture()
        }
        draw("?model=test&count=$shown")
        browser.picture() shouldBe picture
    }

    "a connection that is cut during a pause stays closed, and resume goes on" {
        ready()
        browser.recordStreams()
        browser.click("main")
        browser.awaitShown(10)
        pause()
        val rows = desk.rows.get()
        connections.forEach { it.close() }
        await("the end of the stream") { started.value.streams() == 0 && browser.openStreams() == 0L }
        browser.frames(90) // Longer than the page waits before it connects again.
        browser.state() shouldBe "paused"
        browser.openStreams() shouldBe 0L
        desk.rows.get() shouldBe rows
        val shown = browser.count("shown")
        browser.click("main")
        browser.awaitShown(shown + 5)
    }

    "at most 2,000 samples are shown; then the page stops by itself and says why" {
        draw("?model=test&tolerance=1e-2&count=1990")
        browser.recordStreams()
        browser.click("main")
        browser.awaitState("full")
        browser.count("shown") shouldBe 2_000
        browser.text("status") shouldContain "at most 2,000 samples"
        browser.openStreams() shouldBe 0L
        await("the end of the stream") { started.value.streams() == 0 }
        browser.text("main") shouldBe "Start over"
        browser.click("main")
        await("a new picture") { browser.count("shown") < 2_000 }
        browser.awaitShown(1)
    }

    "the keyboard reaches everything, visibly, and leaves everything" {
        ready()

        /** Presses Tab until it reaches an element, and returns all on the way. */
        fun tabTo(id: String): List<String> {
            val way = ArrayList<String>()
            do {
                check(way.size < 40) { "Tab does not reach $id: $way" }
                browser.press(Keys.TAB)
                way += browser.focus()
                withClue("the focus is visible on ${way.last()}") {
                    browser.script("return getComputedStyle(document.activeElement).outlineStyle") shouldBe
                        if (way.last() == "body") "none" else "solid"
                }
            } while (way.last() != id)
            return way
        }
        tabTo("main") shouldBe listOf("skip", "model", "accuracy", "seed", "pace", "main")
        browser.press(Keys.ENTER)
        browser.awaitShown(12)
        browser.press(Keys.SPACE)
        browser.awaitStatus("computes nothing")
        tabTo("samples")
        browser.press(Keys.ARROW_RIGHT)
        browser.text("certificate") shouldContain "Sample 1 ("
        browser.text("certificate") shouldContain "Calls of the model"
        browser.attribute("samples", "aria-activedescendant") shouldBe "current-sample"
        browser.text("current-sample") shouldContain "estimated error"
        browser.press(Keys.END)
        browser.text("certificate") shouldContain "Sample ${browser.count("shown") - 1} ("
        browser.press(Keys.HOME, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT, Keys.ENTER)
        await("the film") { browser.isVisible("film") }
        browser.text("film-title") shouldBe "Film of sample 1"
        tabTo("film-step") shouldContainAll listOf("link", "copy", "show-film", "film-play")
        val first = browser.attribute("film-step", "aria-valuetext")
        browser.press(Keys.ARROW_RIGHT)
        browser.attribute("film-step", "aria-valuetext") shouldNotBe first
        browser.pressBack()
        browser.focus() shouldBe "film-play"
        tabTo("skip") // Round the page: no trap.
    }

    "the film" - {
        val level = "noise level \u03c3"

        fun film(key: Keys) {
            sampleAt(key)
            browser.press(Keys.ENTER)
            await("the film") { browser.isVisible("film") }
        }

        "plays by itself" {
            draw("?model=test&count=3")
            browser.look(motion = true)
            film(Keys.HOME)
            await("the end of the film") {
                browser.text("film-play") == "Play" &&
                    browser.value("film-step") == browser.attribute("film-step", "max")
            }
            browser.text("film-level") shouldBe "Frame 5 of 5: $level 0.01"
        }

        "waits for the reader where reduced motion is preferred" {
            browser.look()
            draw("?model=test&count=3")
            film(Keys.HOME)
            browser.frames(60)
            browser.text("film-level") shouldBe "Frame 1 of 5: $level 20"
            browser.text("film-play") shouldBe "Play"
            browser.clickOnChange("film-play", "film-level")
            browser.click("film-play")
            await("the next noise level") { browser.text("film-level").startsWith("Frame 2 of 5: ") }
            browser.text("film-play") shouldBe "Play"
        }

        "has a frame for each point of the trajectory: on the slider, in words and by keys" {
            browser.look()
            for ((query, model) in listOf(
                "?model=test&tolerance=1e-4&count=3" to "test",
                "?model=line&tolerance=1e-4&count=3" to "line",
            )) {
                val points = json.readTree(
                    started.value.call("/v1/models/$model/samples/0/trace?seed=0&tolerance=1e-4").body(),
                )["points"]
                val last = points.size()
                draw(query)
                film(Keys.HOME)
                val first = browser.attribute("film-canvas", "aria-label")!!
                browser.attribute("film-step", "min") shouldBe "1"
                browser.attribute("film-step", "max") shouldBe "$last"
                browser.script("document.getElementById('film-step').focus()")

                fun shows(frame: Int) {
                    browser.value("film-step") shouldBe "$frame"
                    browser.text("film-level") shouldStartWith "Frame $frame of $last: $level "
                    browser.attribute("film-step", "aria-valuetext")!! shouldStartWith "$frame of $last, noise level "
                    browser.text("film-level").substringAfterLast(' ').toDouble() shouldBe
                        (points[frame - 1]["sigma"].asDouble() plusOrMinus 0.01 * points[frame - 1]["sigma"].asDouble())
                }
                shows(1)
                browser.press(Keys.ARROW_LEFT)
                shows(1)
                for (frame in 2..last) {
                    browser.press(Keys.ARROW_RIGHT)
                    shows(frame)
                }
                browser.press(Keys.ARROW_RIGHT)
                shows(last)
                browser.press(Keys.HOME)
                shows(1)
                browser.press(Keys.END)
                shows(last)
                browser.press(Keys.HOME)
                film(Keys.END)
                await("the film of the other sample") { browser.text("film-title") == "Film of sample 2" }
                shows(1)
                withClue("the words about the picture are those of this sample") {
                    browser.attribute("film-canvas", "aria-label") shouldNotBe first
                }
            }
        }
    }

    "the accuracy is called by its name, with its unit" {
        ready()
        browser.text("accuracy") shouldContain "Good: tolerance 1e-4"
        browser.attribute("accuracy", "aria-describedby") shouldBe "accuracy-note"
        browser.text("accuracy-note") shouldContain "as a share of the radius of the data"
        draw("?model=test&tolerance=1e-3&count=2")
        browser.text("link").replace("\u2060", "") shouldBe "test, tolerance 1e-3, seed 0, 2 samples"
    }

    "guidance belongs to a condition, and to the link" {
        browser.look()
        browser.open(address("?model=digits&tolerance=1e-2"))
        browser.awaitReady()
        browser.isVisible("guidance") shouldBe false
        browser.choose("condition", "7")
        browser.isVisible("guidance") shouldBe true
        browser.type("guidance", "101")
        browser.click("main")
        browser.awaitState("failed")
        browser.text("problem") shouldContain "Guidance must be from -100 to 100"
        browser.attribute("guidance", "aria-invalid") shouldBe "true"
        browser.attribute("guidance", "aria-describedby") shouldBe "problem guidance-note"
        browser.type("guidance", "2.5")
        browser.click("main")
        browser.awaitShown(2)
        browser.attribute("guidance", "aria-describedby") shouldBe "guidance-note"
        pause()
        val picture = browser.picture()
        val link = browser.attribute("link", "href")!!
        link shouldContain "condition=7&guidance=2.5&tolerance=1e-2"
        browser.text("link") shouldContain "guidance 2.5"
        browser.open(link)
        browser.awaitState("finished")
        browser.value("guidance") shouldBe "2.5"
        browser.picture() shouldBe picture
        browser.open(link.replace("guidance=2.5", "guidance=1"))
        browser.awaitState("finished")
        withClue("another weight") { browser.picture() shouldNotBe picture }
        browser.choose("condition", "")
        browser.isVisible("guidance") shouldBe false
    }

    "a service with a token: the page asks for it, keeps it in this tab, and sends it with each request" {
        browser.look()
        Running(Desk(twoModes()), "--scoreflux.service.token=$TOKEN").use { service ->
            val page = "http://127.0.0.1:${service.port}/"
            browser.open("$page?model=test&count=12&seed=3")
            browser.awaitStatus("Enter its token")
            browser.isVisible("token") shouldBe true
            browser.isVisible("model") shouldBe false
            browser.isVisible("problem") shouldBe false
            browser.focus() shouldBe "token"
            browser.script(axe())
            violations(browser).shouldBeEmpty()

            browser.type("token", "not-the-token-at-all")
            browser.click("main")
            await("a refusal") { "does not accept this token" in browser.text("problem") }
            browser.attribute("token", "aria-invalid") shouldBe "true"
            browser.attribute("token", "type") shouldBe "password"

            browser.type("token", TOKEN)
            browser.press(Keys.ENTER)
            browser.awaitState("finished")
            browser.count("shown") shouldBe 12
            browser.isVisible("token") shouldBe false
            browser.isVisible("problem") shouldBe false
            browser.isVisible("model") shouldBe true
            browser.click("main")
            browser.awaitShown(20)
            pause()
            sampleAt(Keys.HOME)
            browser.press(Keys.ENTER)
            await("the film") { browser.isVisible("film") }

            withClue("only this tab has the token") {
                val link = browser.attribute("link", "href")!!
                link shouldContain "seed=3"
                link shouldNotContain TOKEN
                browser.script("return location.href") as String shouldNotContain TOKEN
                browser.script("return document.cookie + JSON.stringify({ ...localStorage })") shouldBe "{}"
                browser.script("return JSON.stringify({ ...sessionStorage })") shouldBe
                    "{\"scoreflux.token\":\"$TOKEN\"}"
                browser.open(link)
                browser.awaitState("finished")
            }
        }
    }

    "images are tiles, and numbers a histogram" {
        browser.look()
        for ((query, count, said) in listOf(
            Triple("?model=digits&tolerance=1e-2&condition=3", 2, "Sample 1, converged."),
            Triple("?model=line", 9, "Sample 8 at ("),
        )) {
            browser.open(address(query))
            browser.awaitReady()
            val empty = browser.picture()
            draw("$query&count=$count")
            browser.picture() shouldNotBe empty
            sampleAt(Keys.END) shouldStartWith said
        }
    }

    "light and dark, wide and narrow: axe finds nothing serious, and nothing scrolls sideways" {
        val axe = axe()
        val grounds = ArrayList<Any?>()
        for (dark in listOf(false, true)) {
            for (width in listOf(1_280, 768, 320)) {
                withClue("dark $dark, $width pixels") {
                    browser.look(width, dark)
                    browser.open(address())
                    browser.awaitReady()
                    browser.script(axe)
                    violations(browser).shouldBeEmpty()
                    draw("?model=test&count=20")
                    browser.script(axe)
                    sampleAt(Keys.HOME)
                    browser.press(Keys.ENTER)
                    await("the film") { browser.isVisible("film") }
                    violations(browser).shouldBeEmpty()
                    browser.script("return document.documentElement.scrollWidth <= innerWidth") shouldBe true
                    grounds += browser.script("return getComputedStyle(document.body).backgroundColor")
                }
            }
        }
        grounds.toSet().size shouldBe 2
        browser.look()
    }

    "nothing violates the content security policy, and the console is silent" {
        ready()
        draw("?model=test&count=20")
        sampleAt(Keys.HOME)
        browser.press(Keys.ENTER)
        await("the film") { browser.isVisible("film") }
        browser.complaints().shouldBeEmpty()
    }
})

private val json = JsonMapper()

/** The library that checks accessibility. */
private fun axe() = PageSpec::class.java.getResource("/axe.min.js")!!.readText()

/** What axe calls serious or critical on the page. */
private fun violations(browser: Browser): List<*> = browser.wait(
    """
    const done = arguments[arguments.length - 1];
    axe.run().then(({ violations }) => done(violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => id + ': ' + nodes.map(({ html, failureSummary }) => html + failureSummary).join(' | '))),
        error => done(['axe failed: ' + error]));
    """,
) as List<*>
