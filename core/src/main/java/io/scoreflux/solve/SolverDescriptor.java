package io.scoreflux.solve;

import io.scoreflux.error.InvalidArgumentException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * What is known of a solver before one is made: its name, the numbers that set it, and how they make one. Everything else, such as
 * whether it draws, is asked of {@link #example()}.
 *
 * @param name as of {@link Solver#name}
 * @param settings the numbers, in the order in which the factory takes them
 * @param factory makes a solver of one value for each setting; checks them
 */
public record SolverDescriptor(String name, List<Setting> settings, Function<double[], Solver> factory) {

    /** Copies the list. */
    public SolverDescriptor {
        Objects.requireNonNull(name, "name");
        settings = List.copyOf(settings);
        Objects.requireNonNull(factory, "factory");
    }

    /** The setting of a name. */
    public Optional<Setting> setting(String settingName) {
        return settings.stream().filter(one -> one.name().equals(settingName)).findFirst();
    }

    /**
     * A solver.
     *
     * @param values of the settings by their names; those left out have their defaults
     * @throws IllegalArgumentException if a value is out of range, or missing and without a default, or of no setting
     */
    public Solver with(Map<String, Double> values) {
        for (String given : values.keySet()) {
            if (setting(given).isEmpty()) {
                throw new InvalidArgumentException(
                        given,
                        "must be a setting of the solver " + name + ", one of "
                                + String.join(
                                        ", ",
                                        settings.stream().map(Setting::name).toList()),
                        values.get(given));
            }
        }
        double[] ordered = new double[settings.size()];
        for (int i = 0; i < ordered.length; i++) {
            Setting setting = settings.get(i);
            Double value = values.getOrDefault(setting.name(), setting.defaultValue());
            if (value == null) {
                throw new InvalidArgumentException(
                        setting.name(), "must be given for the solver " + name + ", " + setting.range(), null);
            }
            ordered[i] = setting.check(value);
        }
        return factory.apply(ordered);
    }

    /** A solver with all defaults, and the least value of what has none. */
    public Solver example() {
        double[] values = new double[settings.size()];
        for (int i = 0; i < values.length; i++) {
            Setting setting = settings.get(i);
            Double value = setting.defaultValue();
            values[i] = value == null ? setting.least() : value;
        }
        return factory.apply(values);
    }
}
