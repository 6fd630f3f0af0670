package io.scoreflux.files.format

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.PropTestConfig
import io.kotest.property.arbitrary.element
import io.kotest.property.arbitrary.filter
import io.kotest.property.arbitrary.int
import io.kotest.property.arbitrary.list
import io.kotest.property.arbitrary.map
import io.kotest.property.checkAll

/** What is the name of a column, and what stands for a number. */
class ColumnNamesSpec :
    StringSpec({
        fun names(vararg cells: String) = cells.forEach { withClue("'$it'") { ColumnNames.isName(it) shouldBe true } }

        fun values(vararg cells: String) = cells.forEach { withClue("'$it'") { ColumnNames.isName(it) shouldBe false } }

        // Few words for missing numbers, currencies and units have only these letters.
        val word = Arb.list(Arb.element("bcdghjpqrstvwxyzäßжΩ年".toList()), 1..9)
            .map { it.joinToString("") }
            .filter { it !in setOf("tbd", "tb", "gb", "hz", "ghz", "pct", "ppb", "gbp", "jpy") }

        "words for missing numbers and truth values are no names, with any punctuation and in any case" {
            val words = listOf(
                "NA",
                "n.a.",
                "N/A",
                "#N/A",
                "<NA>",
                "N.D.",
                "n/d",
                "n. b.",
                "n.v.",
                "k.A.",
                "NaN",
                "NaT",
                "nan(0x8)",
                "nan0x8",
                "nan(ind)",
                "qNaN",
                "inf",
                "Infinity",
                "null",
                "NULL",
                "None",
                "nil",
                "missing",
                "undefined",
                "unknown",
                "masked",
                "ERR",
                "true",
                "FALSE",
                "no data",
                "not available",
                "NA_real_",
                "keine Angabe",
            )
            for (text in words) {
                values(
                    text,
                    text.uppercase(),
                    text.lowercase(),
                    "$text*",
                    "$text.",
                    "$text)",
                    "($text)",
                    "[$text]",
                    "\"$text\"",
                )
            }
            values("#DIV/0!", "#NAME?", "#VALUE!", "#GETTING_DATA!")
        }

        "words that contain such words are names" {
            names(
                "nation",
                "info",
                "nullity",
                "nothing",
                "nose",
                "error",
                "unknowns",
                "missing_count",
                "truth",
                "n",
                "k",
                "name",
                "Ω",
            )
            names("nd_mean", "infant mortality", "nanometer", "None of these", "kappa")
        }

        "ordinary names are names" {
            names(
                "x0",
                "x_1",
                "_1",
                "e5",
                "H2O",
                "m^2",
                "x-1",
                "COVID-19",
                "IL-6",
                "beta.1",
                "X.1",
                "PM2.5",
                "Q1/2020",
                "R²",
                "price, in EUR",
                "two words",
                "% fat",
                "(Intercept)",
                "say \"so\"",
                "#rooms",
                "BMI (kg/m^2)",
                "income (1000 EUR)",
                "conc. (10^3/µL)",
                "PM10 (µg/m³)",
                "f(1)",
                "x[1, 2]",
                "C(a)[T.1]",
                "np.log(x)",
                "I(x ** 2)",
                "usd_2020",
                "day_1",
                "day-1",
                "the 2nd visit",
                "mean 3D distance",
                "under-5 mortality",
                "age (years)",
                "EUR",
                "kg",
                "approx",
                "mg/dl",
            )
        }

        "a number apart from the words is no part of a name" {
            values(
                "EUR 5",
                "EUR5",
                "EUR-5",
                "eur 5,00",
                "US$5",
                "R$ 5",
                "CHF 1'000.00",
                "approx. 3",
                "approx.3",
                "ca. 5 kg",
                "p<0.05",
                "n=5",
                "x 1",
                "x (1)",
                "Week 1",
                "COVID 19",
                "Unnamed: 0",
                "kg 5",
                "kg-5",
                "up to 5",
                "more than 5",
                "a,5",
                "a;5",
                "x [1]",
                "x 1e-3",
                "x .5",
                "x ½",
                "x ٣",
                "x 5kg",
                "USD 5 million",
                "May 2020",
            )
        }

        "names made of letters are names, also with blanks, commas, units and digits inside" {
            checkAll(PropTestConfig(seed = 41, iterations = 2000), word, word, Arb.int(0, 99)) { a, b, n ->
                names(
                    a,
                    "$a $b",
                    "$a, $b",
                    "$a ($b)",
                    "$a (kg/m^2)",
                    "$a [$n $b]",
                    "$a$n",
                    "${a}_$n",
                    "$a$n$b",
                    "$a-$n",
                    "$a.$n",
                )
            }
        }

        "digits, signs, punctuation, currencies and units around a number are no name" {
            val number = Arb.element(
                "0",
                "5",
                "-5",
                "+5",
                "3.25",
                "1,000",
                "1'000.5",
                ".5",
                "1e-3",
                "2/3",
                "½",
                "٣",
                "2020-01-01",
                "12:30",
            )
            val around = Arb.element(
                "",
                "EUR",
                "usd",
                "$",
                "€",
                "£",
                "approx.",
                "ca.",
                "about",
                "kg",
                "mg/dl",
                "cm",
                "%",
                "±",
                "<",
                "~",
                "ppm",
            )
            val between = Arb.element(
                " ",
                "  ",
                ": ",
                " = ",
                "<",
                ">",
                "=",
                "~",
                "*",
                "\u00A0",
                ", ",
                " (",
                "|",
                ";",
                "+",
            )
            checkAll(PropTestConfig(seed = 42, iterations = 4000), around, between, number, between, around) {
                a,
                s,
                n,
                e,
                b,
                ->
                values("$a$s$n", "$a$s$n$e$b", "$a$s$n$b", "$n$b", "$n$e$b")
            }
            checkAll(PropTestConfig(seed = 43, iterations = 500), word, between, number) { a, s, n -> values("$a$s$n") }
        }
    })
