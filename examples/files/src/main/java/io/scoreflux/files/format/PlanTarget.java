package io.scoreflux.files.format;

import java.util.Objects;

/**
 * The target that a plan was made for.
 *
 * @param name its name or its file, for messages
 * @param dimension the number of numbers in a sample
 * @param sha256 a hash of everything that defines its distribution, in hexadecimal digits
 */
public record PlanTarget(String name, int dimension, String sha256) {
    /** Requires all fields, which a file may lack. */
    public PlanTarget {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(sha256, "sha256");
    }

    /** Whether a plan for one target serves the other. The name does not count, because files can be moved. */
    boolean isSame(PlanTarget other) {
        return dimension == other.dimension && sha256.equals(other.sha256);
    }

    @Override
    public String toString() {
        return name + ", of dimension " + dimension;
    }
}
