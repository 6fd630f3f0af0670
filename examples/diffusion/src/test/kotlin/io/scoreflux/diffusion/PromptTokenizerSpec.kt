package io.scoreflux.diffusion

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.arbitrary.string
import io.kotest.property.checkAll
import java.nio.file.Files

class PromptTokenizerSpec :
    StringSpec({
        val start = 565L
        val end = 566L

        "splits words as CLIP does, and pads with the end of text" {
            PromptTokenizer.open(tiny.resolve("tokenizer"), 77).use {
                val tokens = it.encode("a photo of the digit three")
                tokens.size shouldBe 77
                tokens.take(8) shouldBe listOf(start, 320, 538, 527, 531, 534, 558, end)
                tokens.drop(8).all { token -> token == end } shouldBe true
                it.encode("").toList() shouldBe listOf(start) + List(76) { end }
                it.encode("A  PHOTO\nof the digit three").toList() shouldBe tokens.toList()
            }
        }

        "reads vocabulary and merges alone like the whole tokenizer" {
            val folder = copyOfTiny().resolve("tokenizer")
            Files.delete(folder.resolve("tokenizer.json"))
            PromptTokenizer.open(tiny.resolve("tokenizer"), 77).use { whole ->
                PromptTokenizer.open(folder, 77).use { parts ->
                    for (prompt in listOf(
                        "",
                        "a photo of the digit seven",
                        "It's 42 o'clock, naïve — ok?",
                        "zero\tone  two",
                    )) {
                        parts.encode(prompt).toList() shouldBe whole.encode(prompt).toList()
                    }
                    checkAll(200, Arb.string(0, 20)) { prompt ->
                        parts.encode(prompt).toList() shouldBe whole.encode(prompt).toList()
                    }
                }
            }
        }

        "limits the length to the positions of the text encoder" {
            val folder = copyOfTiny().resolve("tokenizer")
            val file = folder.resolve("tokenizer_config.json")
            val endless = "\"model_max_length\": 1000000000000000019884624838656"
            Files.writeString(file, Files.readString(file).replace("\"model_max_length\": 77", endless))
            PromptTokenizer.open(folder, 40).use { it.encode("a").size shouldBe 40 }
        }
    })
