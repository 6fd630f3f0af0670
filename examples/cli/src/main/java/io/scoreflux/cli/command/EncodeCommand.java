package io.scoreflux.cli.command;

import io.scoreflux.Encoded;
import io.scoreflux.Likelihood;
import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.cli.command.Delivery.Request;
import io.scoreflux.cli.command.Delivery.Row;
import io.scoreflux.cli.option.FileName;
import io.scoreflux.cli.option.OptionRules;
import io.scoreflux.cli.option.RunOptions;
import io.scoreflux.cli.output.Console;
import io.scoreflux.files.format.Density;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.SampleFile;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.UserError;
import io.scoreflux.model.DivergenceDenoiser;
import io.scoreflux.solve.Certificate;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Flux;

/** Encodes data as noise. */
@Command(
        name = "encode",
        description = "Solves from given states at noise level --to-sigma up to --from-sigma. The inverse is decode.",
        footer = OutputHelp.TEXT,
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class EncodeCommand implements Callable<Integer> {
    /** The default number of probes for targets without an exact divergence. */
    private static final int PROBES = 8;

    private final Console console;
    private final Bits bits = new Bits();

    @Option(
            names = "--input",
            required = true,
            paramLabel = "STATES",
            converter = FileName.class,
            description = "The data, or states at noise level --to-sigma, one per row; " + SampleFile.HELP)
    private Path input = Path.of("");

    @Option(
            names = "--likelihood",
            description =
                    "Adds the fields logDensity (in nats, of each state at --to-sigma), standardError (null if exact"
                            + " or unknown) and bitsPerDimension")
    private boolean likelihood;

    @Option(
            names = "--probes",
            paramLabel = "P",
            description = "With --likelihood: number of random probes that estimate the divergence, 1 to 1024. Each"
                    + " probe takes two more evaluations (default: the exact divergence if the target provides it,"
                    + " otherwise " + PROBES + ")")
    @Nullable
    private Integer probes;

    @Option(
            names = "--levels-per-unit",
            paramLabel = "L",
            description =
                    "With --likelihood: number of data levels per unit for bitsPerDimension, such as 127.5 for 256"
                            + " grey levels scaled to [-1, 1] (default: 1, for the density itself)")
    @Nullable
    private Double levelsPerUnit;

    @Mixin
    private final RunOptions options = new RunOptions();

    public EncodeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        options.check();
        options.checkEncoding();
        check();
        int code;
        try (Target target = options.target()) {
            double[][] states = options.rows("--input", input, target);
            int first = (int) options.firstIndex;
            Likelihood how = likelihood(target);
            int end = states.length;
            code = new Delivery(console, options)
                    .run(
                            target,
                            new Request(
                                    end - first,
                                    how != null,
                                    null,
                                    null,
                                    sampler -> rows(sampler, states, first, end, how)));
        }
        if (likelihood && !options.quiet && bits.count > 0) {
            console.err().println(bits.told());
        }
        return code;
    }

    /** Mean and standard error of the bits per dimension. */
    private static final class Bits {
        private long count;
        private long unconverged;
        private long unestimated;
        private double mean;
        private double squares;

        void add(double value) {
            count++;
            double off = value - mean;
            mean += off / count;
            squares += off * (value - mean);
        }

        String told() {
            String error = count == 1 ? "" : String.format(Locale.ROOT, ", standard error %.4f", standardError());
            String states = count == 1 ? "1 state" : count + " states";
            String doubt = (unconverged == 0 ? "" : ", of which " + unconverged + " did not converge")
                    + (unestimated == 0 ? "" : ", of which " + unestimated + " have no error estimate");
            return String.format(Locale.ROOT, "%.4f bits per dimension%s over %s%s", mean, error, states, doubt);
        }

        private double standardError() {
            return Math.sqrt(squares / (count - 1) / count);
        }
    }

    private Flux<Row> rows(Sampler sampler, double[][] states, int first, int end, @Nullable Likelihood how) {
        try {
            return how == null
                    ? sampler.encode(states, first, end).map(sample -> new Row(sample, null))
                    : sampler.likelihood(states, first, end, how).map(this::row);
        } catch (IllegalStateException e) { // The solver or the noise range does not support encoding.
            throw new UserError(MessageText.of(e), e);
        }
    }

    private Row row(Encoded encoded) {
        Sample sample = encoded.sample();
        if (sample.failed()) {
            return new Row(sample, null);
        }
        double ofState = encoded.bitsPerDimension(unit());
        bits.add(ofState);
        Certificate.Status status = sample.certificate().status();
        bits.unconverged += status == Certificate.Status.UNCONVERGED ? 1 : 0;
        bits.unestimated += status == Certificate.Status.UNESTIMATED ? 1 : 0;
        return new Row(sample, new Density(encoded.logDensity(), encoded.standardError(), ofState));
    }

    private void check() {
        if (probes != null) {
            OptionRules.atLeast("--probes", probes, 1);
            OptionRules.atMost("--probes", probes, Likelihood.MAX_PROBES);
        }
        OptionRules.positive("--levels-per-unit", levelsPerUnit);
        if (!likelihood && (probes != null || levelsPerUnit != null)) {
            throw new UserError((probes != null ? "--probes" : "--levels-per-unit")
                    + " applies to --likelihood only; give both, or neither");
        }
        Format format = options.output.format();
        if (likelihood && !format.hasFields()) {
            String named = options.output.format == null
                    ? "--out " + options.output.path() + ", in the format " + format + ","
                    : "--format " + format;
            throw new UserError(
                    "--likelihood adds fields that " + named + " cannot hold; use " + Format.namesWithFields());
        }
    }

    private double unit() {
        return levelsPerUnit == null ? 1 : levelsPerUnit;
    }

    private @Nullable Likelihood likelihood(Target target) {
        if (!likelihood) {
            return null;
        }
        boolean exact = probes == null && options.isPlain() && target.info() instanceof DivergenceDenoiser;
        return exact ? Likelihood.exact() : Likelihood.probes(probes == null ? PROBES : probes);
    }
}
