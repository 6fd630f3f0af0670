package io.scoreflux.solve;

import io.scoreflux.error.InvalidArgumentException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * The description of a solver by name: its numeric settings, and a factory that creates the solver from their values. To find out other
 * properties, for example whether the solver draws random numbers, call the methods of {@link #example()}.
 *
 * @param name the name, see {@link Solver#name}
 * @param settings the settings, in the order in which the factory takes their values
 * @param factory creates a solver from one value for each setting, and checks the values
 */
public record SolverDescriptor(String name, List<Setting> settings, Function<double[], Solver> factory) {

    /** Copies the list of settings. */
    public SolverDescriptor {
        Objects.requireNonNull(name, "name");
        settings = List.copyOf(settings);
        Objects.requireNonNull(factory, "factory");
    }

    /** Returns the setting with the given name. */
    public Optional<Setting> setting(String settingName) {
        return settings.stream().filter(one -> one.name().equals(settingName)).findFirst();
    }

    /**
     * Creates a solver.
     *
     * @param values the values of settings by name; omitted settings have their defaults
     * @throws IllegalArgumentException if a value is out of range, a setting without a default is missing, or the solver has no setting
     *     with one of the names
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

    /** Creates a solver with all defaults, and with the least value of each setting that has no default. */
    public Solver example() {
        double[] values = new double[settings.size()];
        for (int i = 0; i < values.length; i++) {
            Setting setting = settings.get(i);
            Double value = setting.defaultValue();
            values[i] = value == null ? setting.min() : value;
        }
        return factory.apply(values);
    }
}
