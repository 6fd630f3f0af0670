package io.scoreflux.benchmarks.engine;

import io.scoreflux.benchmarks.KnownProblem;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.solve.picard.Picard;
import io.scoreflux.solve.sliding.Sliding;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures the overhead of the reactive engine, the occupancy of its calls, its allocations, and its start and cancellation. */
@Command(name = "engine-benchmarks", mixinStandardHelpOptions = true)
public final class EngineBenchmarks implements Callable<Integer> {
    private static final int WIDTH = 256;

    /** The benchmarks. */
    enum Benchmark {
        OVERHEAD(
                "Samples per second of the stream over those of a loop by hand, on one thread; ns are per row and query"),
        CORES("Samples per second of two cores over those of one"),
        OCCUPANCY("Rows per call"),
        FIRST("Calls before the first sample of request(1)"),
        CANCEL("Calls that begin after cancel"),
        ALLOCATION("Bytes that are allocated"),
        MACHINES("Time and bytes of machines alone, by JMH: ns per trajectory, row and round; bytes per trajectory"),
        SOLVERS("Samples per second of processor time at equal true error, in the stream; ns are per row and query"),
        SCALING("Processor time and memory of the stream against samples, dimension and concurrency, on one thread"),
        DATASETS("Processor time of exact denoisers of data sets, and the speed of two threads over that of one"),
        FLOW("What Kotlin's Flow adds to a sample of the Flux, by JMH: ns and bytes per sample"),
        SOAK("Live heap under a consumer slower than the producer");

        private final String title;

        Benchmark(String title) {
            this.title = title;
        }
    }

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", description = "The directory of the known problems.")
    private Path problems = Path.of("examples/problems");

    @Parameters(index = "1..*", arity = "0..*", description = "Any of ${COMPLETION-CANDIDATES}. Default: all.")
    private List<Benchmark> chosen = List.of();

    @Option(
            names = "--samples",
            description = "Number of samples of the soak test, a multiple of ten. Default: ${DEFAULT-VALUE}.")
    private long samples = 1_000_000;

    @Option(
            names = "--states",
            description =
                    "The directory for the states of the digits, which the NumPy program reads. Default: target/states.")
    private @Nullable Path states;

    @Option(names = "--plot", description = "A PNG file for the pictures of scaling.")
    private @Nullable Path plot;

    /** Runs for about twenty minutes with all benchmarks. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new EngineBenchmarks())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    @Override
    public Integer call() throws RunnerException {
        if (samples < 10 || samples % 10 != 0) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "--samples must be a positive multiple of 10, was " + samples);
        }
        for (Benchmark benchmark : chosen.isEmpty() ? List.of(Benchmark.values()) : chosen) {
            System.out.println(benchmark.title);
            run(benchmark);
            System.out.println();
        }
        return 0;
    }

    private void run(Benchmark benchmark) throws RunnerException {
        Workload target = sphere(new Sliding(1e-6));
        Solver twenty = new FixedStep(Scheme.UNIPC, 20);
        switch (benchmark) {
            case OVERHEAD -> {
                print(Overhead.table(List.of(target, Workload.gaussian(64, target.solver())), WIDTH, 1024, 15));
                print(Overhead.table(List.of(sphere(twenty), Workload.gaussian(64, twenty)), WIDTH, 8192, 15));
                print(Overhead.perRow(
                        List.of(
                                Workload.gaussian(2, new FixedStep(Scheme.EULER, 100)),
                                Workload.gaussian(2, new FixedStep(Scheme.DPMPP_3M, 100)),
                                Workload.gaussian(2, new FixedStep(Scheme.UNIPC, 100)),
                                Workload.gaussian(2, twenty)),
                        List.of(1, 16, WIDTH),
                        500_000,
                        15));
            }
            case CORES -> {
                double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
                System.out.printf(Locale.ROOT, "load average before: %.1f%n", load);
                print(Cores.table(List.of(target), WIDTH, 1024, 9));
                print(Cores.table(List.of(sphere(twenty)), WIDTH, 8192, 9));
            }
            case OCCUPANCY -> {
                print(Occupancy.steadyTable(
                        List.of(target, sphere(new Sliding(1e-4)), sphere(new Picard(1e-6)), sphere(twenty)),
                        WIDTH,
                        500,
                        2000));
                print(Occupancy.sharedTable(target, 32, 8, List.of(1, 2, 4), Duration.ofMillis(5)));
            }
            case FIRST -> print(FirstSample.table(List.of(target, sphere(twenty)), WIDTH, List.of(0, 16), 100));
            case CANCEL -> print(CancelToQuiet.table(target, 1000, 100));
            case ALLOCATION -> {
                print(Allocation.machines(target, 300));
                print(Allocation.engine(64, WIDTH, 8192, 10, 40));
            }
            case MACHINES -> byJmh(MachineBenchmark.class);
            case SOLVERS ->
                print(SolverSpeed.table(
                        List.of(
                                SolverSpeed.Case.of(KnownProblem.RING8, problems),
                                SolverSpeed.Case.of(KnownProblem.SPHERE10, problems),
                                SolverSpeed.Case.digits(
                                        states == null ? problems.resolveSibling("benchmarks/target/states") : states)),
                        List.of(1e-4, 1e-8)));
            case SCALING -> scale(twenty);
            case DATASETS -> DatasetSpeed.runInChildren();
            case FLOW -> byJmh(FlowBenchmark.class);
            case SOAK -> Soak.runInChild(samples);
        }
    }

    private void scale(Solver cheap) {
        Solver accurate = new Sliding(1e-4);
        Workload ring = Workload.of(KnownProblem.RING8, problems, cheap);
        Scaling scaling = new Scaling();
        print(scaling.counts(List.of(ring), WIDTH, List.of(1_000L, 10_000L, 100_000L, 1_000_000L, 10_000_000L)));
        print(scaling.counts(
                List.of(Workload.of(KnownProblem.RING8, problems, accurate)),
                WIDTH,
                List.of(1_000L, 10_000L, 100_000L, 1_000_000L)));
        print(scaling.dimensions(List.of("sliding", "unipc"), List.of(2, 16, 128, 1024, 4096, 65_536)));
        print(scaling.widths(List.of(sphere(accurate), sphere(cheap)), List.of(1, 2, 4, 8, 16, 64, 256, 1024, 4096)));
        if (plot != null) {
            write(scaling.plot(), plot);
        }
    }

    private static void write(BufferedImage image, Path file) {
        try {
            ImageIO.write(image, "png", file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void byJmh(Class<?> benchmark) throws RunnerException {
        new Runner(new OptionsBuilder()
                        .include(benchmark.getName())
                        .addProfiler(GCProfiler.class)
                        .build())
                .run();
    }

    private Workload sphere(Solver solver) {
        return Workload.of(KnownProblem.SPHERE10, problems, solver);
    }

    private static void print(List<String> table) {
        table.forEach(System.out::println);
        System.out.println();
    }
}
