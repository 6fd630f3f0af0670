package io.scoreflux.logconcave;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Require;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the chains of a sampler share: coordinates, the term's oracle in them, the settings. Immutable.
 */
final class Geometry {
    final Coordinates coordinates;
    final Oracle oracle;
    /** Whether paths may leave the region where h is finite. */
    final boolean everywhere;

    final ProximalSettings settings;
    private final @Nullable Mode mode;
    private final ConvexTerm term;
    private final boolean secants;

    private Geometry(
            Coordinates coordinates,
            boolean secants,
            ConvexTerm term,
            Oracle oracle,
            boolean everywhere,
            ProximalSettings settings,
            @Nullable Mode mode) {
        this.coordinates = coordinates;
        this.secants = secants;
        this.term = term;
        this.oracle = oracle;
        this.everywhere = everywhere;
        this.settings = settings;
        this.mode = mode;
    }

    /**
     * A geometry.
     *
     * @param centre of the coordinates where there is no mode; h is finite there
     * @param mode if one of the two asks for it, else null
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
        return new Geometry(coordinates, curvature.secants(), term, oracle, leaves, settings, mode);
    }

    /** Whether a term is a sum over the axes, so that its oracle needs independent ones. */
    static boolean isSeparable(ConvexTerm term) {
        return term instanceof Box || term instanceof L1;
    }

    /** Whether a mode must be found first. */
    public static boolean needsMode(Preconditioner preconditioner, Curvature curvature) {
        return preconditioner.needsMode() || curvature.needsMode();
    }

    /** Checks settings against a target, before any work. */
    public static void check(
            int dimension, boolean everywhere, ConvexTerm term, Preconditioner preconditioner, Curvature curvature) {
        checkTerm(dimension, term);
        preconditioner.check(dimension, term);
        curvature.check(dimension, term);
        if (!everywhere && needsMode(preconditioner, curvature)) {
            throw new InvalidConfigurationException(
                    "curvature",
                    "must not be taken at the mode, whose search needs the gradient everywhere, for a term that is"
                            + " infinite in parts of space",
                    null,
                    "give {preconditioner} and {curvature} without the mode");
        }
    }

    /** Checks a term against a target's dimension, before any of its numbers are looked at. */
    public static void checkTerm(int dimension, ConvexTerm term) {
        if (term.dimension() != 0 && term.dimension() != dimension) {
            throw new InvalidArgumentException(
                    "term",
                    "must have the target's dimension " + dimension,
                    term.dimension(),
                    "give it a number for each axis");
        }
    }

    /** A point where a term is finite, for want of a better start. */
    public static double[] inside(ConvexTerm term, int dimension) {
        return ((Oracle) term).inside(dimension);
    }

    /** Checks that a term is finite at a point of the right dimension, which is returned. */
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

    /** The mode, or null if none was needed. */
    public @Nullable Mode mode() {
        return mode;
    }

    /** Whether the curvature one deviation away differs from that at the mode. */
    boolean isScaleFound() {
        return mode != null && mode.scale().length > 0;
    }

    /** As {@link Coordinates#toX}, and where the term is finite whatever the rounding. */
    void toX(double[] u, double[] x) {
        coordinates.toX(u, x);
        if (oracle.restricts()) {
            ((Oracle) term).pull(x, x, 0);
        }
    }

    /** What tells chains of this geometry and a seed from others, the same on every machine. */
    int origin(long seed) {
        int hash = 31 * Long.hashCode(seed) + settings.origin();
        hash = 31 * (31 * hash + Boolean.hashCode(everywhere)) + Boolean.hashCode(secants);
        return 31 * (31 * hash + coordinates.origin()) + ((Oracle) term).origin();
    }

    /** Whether secants add to the modelled curvature. */
    boolean secants() {
        return secants;
    }

    /** Numbers in a row. */
    public int dimension() {
        return coordinates.dimension();
    }

    /** How far into the region points are moved that lie outside: onto its boundary, where a gradient may be infinite, only if it is known there. */
    double inward() {
        return everywhere ? 0 : 0.5;
    }
}
