package io.scoreflux.error

import io.kotest.assertions.throwables.shouldThrowAny
import io.kotest.assertions.withClue
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain

/** Returns the violation that a call throws. */
fun violationOf(call: () -> Any?): Violation = (shouldThrowAny { call() } as HasViolation).violation()

/** Compares setting and value, and searches for a part of the rule. */
fun Violation.shouldBeOf(setting: String, rule: String, value: Any?) = withClue(message()) {
    this.setting() shouldBe setting
    this.rule() shouldContain rule
    this.value() shouldBe value?.let { Violation.text(it) }
}
