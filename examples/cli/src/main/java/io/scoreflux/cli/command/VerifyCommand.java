package io.scoreflux.cli.command;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.cli.option.OptionRules;
import io.scoreflux.cli.option.WorkerOptions;
import io.scoreflux.cli.option.Workers;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Output;
import io.scoreflux.cli.output.Progress;
import io.scoreflux.cli.shard.Part;
import io.scoreflux.cli.shard.PartSummary;
import io.scoreflux.error.Violation;
import io.scoreflux.files.format.JsonOutput;
import io.scoreflux.files.format.OutputRow;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.RunError;
import io.scoreflux.files.text.UserError;
import io.scoreflux.solve.Certificate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import reactor.core.publisher.Flux;
import tools.jackson.core.JsonGenerator;

/** Checks a directory of part files. */
@Command(
        name = "verify",
        description = "Checks a directory that 'sample --shard' wrote: each sample occurs exactly once, the hashes"
                + " match, and samples that are computed again have the same bits.",
        footer = "%nThe result is one JSON object on standard output: the numbers of parts, samples and bytes, the"
                + " number of samples by status, the number of calls, the number of samples that were computed again,"
                + " the seed of their selection, and the number of faults. The exit code is 1 if a part is missing, if"
                + " anything differs, or if a sample failed.%nThe last digits of a network on a server, or in an ONNX"
                + " file without --fixed-rows, can depend on the other rows of the batch; set --tolerance then.",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class VerifyCommand implements Callable<Integer> {
    /** Faults after these are counted. */
    private static final int SHOWN = 10;

    private final Console console;
    private final List<String> faults = new ArrayList<>();
    private long others;

    @Parameters(paramLabel = "DIR", description = "The directory of the parts")
    private Path path = Path.of("");

    @Option(
            names = "--samples",
            paramLabel = "K",
            defaultValue = "16",
            description = "Number of random samples that are computed again and compared (default: 16)")
    private int samples;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Seed that selects these samples; the same seed selects the same samples (default: random)")
    private @Nullable Long seed;

    @Option(
            names = "--tolerance",
            paramLabel = "E",
            defaultValue = "0",
            description = "Largest permitted difference of a value, relative to the largest value of its sample"
                    + " (default: 0, all bits must agree)")
    private double tolerance;

    @Option(
            names = "--target",
            paramLabel = "T",
            description = "New name of the target, if its file has moved since the run (default: the name in the"
                    + " manifest)")
    private @Nullable String target;

    @Mixin
    private final WorkerOptions workerOptions = new WorkerOptions();

    @Option(names = "--quiet", description = "Suppresses progress")
    private boolean quiet;

    public VerifyCommand(Console console) {
        this.console = console;
    }

    /** Counts over all parts. */
    private static final class Totals {
        long parts;
        long samples;
        long bytes;
        long calls;
        final Map<Certificate.Status, Long> status = new EnumMap<>(Certificate.Status.class);

        void add(PartSummary summary) {
            parts++;
            samples += summary.samples();
            bytes += summary.bytes();
            calls += summary.calls();
            summary.status().forEach((one, number) -> status.merge(one, number, Long::sum));
        }

        long failed() {
            return status.getOrDefault(Certificate.Status.FAILED, 0L);
        }
    }

    /** Counts over the rows of one part. */
    private static final class Counts {
        long next;
        long calls;
        final Map<String, Long> status = new TreeMap<>();

        void add(OutputRow row) {
            next++;
            Map<String, @Nullable Object> fields = row.fields();
            if (fields.get("status") instanceof String one && fields.get("calls") instanceof Long number) {
                status.merge(one, 1L, Long::sum);
                calls += number;
            }
        }

        boolean differFrom(PartSummary summary) {
            Map<String, Long> expected = new TreeMap<>();
            summary.status().forEach((one, number) -> expected.put(one.toString(), number));
            return calls != summary.calls() || !status.equals(expected);
        }
    }

    @Override
    public Integer call() {
        OptionRules.atLeast("--samples", samples, 0);
        if (!(tolerance >= 0 && tolerance < 1)) {
            throw new UserError("--tolerance must be in [0, 1), was " + Violation.text(tolerance));
        }
        workerOptions.check();
        long choice = seed == null ? new SecureRandom().nextLong() : seed;
        StoredRun run = StoredRun.of(path, target);
        Totals totals = new Totals();
        try (Target opened = run.target()) {
            NavigableMap<Long, @Nullable OutputRow> chosen = choose(run, choice);
            readAll(run, totals, chosen);
            int compared = faults.isEmpty() ? compare(run, opened, chosen) : 0;
            report(totals, compared, choice);
        }
        if (!faults.isEmpty()) {
            faults.forEach(fault -> console.err().println("scoreflux: " + fault));
            throw new RunError(
                    path + " is not complete and correct: faults: " + (faults.size() + others)
                            + (others > 0 ? ", of which " + SHOWN + " are shown" : "")
                            + "; run the shards again that they name, and remove files that are no parts",
                    null);
        }
        if (totals.failed() > 0) {
            throw new RunError(
                    totals.failed() + " of " + totals.samples
                            + " samples failed; run the shards again to compute their parts once more",
                    null);
        }
        return 0;
    }

    private void addFault(String fault) {
        if (faults.size() < SHOWN) {
            faults.add(fault);
        } else {
            others++;
        }
    }

    /** Random indices, without rows yet. */
    private NavigableMap<Long, @Nullable OutputRow> choose(StoredRun run, long choice) {
        NavigableMap<Long, @Nullable OutputRow> chosen = new TreeMap<>();
        long count = run.manifest().count();
        long first = run.manifest().firstIndex();
        Random random = new Random(choice);
        while (chosen.size() < Math.min(samples, count)) {
            long index = samples >= count ? chosen.size() : random.nextLong(count);
            chosen.put(first + index, null);
        }
        return chosen;
    }

    private void readAll(StoredRun run, Totals totals, NavigableMap<Long, @Nullable OutputRow> chosen) {
        int shards = run.manifest().shards();
        List<Part> all = new ArrayList<>();
        try (Progress progress = Progress.of(console.err(), run.manifest().count(), "samples", quiet)) {
            for (int shard = 0; shard < shards; shard++) {
                for (Part part : run.parts(shard)) {
                    all.add(part);
                    PartSummary summary = run.directory().summary(part);
                    String fault = run.fault(part, summary);
                    if (fault != null) {
                        addFault("shard " + shard + "/" + shards + ": " + fault);
                    } else if (summary != null) {
                        totals.add(summary);
                        read(run, part, summary, chosen, progress);
                    }
                }
            }
        }
        run.directory()
                .unknownParts(all)
                .forEach(name -> addFault(path.resolve(name) + " is not a part of this run; remove it"));
    }

    /** Reads the rows of a part, checks their indices, and keeps the chosen ones. */
    private void read(
            StoredRun run,
            Part part,
            PartSummary summary,
            NavigableMap<Long, @Nullable OutputRow> chosen,
            Progress progress) {
        Path file = run.directory().file(part);
        boolean numbered = !part.format().hasFields();
        Counts counts = new Counts();
        counts.next = part.first();
        try {
            part.format().rows().read(file, run.columns(), row -> {
                long index = numbered ? part.first() + row.index() : row.index();
                if (index != counts.next) {
                    throw new UserError(file + ": the index must be " + counts.next + ", was " + index);
                }
                counts.add(row);
                if (chosen.containsKey(index)) {
                    chosen.put(index, row);
                }
                progress.step();
            });
        } catch (UserError e) {
            addFault(String.valueOf(e.getMessage()));
            return;
        } catch (IOException e) {
            addFault(String.valueOf(UserError.unreadable(file, e).getMessage()));
            return;
        }
        if (counts.next != part.end()) {
            addFault(file + " must have " + part.count() + " samples, has " + (counts.next - part.first()));
        } else if (!numbered && counts.differFrom(summary)) {
            addFault(file + " has other counts of samples by status, or of calls, than its summary");
        }
    }

    /** Computes the chosen samples again. Returns their number. */
    private int compare(StoredRun run, Target opened, NavigableMap<Long, @Nullable OutputRow> chosen) {
        if (chosen.isEmpty()) {
            return 0;
        }
        try (Workers workers = workerOptions.workers()) {
            Path file = run.directory().manifestFile();
            Sampler sampler =
                    run.options().sampler(opened, workers, run.manifest().plan(file), file.toString());
            Flux<Sample> again =
                    Flux.fromIterable(chosen.keySet()).concatMap(index -> sampler.samples(index, index + 1), 1);
            Pump.run(again, 1, sample -> {
                String fault = RowComparison.difference(
                        Objects.requireNonNull(chosen.get(sample.index())), OutputRow.of(sample, null), tolerance);
                if (fault != null) {
                    addFault("sample " + sample.index() + ", computed again: " + fault);
                }
            });
        } catch (IOException e) {
            throw new RunError(UserError.reason(e), e);
        }
        return chosen.size();
    }

    private void report(Totals totals, int compared, long choice) {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try (JsonGenerator json = JsonOutput.generator(line)) {
            json.writeStartObject();
            json.writeNumberProperty("parts", totals.parts);
            json.writeNumberProperty("samples", totals.samples);
            json.writeNumberProperty("bytes", totals.bytes);
            for (Certificate.Status status : Certificate.Status.values()) {
                json.writeNumberProperty(status.toString(), totals.status.getOrDefault(status, 0L));
            }
            json.writeNumberProperty("calls", totals.calls);
            json.writeNumberProperty("recomputed", compared);
            json.writeNumberProperty("seed", choice);
            json.writeNumberProperty("faults", faults.size() + others);
            json.writeEndObject();
        }
        line.write('\n');
        try (Output output = Output.open(console, "the result", null)) {
            output.write(line.toByteArray());
        }
    }
}
