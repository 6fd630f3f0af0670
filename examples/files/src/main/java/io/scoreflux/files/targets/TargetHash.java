package io.scoreflux.files.targets;

import io.scoreflux.files.format.PlanTarget;
import io.scoreflux.files.input.Json;
import io.scoreflux.files.input.JsonFields;
import io.scoreflux.files.text.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** Identifies targets by their content, so that a plan of another target can be refused. */
public final class TargetHash {
    /** Fields that do not change the distribution: where a server is, how long it may take, and the range, which a plan has too. */
    private static final Set<String> IGNORED =
            Set.of("url", "version", "headers", "timeout", "from-sigma", "to-sigma", "conditions");

    /** Fields that may name a file. The content of the file counts, not its name. */
    private static final List<String> FILES = List.of("file", "scheduler");

    private TargetHash() {}

    /**
     * The target as a plan names it. Reads the target file and the files that it refers to.
     *
     * @param name the name or the file of the target
     */
    public static PlanTarget of(String name, Target target) {
        MessageDigest digest = sha256();
        BuiltIn builtIn = BuiltIn.ofName(name);
        String shown = name;
        if (builtIn != null) {
            digest.update(name.getBytes(StandardCharsets.UTF_8));
        } else {
            Path file = UserError.path("--target", name);
            shown = String.valueOf(file.getFileName());
            JsonFields fields = Json.read(file);
            List<String> named = FILES.stream().filter(fields::isText).toList();
            Set<String> ignored = new HashSet<>(IGNORED);
            ignored.addAll(named);
            digest.update(fields.sortedText(ignored).getBytes(StandardCharsets.UTF_8));
            for (String field : named) {
                add(digest, file.resolveSibling(UserError.path(file + ": " + field, fields.text(field))));
            }
        }
        return new PlanTarget(shown, target.info().dimension(), HexFormat.of().formatHex(digest.digest()));
    }

    /** The hash of a file, in hexadecimal digits. */
    public static String of(Path file) {
        MessageDigest digest = sha256();
        add(digest, file);
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void add(MessageDigest digest, Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            in.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
        } catch (IOException e) {
            throw UserError.unreadable(file, e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
