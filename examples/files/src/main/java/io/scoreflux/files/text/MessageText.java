package io.scoreflux.files.text;

import io.scoreflux.error.Failure;
import io.scoreflux.error.HasViolation;
import io.scoreflux.error.SampleFailedException;
import io.scoreflux.error.Violation;
import io.scoreflux.model.ModelException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Translates messages of the library to the terms of the command line. */
public final class MessageText {
    private static final Pattern LINES = Pattern.compile("\\s*\\R\\s*");
    private static final Pattern CONTROL = Pattern.compile("\\p{Cc}");

    /**
     * Settings of the library and the corresponding options or fields of a target file. Remedies that name other settings are left out. Log
     * messages are plain text that does not name settings.
     */
    public static final Map<String, String> OPTIONS = Map.ofEntries(
            Map.entry("fromSigma", "--from-sigma"),
            Map.entry("toSigma", "--to-sigma"),
            Map.entry("stages", "--stages"),
            Map.entry("plan", "--plan"),
            Map.entry("radius", "the target's radius"),
            Map.entry("label", "--label"),
            Map.entry("guidance", "--guidance"),
            Map.entry("negative", "--negative"),
            Map.entry("tensors", "--condition"),
            Map.entry("solver", "--solver"),
            Map.entry("sliding", "--solver sliding"),
            Map.entry("picard", "--solver picard"),
            Map.entry("parallel", "--solver parallel"),
            Map.entry("correct", "--correct"),
            Map.entry("tolerance", "--tolerance"),
            Map.entry("maxRows", "--batch"),
            Map.entry("fixedRows", "--fixed-rows"),
            Map.entry("parallelism", "--threads"),
            Map.entry("chains", "--chains"),
            Map.entry("burnIn", "--burn-in"),
            Map.entry("thinning", "--every"),
            Map.entry("moves", "--moves"),
            Map.entry("bound", "--bound"),
            Map.entry("safety", "--safety"),
            Map.entry("particles", "--particles"),
            Map.entry("noise", "noise"),
            Map.entry("likelihood", "--likelihood"),
            Map.entry("probes", "--probes"),
            Map.entry("statistics", "--function"),
            Map.entry("within", "--within"),
            Map.entry("confidence", "--confidence"),
            Map.entry("bounds", "--bounds"),
            Map.entry("lipschitz", "--lipschitz"),
            Map.entry("exact", "--exact"),
            Map.entry("quasiRandom", "--quasi-random"),
            Map.entry("maxSamples", "--max-samples"));

    /** Settings of networks and the corresponding options. */
    private static final Map<String, String> NETWORK_OPTIONS =
            Map.of("memory", "--memory", "fixedRows", "--fixed-rows");

    /** Settings of networks and the corresponding fields of a target file, or options. */
    public static final Map<String, String> FIELDS = fields();

    private MessageText() {}

    private static Map<String, String> fields() {
        Map<String, String> fields = new HashMap<>(NETWORK_OPTIONS);
        for (String same :
                List.of("shape", "state", "time", "output", "label", "classes", "inputs", "variance", "radius")) {
            fields.put(same, same);
        }
        fields.put("condition", "conditions");
        fields.put("learnedVariance", "learned-variance");
        fields.put("timeInput", "time-means");
        fields.put("moments", "mean");
        fields.put("std", "variance");
        return Map.copyOf(fields);
    }

    /** The message of a network that does not fit its target file, with the fields of the file instead of the library's settings. */
    public static String ofTarget(RuntimeException e) {
        return e instanceof ModelException model
                ? model.named(FIELDS::get)
                : e instanceof HasViolation refused
                        ? refused.violation().named(FIELDS::get).message()
                        : String.valueOf(e.getMessage());
    }

    /** A message as one line without control characters. */
    public static String line(String message) {
        return CONTROL.matcher(LINES.matcher(message).replaceAll(" ")).replaceAll("?");
    }

    /** The message of an exception, with options instead of the library's settings. */
    public static String of(Exception e) {
        if (e instanceof SampleFailedException failed) {
            return of(failed.failure());
        }
        if (e instanceof ModelException model) {
            return model.named(NETWORK_OPTIONS::get);
        }
        return e instanceof HasViolation refused ? of(refused.violation()) : String.valueOf(e.getMessage());
    }

    /** The sentence, with options instead of the library's settings. */
    public static String of(Violation violation) {
        return violation.named(OPTIONS::get).message();
    }

    /** The reason why a sample failed, with options instead of the library's settings. */
    public static String of(Failure failure) {
        return failure.named(OPTIONS::get).message();
    }

    /** The reason why a draw failed. The target's remedy replaces those of the library that require a program. */
    public static String of(Failure failure, String remedy) {
        boolean helpless = failure.named(OPTIONS::get).violation().remedies().isEmpty();
        return of(failure) + (helpless ? "; " + remedy : "");
    }
}
