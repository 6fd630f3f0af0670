package io.scoreflux.cli.receipt;

import io.scoreflux.Sample;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Output;
import io.scoreflux.files.format.JsonOutput;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Writes receipts as NDJSON: the run in the first line, then one line for each sample. */
public final class ReceiptWriter implements AutoCloseable {
    private final Output output;

    /**
     * Opens the file, and rejects it if it cannot be written.
     *
     * @param option the option that names it, for messages
     */
    public ReceiptWriter(Console console, String option, Path file) {
        this.output = Output.open(console, option, file);
    }

    /** Writes the run. */
    public void write(ReceiptRun run) {
        output.append((ReceiptFile.JSON.writeValueAsString(run) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Writes the receipt of a sample. */
    public void write(Sample sample) {
        Receipt receipt = Receipt.of(sample);
        output.append(JsonOutput.line(json -> {
            json.writeNumberProperty(ReceiptFile.INDEX, receipt.index());
            json.writeStringProperty(ReceiptFile.STATUS, receipt.status());
            json.writeNumberProperty(ReceiptFile.CALLS, receipt.calls());
            json.writeStringProperty(ReceiptFile.SHA256, receipt.sha256());
        }));
    }

    /** Completes the file, which appears under its name now. */
    public void complete() {
        output.complete();
    }

    /** Closes the file. Removes it if it is not complete. */
    @Override
    public void close() {
        output.close();
    }
}
