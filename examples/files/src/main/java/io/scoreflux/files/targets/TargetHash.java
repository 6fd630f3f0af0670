package io.scoreflux.files.targets;

import io.scoreflux.files.format.PlanTarget;
import io.scoreflux.files.input.Json;
import io.scoreflux.files.input.JsonFields;
import io.scoreflux.files.input.Sha256;
import io.scoreflux.files.text.UserError;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Identifies targets by their content, so that a plan or a part of a run with another target can be refused. */
public final class TargetHash {
    /** Fields that change no sample: where a server is, and how long it may take. */
    private static final Set<String> PLACES = Set.of("url", "headers", "timeout");

    /** Fields that do not change a plan: also the version of a model, and the range, which a plan has too. */
    private static final Set<String> NOT_IN_PLANS =
            Set.of("url", "version", "headers", "timeout", "from-sigma", "to-sigma", "conditions");

    /** Fields that may name a file. The content of the file counts, not its name. */
    private static final List<String> FILES = List.of("file", "scheduler");

    private static final String CONDITIONS = "conditions";
    private static final String NULL = "null";

    /** What exporters append to the name of a model whose weights are in a file beside it. */
    private static final List<String> WEIGHTS = List.of(".data", "_data");

    private TargetHash() {}

    /**
     * The target as a plan names it. Reads the target file and the files that it refers to.
     *
     * @param name the name or the file of the target
     */
    public static PlanTarget of(String name, Target target) {
        return of(name, target, false);
    }

    /**
     * The target as a run names it: also the null tensors of its conditions, the version of a model on a server, and the noise range count.
     *
     * @param name the name or the file of the target
     */
    public static PlanTarget ofRun(String name, Target target) {
        return of(name, target, true);
    }

    private static PlanTarget of(String name, Target target, boolean ofRun) {
        MessageDigest digest = Sha256.digest();
        BuiltIn builtIn = BuiltIn.ofName(name);
        String shown = name;
        if (builtIn != null) {
            digest.update(name.getBytes(StandardCharsets.UTF_8));
        } else {
            Path file = UserError.path("--target", name);
            shown = String.valueOf(file.getFileName());
            JsonFields fields = Json.read(file);
            List<String> named = FILES.stream().filter(fields::isText).toList();
            Set<String> ignored = new HashSet<>(ofRun ? PLACES : NOT_IN_PLANS);
            ignored.addAll(named);
            digest.update(fields.sortedText(ignored).getBytes(StandardCharsets.UTF_8));
            for (String field : named) {
                Sha256.add(digest, beside(file, field, fields.text(field)));
            }
            if (ofRun) {
                addFurther(digest, file, fields);
            }
        }
        return new PlanTarget(shown, target.info().dimension(), Sha256.text(digest));
    }

    /** Adds the files of null tensors, and the weights beside a model. */
    private static void addFurther(MessageDigest digest, Path file, JsonFields fields) {
        if (fields.has(CONDITIONS)) {
            JsonFields conditions = fields.object(CONDITIONS);
            for (String input : conditions.names()) {
                JsonFields condition = conditions.object(input);
                if (condition.isText(NULL)) {
                    Sha256.add(digest, beside(file, NULL, condition.text(NULL)));
                }
            }
        }
        if (fields.isText("file")) {
            for (String ending : WEIGHTS) {
                Path weights = beside(file, "file", fields.text("file") + ending);
                if (Files.isRegularFile(weights)) {
                    Sha256.add(digest, weights);
                }
            }
        }
    }

    private static Path beside(Path file, String field, String name) {
        return file.resolveSibling(UserError.path(file + ": " + field, name));
    }
}
