package io.scoreflux.reject

import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.shouldBe

class WeightLogSpec : FreeSpec({
    "keeps all weights while there is space, then every second, every fourth, ..." {
        for ((offered, stride) in listOf(20 to 1, 21 to 2, 40 to 2, 41 to 4, 1_000 to 64, 100_000 to 8_192)) {
            val log = WeightLog(20)
            for (i in 0 until offered) log.add(1.0 / (i + 1), 0.5, i.toDouble())
            val kept = (0 until offered).filter { it % stride == 0 }
            (0 until log.count()).map { log.weight(it) } shouldBe kept.map { it.toDouble() }
            (0 until log.count()).map { log.sigma(it) } shouldBe kept.map { 1.0 / (it + 1) }
        }
    }
})
