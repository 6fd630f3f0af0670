package io.scoreflux.cli.command;

import io.scoreflux.Request;
import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.cli.option.Workers;
import io.scoreflux.cli.output.Progress;
import io.scoreflux.cli.receipt.Receipt;
import io.scoreflux.cli.receipt.ReceiptFile;
import io.scoreflux.cli.receipt.ReceiptRun;
import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.OutputRow;
import io.scoreflux.files.format.PlanFile;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.Decimal;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.RunError;
import io.scoreflux.files.text.UserError;
import io.scoreflux.internal.KernelVariant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/** Computes samples again from their receipts, and states how many digits agree. */
final class ReceiptVerification {
    private static final String TOLERANCE = "--tolerance=";
    /** A double has fewer decimal digits than this. */
    private static final int MOST_DIGITS = 16;

    private final Verification settings;
    private final Faults faults = new Faults();
    private long identical;
    private long failed;
    private int digits = Integer.MAX_VALUE;

    ReceiptVerification(Verification settings) {
        this.settings = settings;
    }

    /** The receipts of a file: the run, the number of receipts, the index of the first, and those of the samples to compute again. */
    private static final class Receipts {
        @Nullable
        ReceiptRun run;

        long count;
        long first;
        final NavigableMap<Long, Receipt> chosen = new TreeMap<>();
    }

    /** A file of samples. */
    private record SampleValues(Path file, Format format) {}

    /**
     * Checks receipts. Returns the exit code.
     *
     * @param values the file of the samples, or null if it is that of the receipts
     * @param indices the samples to compute again; empty for random ones
     * @param elsewhere the name of the target here, or null if it is that of the receipts
     */
    int run(Path file, @Nullable Path values, List<Long> indices, @Nullable String elsewhere) {
        Receipts receipts = indices.isEmpty() ? random(file) : named(file, indices);
        ReceiptRun run = Objects.requireNonNull(receipts.run);
        RecordedRun recorded = RecordedRun.of(file, run.target(), arguments(run), run.files(), elsewhere);
        if (receipts.count != run.count() || (run.count() > 0 && receipts.first != run.firstIndex())) {
            faults.add(file + " must have " + run.count() + " receipts from the index " + run.firstIndex() + " on, has "
                    + receipts.count + (receipts.count > 0 ? " from the index " + receipts.first + " on" : ""));
        }
        SampleValues stored = stored(file, values, run);
        try (Target opened = recorded.open()) {
            Map<Long, double[]> before = stored == null ? Map.of() : read(stored, recorded, receipts);
            remark(run, stored);
            compute(recorded, run, opened, receipts, before);
        } catch (IOException e) {
            throw new RunError(UserError.reason(e), e);
        }
        settings.report(json -> {
            json.writeNumberProperty("receipts", receipts.count);
            json.writeNumberProperty("recomputed", receipts.chosen.size());
            json.writeNumberProperty("identical", identical);
            json.writeNumberProperty("failed", failed);
            write(json, "digits", digits == Integer.MAX_VALUE ? null : (long) digits);
            write(json, "seed", indices.isEmpty() ? settings.seed() : null);
            json.writeNumberProperty("faults", faults.count());
        });
        if (!faults.isEmpty()) {
            faults.print(settings.console());
            throw new RunError(file + ": the samples differ from their receipts: " + faults, null);
        }
        return 0;
    }

    /** The options of the run. The tolerance is among them even if it was the default, which another version may change. */
    private static List<String> arguments(ReceiptRun run) {
        List<String> arguments = new ArrayList<>(run.arguments());
        Double tolerance = run.tolerance();
        if (tolerance != null && arguments.stream().noneMatch(each -> each.startsWith(TOLERANCE))) {
            arguments.add(TOLERANCE + Decimal.of(tolerance));
        }
        return arguments;
    }

    private static void write(JsonGenerator json, String name, @Nullable Long number) {
        json.writeName(name);
        if (number == null) {
            json.writeNull();
        } else {
            json.writeNumber(number);
        }
    }

    private static Receipts named(Path file, List<Long> indices) {
        Receipts receipts = new Receipts();
        read(file, receipts, receipt -> {
            if (indices.contains(receipt.index())) {
                receipts.chosen.put(receipt.index(), receipt);
            }
        });
        for (long index : indices) {
            if (!receipts.chosen.containsKey(index)) {
                throw new UserError(file + " has no receipt with the index " + index + "; give another --index");
            }
        }
        return receipts;
    }

    /** Selects receipts at random, each with the same probability, in one pass (Vitter's algorithm R). */
    private Receipts random(Path file) {
        Receipts receipts = new Receipts();
        Random random = new Random(settings.seed());
        List<Receipt> reservoir = new ArrayList<>();
        read(file, receipts, receipt -> {
            if (reservoir.size() < settings.samples()) {
                reservoir.add(receipt);
            } else {
                long place = random.nextLong(receipts.count);
                if (place < reservoir.size()) {
                    reservoir.set((int) place, receipt);
                }
            }
        });
        reservoir.forEach(receipt -> receipts.chosen.put(receipt.index(), receipt));
        return receipts;
    }

    private static void read(Path file, Receipts into, Consumer<Receipt> each) {
        ReceiptFile.read(file, run -> into.run = run, receipt -> {
            if (into.count == 0) {
                into.first = receipt.index();
            }
            into.count++;
            each.accept(receipt);
        });
    }

    /** Returns the file of the samples, or null if it is not there and was not named. */
    private static @Nullable SampleValues stored(Path receipts, @Nullable Path values, ReceiptRun run) {
        ReceiptRun.Samples recorded = run.samples();
        if (values != null) {
            Format ending = Format.ofEnding(values);
            if (ending == null && recorded == null) {
                throw new UserError(
                        "--values " + values + ": the format is unknown; the name must end in " + Format.readEndings());
            }
            return new SampleValues(
                    values,
                    ending == null ? Format.of(Objects.requireNonNull(recorded).format(), null) : ending);
        }
        if (recorded == null) {
            return null;
        }
        Path beside = receipts.resolveSibling(UserError.path(receipts + ": samples", recorded.file()));
        return Files.isRegularFile(beside) ? new SampleValues(beside, Format.of(recorded.format(), null)) : null;
    }

    private void remark(ReceiptRun run, @Nullable SampleValues stored) {
        if (settings.quiet()) {
            return;
        }
        String kernels = KernelVariant.selected().toString();
        if (!run.version().equals(Version.number()) || !run.kernels().equals(kernels)) {
            settings.console()
                    .err()
                    .println("the receipts are of version " + run.version() + " with the kernels " + run.kernels()
                            + ", this is version " + Version.number() + " with the kernels " + kernels);
        }
        settings.console()
                .err()
                .println(
                        stored == null
                                ? "the file of the samples is not at hand, so only their hashes are compared; name it"
                                        + " with --values"
                                : "comparing with the samples in " + stored.file());
    }

    /** Reads the values of the chosen samples, and checks their hashes. */
    private Map<Long, double[]> read(SampleValues stored, RecordedRun recorded, Receipts receipts) {
        Map<Long, double[]> values = new HashMap<>();
        boolean numbered = !stored.format().hasFields();
        Columns columns = RunColumns.of(recorded.options(), recorded.target(), stored.format(), false);
        try {
            stored.format().rows().read(stored.file(), columns, row -> {
                long index = numbered ? receipts.first + row.index() : row.index();
                if (receipts.chosen.containsKey(index)) {
                    keep(receipts.chosen.get(index), row, values);
                }
            });
        } catch (IOException e) {
            throw UserError.unreadable(stored.file(), e);
        }
        for (Receipt receipt : receipts.chosen.values()) {
            if (receipt.sha256() != null && !values.containsKey(receipt.index())) {
                faults.add("sample " + receipt.index() + ": " + stored.file()
                        + " does not have the values of the receipt");
            }
        }
        return values;
    }

    private static void keep(Receipt receipt, OutputRow row, Map<Long, double[]> values) {
        double[] found = row.values();
        if (found != null && Receipt.hash(found).equals(receipt.sha256())) {
            values.put(receipt.index(), found);
        }
    }

    private void compute(
            RecordedRun recorded, ReceiptRun run, Target opened, Receipts receipts, Map<Long, double[]> before)
            throws IOException {
        if (receipts.chosen.isEmpty()) {
            return;
        }
        JsonNode plan = run.plan();
        if (plan == null) {
            throw new UserError(recorded.file() + ", line 1: the field 'plan' is missing");
        }
        try (Workers workers = settings.workers().workers();
                Progress progress =
                        Progress.of(settings.console().err(), receipts.chosen.size(), "samples", settings.quiet())) {
            Sampler sampler = recorded.sampler(
                    opened, workers, PlanFile.plan(plan, recorded.file().toString()));
            long seed = recorded.options().seed();
            Flux<Sample> again =
                    sampler.samples(Flux.fromIterable(receipts.chosen.keySet()).map(k -> Request.of(seed, k)));
            Pump.run(again, workers.count(), sample -> {
                Receipt receipt = Objects.requireNonNull(receipts.chosen.get(sample.index()));
                String fault = compare(receipt, sample, before.get(sample.index()));
                if (fault != null) {
                    faults.add("sample " + sample.index() + ", computed again: " + fault);
                }
                progress.step();
            });
        }
    }

    /** Returns how a sample that was computed again differs from its receipt by more than the tolerance, or null. */
    private @Nullable String compare(Receipt receipt, Sample sample, double @Nullable [] before) {
        Receipt now = Receipt.of(sample);
        if (receipt.sha256() == null || now.sha256() == null) {
            if (Objects.equals(receipt.sha256(), now.sha256())) {
                failed++;
                return null;
            }
            return sample.failed()
                    ? "it failed: "
                            + MessageText.of(
                                    Objects.requireNonNull(sample.certificate().failure()))
                    : "it must fail, but did not";
        }
        if (receipt.equals(now)) {
            identical++;
            return null;
        }
        boolean sameValues = receipt.sha256().equals(now.sha256());
        // With other last digits, the number of calls may differ.
        if (sameValues || !receipt.status().equals(now.status())) {
            return "status and calls must be " + receipt.status() + " and " + receipt.calls() + ", were " + now.status()
                    + " and " + now.calls() + (sameValues ? "; the values agree" : "");
        }
        if (before == null) {
            return "the values differ; name the file of the samples with --values to see how many digits agree";
        }
        return difference(before, sample.values());
    }

    private @Nullable String difference(double[] before, double[] now) {
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < before.length; i++) {
            largest = Math.max(largest, Math.abs(before[i]));
            difference = Math.max(difference, Math.abs(before[i] - now[i]));
        }
        // Zeros of different sign differ in their bits only.
        double relative = difference == 0 ? 0 : largest > 0 ? difference / largest : Double.POSITIVE_INFINITY;
        int agree = (int) Math.min(MOST_DIGITS, Math.max(0, Math.floor(-StrictMath.log10(relative))));
        digits = Math.min(digits, agree);
        return settings.tolerance() > 0 && relative <= settings.tolerance()
                ? null
                : agree + " digits agree: the largest difference is " + Decimal.of(relative)
                        + " of the largest value; set --tolerance to permit it";
    }
}
