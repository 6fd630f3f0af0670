package io.scoreflux.service.load

import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.collections.shouldBeEmpty

private const val SECONDS = 60
private const val CLIENTS = 200
private const val VANISHING = 2_000

/** The service under load, only with -Dload: no sample is lost or repeated, and no place is kept. Prints the table of the README. */
class LoadSpec : FreeSpec({
    "mixed clients, clients that vanish, and clients that keep the service waiting"
        .config(enabled = System.getProperty("load") != null) {
            LoadBenchmark.measure(SECONDS, CLIENTS, VANISHING).shouldBeEmpty()
        }
})
