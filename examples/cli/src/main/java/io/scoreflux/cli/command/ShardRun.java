package io.scoreflux.cli.command;

import io.scoreflux.Plan;
import io.scoreflux.Sampler;
import io.scoreflux.cli.option.RunOptions;
import io.scoreflux.cli.option.ShardOptions;
import io.scoreflux.cli.option.Workers;
import io.scoreflux.cli.output.Console;
import io.scoreflux.cli.output.Progress;
import io.scoreflux.cli.shard.Manifest;
import io.scoreflux.cli.shard.Part;
import io.scoreflux.cli.shard.PartWriter;
import io.scoreflux.cli.shard.ShardDirectory;
import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.PlanTarget;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.RunError;
import io.scoreflux.files.text.UserError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Computes the parts of a shard that are not complete. */
final class ShardRun {
    private final Console console;
    private final RunOptions options;
    private final ShardOptions.Shard shard;
    private final ShardDirectory directory;
    private final Manifest wanted;
    private final Columns columns;

    /**
     * Prepares a run.
     *
     * @param count total number of samples, of all shards
     */
    ShardRun(
            Console console,
            RunOptions options,
            ShardOptions.Shard shard,
            long partSize,
            Path out,
            Target target,
            long count) {
        this.console = console;
        this.options = options;
        this.shard = shard;
        this.directory = new ShardDirectory(out);
        Format format = options.output.format();
        PlanTarget name = options.name(target);
        this.columns = RunColumns.of(options, name, format, false);
        format.requireCount(columns, Math.min(partSize, count));
        this.wanted = new Manifest(
                Version.number(),
                Manifest.PORTABLE,
                name,
                options.arguments(),
                options.hashes(),
                null,
                format.name(),
                options.firstIndex,
                count,
                shard.of(),
                partSize);
        wanted.partition().requireParts();
    }

    /** Computes and writes the missing parts. Returns the exit code. */
    int run(Target target) {
        CertificateTable table = new CertificateTable(options.correctionReport());
        List<Part> missing;
        try (Workers workers = options.workers()) {
            Manifest manifest = manifest(target, workers);
            List<Part> parts = manifest.partition().parts(shard.number(), manifest.fileFormat());
            directory.removeAbandoned();
            missing = parts.stream().filter(part -> !directory.isComplete(part)).toList();
            say("shard " + shard + ": "
                    + (parts.isEmpty()
                            ? "it has no samples"
                            : (parts.size() - missing.size()) + " of " + parts.size() + " parts are complete"));
            if (!missing.isEmpty()) {
                compute(sampler(target, workers, manifest), missing, workers.count(), table);
            }
        }
        if (!options.quiet && !missing.isEmpty()) {
            table.print(console.err());
            console.err()
                    .println("wrote " + missing.size() + (missing.size() == 1 ? " part" : " parts") + " to "
                            + directory.path());
        }
        if (table.failed() > 0) {
            long computed = missing.stream().mapToLong(Part::count).sum();
            throw new RunError(
                    table.failed() + " of " + computed + " samples failed, the first " + table.firstFailure()
                            + "; run the shard again to compute the parts with failed samples once more",
                    null);
        }
        return 0;
    }

    /** The manifest of the directory, which this run writes if it is the first. */
    private Manifest manifest(Target target, Workers workers) {
        Manifest found = directory.manifest();
        if (found == null) {
            directory.create();
            String remark = options.remark(target);
            if (remark != null) {
                say(remark);
            }
            // The plan of the first run holds for all of them, so that no other needs a pilot run.
            found = directory.create(wanted.with(plan(options.sampler(target, workers))));
        }
        wanted.requireSame(found, directory.manifestFile());
        return found;
    }

    private Plan plan(Sampler sampler) {
        try {
            Plan plan = sampler.plan();
            if (plan.pilotCalls() > 0 && options.plan == null) {
                say(plan.toString());
            }
            return plan;
        } catch (IllegalStateException e) {
            throw new RunError(MessageText.of(e), e);
        }
    }

    private Sampler sampler(Target target, Workers workers, Manifest manifest) {
        Path file = directory.manifestFile();
        return options.sampler(target, workers, manifest.plan(file), file.toString());
    }

    private void compute(Sampler sampler, List<Part> missing, int threads, CertificateTable table) {
        long count = missing.stream().mapToLong(Part::count).sum();
        try (Progress progress = Progress.of(console.err(), count, "samples", options.quiet)) {
            for (List<Part> parts : consecutive(missing)) {
                long first = parts.get(0).first();
                long end = parts.get(parts.size() - 1).end();
                try (PartWriter writer = new PartWriter(directory, columns, parts)) {
                    Pump.run(sampler.samples(first, end), threads, sample -> {
                        writer.write(sample);
                        table.add(sample);
                        progress.step();
                    });
                }
            }
        } catch (IOException e) {
            throw new RunError(
                    "cannot write to " + directory.path() + ": " + UserError.reason(e)
                            + "; the same command continues the run later",
                    e);
        }
    }

    /** The parts in groups without gaps. The stream of a group continues from part to part. */
    private static List<List<Part>> consecutive(List<Part> parts) {
        List<List<Part>> groups = new ArrayList<>();
        @Nullable Part last = null;
        for (Part part : parts) {
            if (last == null || last.end() != part.first()) {
                groups.add(new ArrayList<>());
            }
            groups.get(groups.size() - 1).add(part);
            last = part;
        }
        return groups;
    }

    private void say(String line) {
        if (!options.quiet) {
            console.err().println(line);
        }
    }
}
