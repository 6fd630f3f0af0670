package io.scoreflux.files.text

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe

class NamesSpec :
    StringSpec({
        "counts insertions, deletions, replacements and swaps" {
            Names.distance("", "abc") shouldBe 3
            Names.distance("kitten", "sitting") shouldBe 3
            Names.distance("huen", "heun") shouldBe 1
            Names.distance("heun", "heun") shouldBe 0
        }

        "suggests the nearest name, and none where all are far" {
            Names.hint("eulr", listOf("heun", "euler", "unipc")) shouldBe " (did you mean 'euler'?)"
            Names.hint("bogus", listOf("heun", "euler", "unipc")) shouldBe ""
            Names.hint("HEUN", listOf("heun", "euler")) shouldBe " (did you mean 'heun'?)"
            Names.hint("Heum", listOf("heun", "euler")) shouldBe " (did you mean 'heun'?)"
        }
    })
