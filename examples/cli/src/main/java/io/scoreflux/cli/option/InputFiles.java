package io.scoreflux.cli.option;

import io.scoreflux.cli.output.OutputTarget;
import io.scoreflux.files.input.Json;
import io.scoreflux.files.input.JsonFields;
import io.scoreflux.files.text.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The files that a command reads. The command must not write to them, because the results would overwrite the input. */
public final class InputFiles {
    private final Map<Path, String> files = new LinkedHashMap<>();

    /** Adds a file that an option reads, unless it is null. */
    public InputFiles add(String option, @Nullable Path file) {
        if (file != null) {
            files.put(file, option);
        }
        return this;
    }

    /**
     * Adds the file of a target and the files that it refers to, if they exist.
     *
     * @param builtIn names of built-in targets, which have no file even if a file with that name exists
     */
    InputFiles addTarget(String target, List<String> builtIn) {
        if (builtIn.contains(target)) {
            return this;
        }
        Path file = UserError.path("--target", target);
        if (!Files.isRegularFile(file)) {
            return this;
        }
        add("--target", file);
        JsonFields fields = Json.read(file);
        for (String field : List.of("file", "scheduler")) {
            // The scheduler may be an object instead of a file.
            if (fields.isText(field)) {
                add("--target", file.resolveSibling(UserError.path(file + ": " + field, fields.text(field))));
            }
        }
        return this;
    }

    /** The files, each with the option that names it. */
    Map<Path, String> all() {
        return Collections.unmodifiableMap(files);
    }

    /** Rejects an output that is one of the files. The output may be null. */
    public InputFiles spare(String option, @Nullable Path output) {
        if (output != null) {
            OutputTarget place = OutputTarget.of(output);
            files.forEach((file, reader) -> {
                if (place.isIn(file)) {
                    throw new UserError(option + " " + (place.isStandard() ? "on standard output" : output)
                            + " would overwrite what " + reader + " reads; name another file");
                }
            });
        }
        return this;
    }
}
