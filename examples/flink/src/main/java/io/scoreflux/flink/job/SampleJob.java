package io.scoreflux.flink.job;

import io.scoreflux.Sample;
import io.scoreflux.cli.option.Workers;
import io.scoreflux.files.format.RowSet;
import io.scoreflux.files.format.SampleFile;
import io.scoreflux.files.input.InputFile;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.UserError;
import io.scoreflux.flink.SampleSource;
import io.scoreflux.flink.SamplerFactory;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.accumulators.SerializedListAccumulator;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.PipelineOptionsInternal;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.DetachedJobExecutionResult;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.LocalStreamEnvironment;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/**
 * Draws samples of a target into files, exactly once, and reports their statistics. The arguments are those of the command
 * {@code scoreflux sample}, with a directory for {@code --out}. Without a cluster it runs in this process.
 */
public final class SampleJob {
    private static final int BAD_INPUT = 2;
    private static final int FAILED = 1;
    private static final long CHECKPOINT_INTERVAL = 10_000;
    /** The energy distance takes at most so many rows of the reference. */
    private static final int MOST_REFERENCE = 1024;

    private SampleJob() {}

    /**
     * Submits the job and waits for its end, unless it is submitted detached. Prints the report: JSON on standard output, a table on standard
     * error.
     *
     * @throws Exception if the job fails, or if an argument is invalid, on a cluster. Without a cluster, one line on standard error states the
     *     reason and the exit code is 2 for invalid arguments and files, and 1 for other failures
     */
    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        if (environment instanceof LocalStreamEnvironment) {
            // In one process, nothing changes between attempts. By default Flink would start the job again for ever.
            environment.configure(new Configuration().set(RestartStrategyOptions.RESTART_STRATEGY, "none"));
        }
        try {
            run(environment, args, System.out, System.err);
        } catch (Exception e) {
            if (!(environment instanceof LocalStreamEnvironment)) {
                throw e;
            }
            UserError refused = refused(e);
            System.err.println("scoreflux: " + MessageText.line(refused == null ? reason(e) : reason(refused)));
            System.exit(refused == null ? FAILED : BAD_INPUT);
        }
    }

    /** The invalid argument or file among the causes of a failure, or null. */
    static @Nullable UserError refused(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UserError refused) {
                return refused;
            }
        }
        return null;
    }

    private static String reason(Throwable failure) {
        Throwable last = failure;
        while (last.getCause() != null && !(last instanceof UserError)) {
            last = last.getCause();
        }
        return String.valueOf(last.getMessage());
    }

    /** Runs the job of some arguments. */
    static void run(StreamExecutionEnvironment environment, String[] args, PrintStream out, PrintStream err)
            throws Exception {
        run(environment, args, new TargetFactory(args), out, err);
    }

    /** Runs the job of some arguments. A factory opens the sampler on the task managers. */
    static void run(
            StreamExecutionEnvironment environment,
            String[] args,
            SamplerFactory factory,
            PrintStream out,
            PrintStream err)
            throws Exception {
        SampleArguments arguments = SampleArguments.parse(args);
        if (arguments.help) {
            out.print(SampleArguments.help());
            return;
        }
        double[][] reference = build(environment, arguments, factory);
        JobExecutionResult result = environment.execute("samples of " + arguments.run.target);
        if (result instanceof DetachedJobExecutionResult) {
            return;
        }
        ArrayList<byte[]> last = result.getAccumulatorResult(ReportOperator.STATISTICS);
        if (last == null) {
            err.println("scoreflux: the job was stopped before its files had all samples, so it has no report");
            return;
        }
        List<byte[]> bytes = SerializedListAccumulator.deserializeList(last, BytePrimitiveArraySerializer.INSTANCE);
        Report report = new Report(SampleStatistics.of(bytes.get(0)), reference);
        out.println(report.json());
        report.table().forEach(err::println);
    }

    /** Adds the job to an environment. Returns the rows of the reference, or null. */
    private static double @Nullable [][] build(
            StreamExecutionEnvironment environment, SampleArguments arguments, SamplerFactory factory) {
        int dimension;
        // The client opens the target too, so that errors are found before the job starts.
        try (Target target = arguments.run.target();
                Workers workers = arguments.run.workers()) {
            arguments.run.sampler(target, workers);
            dimension = target.info().dimension();
        }
        OutputDirectory directory = OutputDirectory.of(arguments.out);
        if (isNew(environment.getConfiguration())) {
            directory.requireUnused();
        }
        double[][] reference = reference(arguments, dimension);
        environment.configure(new Configuration().set(PipelineOptions.GENERIC_TYPES, false));
        Long interval = arguments.checkpointInterval;
        if (interval != null) {
            environment.enableCheckpointing(interval);
        } else if (!environment.getCheckpointConfig().isCheckpointingEnabled()) {
            environment.enableCheckpointing(CHECKPOINT_INTERVAL);
        }
        int parallelism = arguments.parallelism != null
                ? arguments.parallelism
                : (int) Math.min(environment.getParallelism(), splits(arguments));
        SampleSource.Builder source = SampleSource.builder(factory)
                .firstIndex(arguments.run.firstIndex)
                .count(arguments.count())
                .readAhead(arguments.readAhead);
        if (arguments.samplesPerSplit != null) {
            source.samplesPerSplit(arguments.samplesPerSplit);
        }
        DataStream<Sample> samples = environment
                .fromSource(source.build(), WatermarkStrategy.noWatermarks(), "samples")
                .uid("samples")
                .setParallelism(parallelism);
        samples.sinkTo(new ReportedFiles(
                        SampleFiles.sink(
                                directory.root(),
                                arguments.format.name(),
                                dimension,
                                arguments.run.rejects(),
                                arguments.samplesPerDirectory),
                        directory,
                        new ReportOperator(arguments.count(), reference)))
                .name("files")
                .uid("files")
                .setParallelism(parallelism);
        return reference;
    }

    /**
     * Returns whether the job is new: it has no savepoint, and it does not run in an application that a job manager may restart after a failure.
     * For other jobs, the task managers check the directory if the job starts without a checkpoint.
     */
    private static boolean isNew(ReadableConfig configuration) {
        return configuration.getOptional(StateRecoveryOptions.SAVEPOINT_PATH).isEmpty()
                && configuration
                        .getOptional(PipelineOptionsInternal.PIPELINE_FIXED_JOB_ID)
                        .isEmpty();
    }

    private static long splits(SampleArguments arguments) {
        long perSplit = arguments.samplesPerSplit == null ? 1 : arguments.samplesPerSplit;
        return (arguments.count() - 1) / perSplit + 1;
    }

    private static double @Nullable [][] reference(SampleArguments arguments, int dimension) {
        java.nio.file.Path file = arguments.reference;
        if (file == null) {
            return null;
        }
        RowSet known = InputFile.read(file, () -> SampleFile.read(file));
        if (known.rows().size() < 2) {
            throw new UserError("--reference " + file + " must have at least 2 rows, has "
                    + known.rows().size());
        }
        if (known.dimension() != dimension) {
            throw new UserError("--reference " + file + ": the rows have dimension " + known.dimension()
                    + ", the target has " + dimension);
        }
        double[][] rows = known.toArray();
        // An even selection of the rows, because a file may be sorted.
        int count = Math.min(rows.length, MOST_REFERENCE);
        double[][] some = new double[count][];
        for (int i = 0; i < count; i++) {
            some[i] = rows[(int) ((long) i * rows.length / count)];
        }
        return some;
    }
}
