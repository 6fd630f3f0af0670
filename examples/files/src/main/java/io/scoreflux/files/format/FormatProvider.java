package io.scoreflux.files.format;

import java.util.List;

/** Adds formats that need further libraries. {@link java.util.ServiceLoader} finds the implementations on the class path. */
public interface FormatProvider {
    /** The formats. */
    List<Format> formats();
}
