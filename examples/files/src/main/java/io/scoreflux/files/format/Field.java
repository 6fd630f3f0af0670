package io.scoreflux.files.format;

/**
 * A field of a row besides its index and its coordinates. Each field can be unknown, except the status and the calls.
 *
 * @param name its name in all formats
 * @param type the type of its values
 */
public record Field(String name, Type type) {
    /** The types of values. */
    public enum Type {
        /** A {@link String}. */
        TEXT,
        /** A {@link Long}. */
        INTEGER,
        /** A {@link Double}. */
        NUMBER
    }

    /** Whether every row has a value. */
    public boolean isRequired() {
        return name.equals(STATUS) || name.equals(CALLS);
    }

    static final String INDEX = "index";
    static final String VALUES = "values";
    static final String STATUS = "status";
    static final String CALLS = "calls";
    static final String ERROR = "error";
    static final String REASON = "reason";
    static final String ISLAND = "island";
    static final String WEIGHT = "weight";
    static final String LOG_EVIDENCE = "logEvidence";

    static Field text(String name) {
        return new Field(name, Type.TEXT);
    }

    static Field integer(String name) {
        return new Field(name, Type.INTEGER);
    }

    static Field number(String name) {
        return new Field(name, Type.NUMBER);
    }
}
