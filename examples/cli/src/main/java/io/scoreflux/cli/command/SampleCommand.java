package io.scoreflux.cli.command;

import io.scoreflux.cli.command.Delivery.Request;
import io.scoreflux.cli.option.ExactOptions;
import io.scoreflux.cli.option.FileName;
import io.scoreflux.cli.option.OptionRules;
import io.scoreflux.cli.option.RunOptions;
import io.scoreflux.cli.option.ShardOptions;
import io.scoreflux.cli.output.Console;
import io.scoreflux.evaluation.plot.FilmStrip;
import io.scoreflux.evaluation.plot.Picture;
import io.scoreflux.files.format.SampleFile;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.UserError;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Draws samples from noise. */
@Command(
        name = "sample",
        description = "Draws samples of a target, starting from noise.",
        footer = OutputHelp.TEXT + OutputHelp.EXACT,
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class SampleCommand implements Callable<Integer> {
    private final Console console;

    @Option(
            names = "--renoise",
            paramLabel = "INPUTS",
            converter = FileName.class,
            description =
                    "Image to image: starts sample k from row k with noise of level --from-sigma added. Less noise"
                            + " keeps more of the input; " + SampleFile.HELP)
    @Nullable
    private Path renoise;

    @Option(
            names = "--film",
            paramLabel = "FILE.png",
            converter = FileName.class,
            description = "For targets of images: draws the first " + FilmStrip.MOST_ROWS
                    + " samples, one row each: the output of the denoiser at the start of each of the --stages, then"
                    + " the sample. These samples are computed a second time, with one more call per stage and one"
                    + " for the sample. The other outputs do not change")
    @Nullable
    private Path film;

    @Option(
            names = Delivery.RECEIPTS,
            paramLabel = "FILE.ndjson",
            converter = FileName.class,
            description = "Writes a receipt of each sample: the run in the first line, then the index, the status, the"
                    + " number of calls, and a hash of the values. 'verify --receipts' computes samples again from it")
    @Nullable
    private Path receipts;

    @Mixin
    private final RunOptions options = new RunOptions();

    @Mixin
    private final ExactOptions exact = new ExactOptions();

    @Mixin
    private final ShardOptions shards = new ShardOptions();

    public SampleCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        exact.check(options);
        ShardOptions.Shard shard = shards.shard();
        shards.check();
        options.check(shard != null);
        OptionRules.picture("--film", film);
        options.checkOutput("--film", film);
        options.checkOutput(Delivery.RECEIPTS, receipts);
        OptionRules.different("--film", film, Delivery.RECEIPTS, receipts);
        Path inputs = renoise;
        if (inputs != null && options.fromSigma == null && options.plan == null) {
            throw new UserError(
                    "--renoise requires --from-sigma, the level of the added noise; the default level would erase the"
                            + " inputs");
        }
        if (inputs != null && film != null) {
            throw new UserError("--film does not apply to --renoise; leave out one of them");
        }
        if (inputs != null && receipts != null) {
            throw new UserError(Delivery.RECEIPTS + " does not apply to --renoise; leave out one of them");
        }
        if (shard != null) {
            checkSharded();
        }
        long count = options.countOr(RunOptions.DEFAULT_COUNT);
        long first = options.firstIndex;
        try (Target target = options.target()) {
            if (exact.isExact()) {
                return new PosteriorDelivery(console, options, exact).run(target);
            }
            Path directory = options.output.path();
            if (shard != null && directory != null) {
                return new ShardRun(console, options, shard, shards.partSize(), directory, target, count).run(target);
            }
            if (inputs != null) {
                double[][] rows = options.rows("--renoise", inputs, target);
                int start = (int) first;
                return new Delivery(console, options)
                        .run(
                                target,
                                new Request(rows.length - start, sampler -> sampler.renoise(rows, start, rows.length)));
            }
            return new Delivery(console, options)
                    .run(
                            target,
                            new Request(
                                    count,
                                    film(target, first, count),
                                    receipts,
                                    sampler -> sampler.samples(first, first + count)));
        }
    }

    /** Rejects what a part of the samples cannot have. */
    private void checkSharded() {
        if (options.output.out == null || options.output.isStandard()) {
            throw new UserError("--shard requires --out, the directory for the part files");
        }
        withoutShard("--renoise", renoise);
        withoutShard("--film", film);
        withoutShard("--plot", options.plot);
        withoutShard("--save-plan", options.savePlan);
        withoutShard(Delivery.RECEIPTS, receipts);
    }

    private static void withoutShard(String option, @Nullable Path file) {
        if (file != null) {
            throw new UserError(option + " does not apply to --shard; leave out one of them");
        }
    }

    @Nullable
    private Film film(Target target, long first, long count) {
        if (film == null) {
            return null;
        }
        Picture picture = target.picture();
        if (picture == null) {
            throw new UserError("--film needs a target of images; leave out --film, or, for a network, add a shape of"
                    + " one channel, such as [28,28], to the target file");
        }
        long drawn = Math.min(count, FilmStrip.MOST_ROWS);
        return new Film(film, picture, drawn, sampler -> sampler.traces(first, first + drawn));
    }
}
