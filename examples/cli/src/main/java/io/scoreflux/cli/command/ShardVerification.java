package io.scoreflux.cli.command;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.cli.option.Workers;
import io.scoreflux.cli.output.Progress;
import io.scoreflux.cli.shard.Part;
import io.scoreflux.cli.shard.PartSummary;
import io.scoreflux.files.format.OutputRow;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.RunError;
import io.scoreflux.files.text.UserError;
import io.scoreflux.solve.Certificate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** Checks a directory of part files, and computes some of its samples again. */
final class ShardVerification {
    private final Verification settings;
    private final Faults faults = new Faults();

    ShardVerification(Verification settings) {
        this.settings = settings;
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

    /** Checks a directory. Returns the exit code. */
    int run(Path path, @Nullable String target) {
        StoredRun run = StoredRun.of(path, target);
        Totals totals = new Totals();
        try (Target opened = run.recorded().open()) {
            NavigableMap<Long, @Nullable OutputRow> chosen = choose(run);
            readAll(run, path, totals, chosen);
            int compared = faults.isEmpty() ? compare(run, opened, chosen) : 0;
            report(totals, compared);
        }
        if (!faults.isEmpty()) {
            faults.print(settings.console());
            throw new RunError(
                    path + " is not complete and correct: " + faults
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

    /** Random indices, without rows yet. */
    private NavigableMap<Long, @Nullable OutputRow> choose(StoredRun run) {
        NavigableMap<Long, @Nullable OutputRow> chosen = new TreeMap<>();
        long count = run.manifest().count();
        long first = run.manifest().firstIndex();
        Random random = new Random(settings.seed());
        while (chosen.size() < Math.min(settings.samples(), count)) {
            long index = settings.samples() >= count ? chosen.size() : random.nextLong(count);
            chosen.put(first + index, null);
        }
        return chosen;
    }

    private void readAll(StoredRun run, Path path, Totals totals, NavigableMap<Long, @Nullable OutputRow> chosen) {
        int shards = run.manifest().shards();
        List<Part> all = new ArrayList<>();
        try (Progress progress =
                Progress.of(settings.console().err(), run.manifest().count(), "samples", settings.quiet())) {
            for (int shard = 0; shard < shards; shard++) {
                for (Part part : run.parts(shard)) {
                    all.add(part);
                    PartSummary summary = run.directory().summary(part);
                    String fault = run.fault(part, summary);
                    if (fault != null) {
                        faults.add("shard " + shard + "/" + shards + ": " + fault);
                    } else if (summary != null) {
                        totals.add(summary);
                        read(run, part, summary, chosen, progress);
                    }
                }
            }
        }
        run.directory()
                .unknownParts(all)
                .forEach(name -> faults.add(path.resolve(name) + " is not a part of this run; remove it"));
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
            faults.add(String.valueOf(e.getMessage()));
            return;
        } catch (IOException e) {
            faults.add(String.valueOf(UserError.unreadable(file, e).getMessage()));
            return;
        }
        if (counts.next != part.end()) {
            faults.add(file + " must have " + part.count() + " samples, has " + (counts.next - part.first()));
        } else if (!numbered && counts.differFrom(summary)) {
            faults.add(file + " has other counts of samples by status, or of calls, than its summary");
        }
    }

    /** Computes the chosen samples again. Returns their number. */
    private int compare(StoredRun run, Target opened, NavigableMap<Long, @Nullable OutputRow> chosen) {
        if (chosen.isEmpty()) {
            return 0;
        }
        try (Workers workers = settings.workers().workers()) {
            Path file = run.directory().manifestFile();
            Sampler sampler =
                    run.recorded().sampler(opened, workers, run.manifest().plan(file));
            Flux<Sample> again =
                    Flux.fromIterable(chosen.keySet()).concatMap(index -> sampler.samples(index, index + 1), 1);
            Pump.run(again, 1, sample -> {
                String fault = RowComparison.difference(
                        Objects.requireNonNull(chosen.get(sample.index())),
                        OutputRow.of(sample, null),
                        settings.tolerance());
                if (fault != null) {
                    faults.add("sample " + sample.index() + ", computed again: " + fault);
                }
            });
        } catch (IOException e) {
            throw new RunError(UserError.reason(e), e);
        }
        return chosen.size();
    }

    private void report(Totals totals, int compared) {
        settings.report(json -> {
            json.writeNumberProperty("parts", totals.parts);
            json.writeNumberProperty("samples", totals.samples);
            json.writeNumberProperty("bytes", totals.bytes);
            for (Certificate.Status status : Certificate.Status.values()) {
                json.writeNumberProperty(status.toString(), totals.status.getOrDefault(status, 0L));
            }
            json.writeNumberProperty("calls", totals.calls);
            json.writeNumberProperty("recomputed", compared);
            json.writeNumberProperty("seed", settings.seed());
            json.writeNumberProperty("faults", faults.count());
        });
    }
}
