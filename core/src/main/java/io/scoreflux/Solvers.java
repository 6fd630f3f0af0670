package io.scoreflux;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.reject.Fors;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverDescriptor;
import io.scoreflux.solve.budget.Budget;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.solve.parallel.Parallel;
import io.scoreflux.solve.picard.Picard;
import io.scoreflux.solve.sliding.Sliding;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The solvers of this library by name, for front ends whose users choose a solver. */
public final class Solvers {
    private static final List<SolverDescriptor> ALL = Stream.concat(
                    Stream.of(
                            Sliding.DESCRIPTOR,
                            Budget.DESCRIPTOR,
                            Picard.DESCRIPTOR,
                            Parallel.DESCRIPTOR,
                            Fors.DESCRIPTOR),
                    Arrays.stream(Scheme.values()).map(FixedStep::descriptor))
            .toList();

    private Solvers() {}

    /** Returns the descriptors of all solvers, the default solver first. */
    public static List<SolverDescriptor> all() {
        return ALL;
    }

    /**
     * Returns the descriptor of the solver with the given name.
     *
     * @throws IllegalArgumentException if no solver has this name
     */
    public static SolverDescriptor named(String name) {
        return ALL.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new InvalidArgumentException(
                        "solver",
                        "must be one of "
                                + String.join(
                                        ", ",
                                        ALL.stream().map(SolverDescriptor::name).toList()),
                        name));
    }

    /** Returns the solver with the given name and settings; see {@link SolverDescriptor#with}. */
    public static Solver named(String name, Map<String, Double> settings) {
        return named(name).with(settings);
    }
}
