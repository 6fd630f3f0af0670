package io.scoreflux.error;

import org.jspecify.annotations.Nullable;

/** The names that a front end, such as a command line, uses for settings; a map's {@code get} is one. */
@FunctionalInterface
public interface SettingNames {
    /**
     * The name of a setting.
     *
     * @param setting its identifier, without an index or a member
     * @return its name, or null if the front end has no such setting
     */
    @Nullable
    String nameOf(String setting);
}
