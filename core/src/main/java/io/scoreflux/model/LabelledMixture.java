package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The exact denoiser of a Gaussian mixture with a label for each component. {@code D(z; s, c)} is the denoiser of the components of class c,
 * with their weights divided by their sum. Without a condition, D is the denoiser of all components. Immutable and thread-safe.
 */
public final class LabelledMixture implements DivergenceDenoiser {
    private final GaussianMixture all;
    private final List<GaussianMixture> classes;

    /**
     * A component with the label of its class.
     *
     * @param label the class, at least 0
     * @param component a Gaussian; its weight is relative to all components of all classes
     */
    public record Labelled(int label, GaussianMixture.Component component) {
        /** Checks the label. */
        public Labelled {
            Require.atLeast("label", label, 0);
        }
    }

    /**
     * Creates a mixture.
     *
     * @param components at least one, all of the same dimension; copied
     * @throws IllegalArgumentException if a label below the largest has no component
     */
    public static LabelledMixture of(List<Labelled> components) {
        return new LabelledMixture(components);
    }

    private LabelledMixture(List<Labelled> components) {
        all = GaussianMixture.of(components.stream().map(Labelled::component).toList());
        int count = components.stream().mapToInt(Labelled::label).max().orElseThrow() + 1;
        List<GaussianMixture> each = new ArrayList<>();
        for (int label = 0; label < count; label++) {
            int wanted = label;
            List<GaussianMixture.Component> own = components.stream()
                    .filter(component -> component.label() == wanted)
                    .map(Labelled::component)
                    .toList();
            if (own.isEmpty()) {
                throw new InvalidArgumentException(
                        "label",
                        "must be 0 to " + (count - 1) + " without gaps",
                        "missing for " + label,
                        "add a component for it",
                        "renumber the classes");
            }
            each.add(GaussianMixture.of(own));
        }
        classes = List.copyOf(each);
    }

    @Override
    public int dimension() {
        return all.dimension();
    }

    /** Returns the moments of the mixture of all components. */
    @Override
    public Optional<Moments> moments() {
        return all.moments();
    }

    @Override
    public int classes() {
        return classes.size();
    }

    /**
     * Returns the mixture of the components of one class.
     *
     * @throws IllegalArgumentException if there is no such class
     */
    public GaussianMixture mixture(int label) {
        return classes.get(Require.within("label", label, 0, classes.size() - 1));
    }

    /** Returns the mixture of all components. */
    public GaussianMixture mixture() {
        return all;
    }

    @Override
    public void denoise(Rows in, double[] out) {
        GaussianMixture.Scratch scratch = all.scratch();
        for (int row = 0; row < in.count(); row++) {
            of(in.condition(row)).denoiseRow(in, row, out, scratch);
        }
    }

    @Override
    public void denoise(Rows in, double[] out, double[] divergence) {
        GaussianMixture.Scratch scratch = all.scratch();
        double[] mean = new double[dimension()];
        for (int row = 0; row < in.count(); row++) {
            GaussianMixture own = of(in.condition(row));
            own.denoiseRow(in, row, out, scratch);
            divergence[row] = own.divergence(in, row, out, scratch, mean);
        }
    }

    private GaussianMixture of(@Nullable Condition condition) {
        if (condition == null) {
            return all;
        }
        checkCondition(condition);
        return mixture(Objects.requireNonNull(condition.label()));
    }
}
