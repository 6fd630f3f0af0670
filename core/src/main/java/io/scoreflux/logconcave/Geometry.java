package io.scoreflux.logconcave;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Require;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The data that all chains of a sampler share: coordinates, the oracle of the term in these coordinates, and settings. Immutable. */
final class Geometry {
    final Coordinates coordinates;
    final Oracle oracle;
    /** Whether paths may leave the region where h is finite. */
    final boolean everywhere;

    final ProximalSettings settings;
    private final @Nullable Mode mode;
    private final ConvexTerm term;
    private final boolean secants;
    private final @Nullable Moves moves;

    private Geometry(
            Coordinates coordinates,
            boolean secants,
            ConvexTerm term,
            Oracle oracle,
            boolean everywhere,
            ProximalSettings settings,
            @Nullable Mode mode,
            @Nullable Moves moves) {
        this.coordinates = coordinates;
        this.secants = secants;
        this.term = term;
        this.oracle = oracle;
        this.everywhere = everywhere;
        this.settings = settings;
        this.mode = mode;
        this.moves = moves;
    }

    /**
     * Creates a geometry.
     *
     * @param centre the centre of the coordinates if there is no mode; h is finite there
     * @param mode the mode if the preconditioner or the curvature needs it, otherwise null
     */
    public static Geometry of(
            double[] centre,
            ConvexTerm term,
            boolean everywhere,
            Preconditioner preconditioner,
            Curvature curvature,
            ProximalSettings settings,
            @Nullable Mode mode) {
        double[] middle = mode == null ? centre.clone() : mode.point();
        Coordinates coordinates =
                Coordinates.of(middle, preconditioner.factor(middle.length, term, mode), curvature.matrix(term, mode));
        Oracle oracle = oracle(term, coordinates);
        boolean leaves = everywhere || !oracle.restricts();
        return new Geometry(coordinates, curvature.secants(), term, oracle, leaves, settings, mode, null);
    }

    /** Returns this geometry with Hamiltonian moves, or without if the parameter is null. */
    Geometry with(@Nullable Moves tuned) {
        return new Geometry(coordinates, secants, term, oracle, everywhere, settings, mode, tuned);
    }

    /** Returns this geometry with other settings. */
    Geometry with(ProximalSettings others) {
        return new Geometry(coordinates, secants, term, oracle, everywhere, others, mode, moves);
    }

    /** Returns the parameters of Hamiltonian moves, or null if steps have none. */
    @Nullable
    Moves moves() {
        return moves;
    }

    /** Returns whether a term is a sum over the axes. The oracle of such a term needs independent axes. */
    static boolean isSeparable(ConvexTerm term) {
        return term instanceof Box || term instanceof L1;
    }

    /** Returns whether the mode must be found first. */
    public static boolean needsMode(Preconditioner preconditioner, Curvature curvature) {
        return preconditioner.needsMode() || curvature.needsMode();
    }

    /** Checks settings against a target before any computation. */
    public static void check(
            int dimension, boolean everywhere, ConvexTerm term, Preconditioner preconditioner, Curvature curvature) {
        checkTerm(dimension, term);
        preconditioner.check(dimension, term);
        curvature.check(dimension, term);
        if (!everywhere && needsMode(preconditioner, curvature)) {
            throw new InvalidConfigurationException(
                    "curvature",
                    "must not be taken at the mode if the gradient is not defined everywhere, because the search for"
                            + " the mode needs it everywhere",
                    null,
                    "give {preconditioner} and {curvature} without the mode");
        }
    }

    /** Checks the dimension of a term before its numbers are used. */
    public static void checkTerm(int dimension, ConvexTerm term) {
        if (term.dimension() != 0 && term.dimension() != dimension) {
            throw new InvalidArgumentException(
                    "term",
                    "must have the target's dimension " + dimension,
                    term.dimension(),
                    "give it a number for each axis");
        }
    }

    /** Returns a point where a term is finite, as a default initial state. */
    public static double[] inside(ConvexTerm term, int dimension) {
        return ((Oracle) term).inside(dimension);
    }

    /** Checks that a point has the right dimension and that a term is finite there, and returns it. */
    public static double[] requireAllowed(String name, double[] point, ConvexTerm term, int dimension) {
        Require.finiteRow(name, point, dimension);
        if (!((Oracle) term).allows(point)) {
            throw new InvalidArgumentException(name, "must lie where the term is finite", Arrays.toString(point));
        }
        return point;
    }

    private static Oracle oracle(ConvexTerm term, Coordinates coordinates) {
        if (term instanceof HalfSpace halfSpace) {
            return halfSpace.in(coordinates);
        }
        if (term instanceof Box box) {
            return box.in(coordinates.centre(), Objects.requireNonNull(coordinates.scale()));
        }
        if (term instanceof L1 norm) {
            return norm.in(coordinates.centre(), Objects.requireNonNull(coordinates.scale()));
        }
        return NoTerm.INSTANCE;
    }

    /** Returns the mode, or null if it was not needed. */
    public @Nullable Mode mode() {
        return mode;
    }

    /** Returns whether the curvature one deviation away differs from that at the mode. */
    boolean isScaleFound() {
        return mode != null && mode.scale().length > 0;
    }

    /** Computes {@link Coordinates#toX}, and corrects rounding so that the term is finite at the result. */
    void toX(double[] u, double[] x) {
        coordinates.toX(u, x);
        if (oracle.restricts()) {
            ((Oracle) term).pull(x, x, 0);
        }
    }

    /** Returns a hash that identifies this geometry and a seed and is the same on every machine. */
    int origin(long seed) {
        int hash = 31 * Long.hashCode(seed) + settings.origin();
        hash = 31 * (31 * hash + Boolean.hashCode(everywhere)) + Boolean.hashCode(secants);
        hash = 31 * (31 * hash + coordinates.origin()) + ((Oracle) term).origin();
        return moves == null ? hash : 31 * hash + moves.origin();
    }

    /** Returns whether secants add to the modelled curvature. */
    boolean secants() {
        return secants;
    }

    /** Returns the number of coordinates. */
    public int dimension() {
        return coordinates.dimension();
    }

    /**
     * Returns how far points outside the region are moved into it, as a fraction of the distance from the boundary to a point inside. It is
     * 0 only if the gradient is defined on the boundary, where it may otherwise be infinite.
     */
    double inward() {
        return everywhere ? 0 : 0.5;
    }
}
