package io.scoreflux.cli.receipt;

import io.scoreflux.files.input.Json;
import io.scoreflux.files.input.JsonFields;
import io.scoreflux.files.input.TextReader;
import io.scoreflux.files.text.UserError;
import io.scoreflux.solve.Certificate.Status;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Reads receipts that {@link ReceiptWriter} has written. */
public final class ReceiptFile {
    static final String INDEX = "index";
    static final String STATUS = "status";
    static final String CALLS = "calls";
    static final String SHA256 = "sha256";

    static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

    private static final List<String> STATUSES =
            Arrays.stream(Status.values()).map(Status::toString).toList();

    private static final String REMEDY = "; name a file that 'sample --receipts' has written";

    private ReceiptFile() {}

    /**
     * Reads a file.
     *
     * @param run receives the first line
     * @param receipts receives the receipts, in ascending order of their indices
     */
    public static void read(Path file, Consumer<ReceiptRun> run, Consumer<Receipt> receipts) {
        try (BufferedReader reader = TextReader.open(file)) {
            String first = reader.readLine();
            if (first == null) {
                throw new UserError(file + " has no receipts: it is empty" + REMEDY);
            }
            run.accept(run(file, first));
            long number = 1;
            long least = 0;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                if (!line.isBlank()) {
                    Receipt receipt = receipt(file + ", line " + number, line, least);
                    least = receipt.index() + 1;
                    receipts.accept(receipt);
                }
            }
        } catch (IOException e) {
            throw UserError.unreadable(file, e);
        }
    }

    private static ReceiptRun run(Path file, String line) {
        // Reports text that is not JSON, with its line.
        Json.readLine(file + ", line 1", line);
        try {
            return JSON.readValue(line, ReceiptRun.class);
        } catch (JacksonException e) {
            String field = e.getPath().stream()
                    .map(JacksonException.Reference::getPropertyName)
                    .collect(Collectors.joining("."));
            throw new UserError(
                    file + ", line 1: the run is not complete: the field '" + field
                            + "' is missing, unknown or of the wrong kind" + REMEDY,
                    e);
        }
    }

    private static Receipt receipt(String where, String line, long least) {
        JsonFields fields = Json.readLine(where, line);
        fields.allow(List.of(INDEX, STATUS, CALLS, SHA256));
        long index = fields.integer(INDEX);
        if (index < least) {
            throw fields.error(INDEX, "must be at least " + least + ", because the indices ascend, was " + index);
        }
        @Nullable String hash = fields.isNull(SHA256) ? null : fields.text(SHA256);
        if (hash != null && !HASH.matcher(hash).matches()) {
            throw fields.error(SHA256, "must be 64 hexadecimal digits, or null for a failed sample, was " + hash);
        }
        String status = fields.text(STATUS);
        if (!STATUSES.contains(status)) {
            throw fields.error(STATUS, "must be one of " + String.join(", ", STATUSES) + ", was " + status);
        }
        return new Receipt(index, status, fields.integer(CALLS), hash);
    }
}
