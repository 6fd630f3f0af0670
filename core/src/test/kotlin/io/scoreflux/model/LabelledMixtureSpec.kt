package io.scoreflux.model

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import io.scoreflux.model.GaussianMixture.Component
import io.scoreflux.model.LabelledMixture.Labelled
import io.scoreflux.state.Condition
import io.scoreflux.state.Rows

class LabelledMixtureSpec : StringSpec({
    fun component(weight: Double, std: Double, mean: Double) =
        Component(weight, doubleArrayOf(mean), Covariance.isotropic(std))

    val components = listOf(
        Labelled(1, component(0.5, 0.2, 2.0)),
        Labelled(0, component(0.2, 0.3, -1.0)),
        Labelled(1, component(0.3, 0.4, 0.0)),
    )
    val mixture = LabelledMixture.of(components)

    "a row with a label uses the components of its class, and a row without one uses all" {
        val parts = listOf(
            GaussianMixture.of(components.map { it.component }),
            GaussianMixture.of(listOf(components[1].component)),
            GaussianMixture.of(listOf(components[0].component, components[2].component)),
        )
        val rows = Rows(1, 3)
        for (k in 0 until 3) {
            rows.append(doubleArrayOf(0.7 - k), 0, 0.3)
            if (k > 0) rows.condition(k, Condition(k - 1))
        }
        val out = DoubleArray(3)
        mixture.denoise(rows, out)
        out.toList() shouldBe List(3) { parts[it].at(0.3, 0.7 - it)[0] }
        mixture.classes() shouldBe 2
        mixture.moments().get().mean() shouldBe parts[0].moments().get().mean()
    }

    "labels have no gaps" {
        shouldThrow<IllegalArgumentException> {
            LabelledMixture.of(listOf(Labelled(0, component(1.0, 1.0, 0.0)), Labelled(2, component(1.0, 1.0, 0.0))))
        }.message shouldBe
            "label must be 0 to 2 without gaps, was missing for 1; add a component for it, or renumber the classes"
    }
})
