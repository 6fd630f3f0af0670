package io.scoreflux.benchmarks.targets;

import io.scoreflux.benchmarks.GeneralIntegrator;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.Moments;
import io.scoreflux.solve.Problem;
import io.scoreflux.state.Rows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * The end states of trajectories by two general integrators, which share no code with the solvers: the method of Dormand and Prince of order
 * 8, and extrapolation by Gragg, Bulirsch and Stoer, both at tolerance 1e-13.
 *
 * <p>Where the flow is unstable, rounding limits both. The distance between them shows how far the reference can be trusted: {@link #doubt}.
 *
 * @param ends the end states of the first integrator
 * @param doubt the distance of the second integrator's end states, in units of the radius, or of the largest noise level upwards; infinite if
 *     an integrator failed
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record References(double[][] ends, double[] doubt) {
    private static final double TOLERANCE = 1e-13;
    /** Where a range ends at 0, the integrators stop at this multiple of the width. */
    private static final double NEARLY_ZERO = 1e-4;
    /** A reference is exact enough for a tolerance if its doubt is at most this share of the tolerance. */
    private static final double SHARE = 0.1;

    private static final int HASH_DIGITS = 16;
    private static final int HASHED_LEVELS = 8;

    /** Returns whether the reference of a row is exact enough to measure errors at a tolerance. */
    boolean decides(int row, double tolerance) {
        return doubt[row] <= SHARE * tolerance;
    }

    /**
     * Solves a target's first rows from its largest noise level to {@code toSigma}, which may be 0.
     *
     * @param cache the directory that keeps solutions, so that the next run with the same target and arguments reads them
     */
    static References of(Target target, double toSigma, long seed, int rows, Path cache) {
        Path file = file(cache, target, toSigma, seed, rows, toSigma == 0 ? "zero" : "end");
        return read(file, rows, target.denoiser().dimension())
                .orElseGet(() -> solve(target, toSigma, seed, rows).write(file));
    }

    /**
     * Solves a target's first rows from its smallest noise level to its largest. The states at the smallest level are the ends of the flow
     * downwards, so they are distributed like the target's data with noise of that level. The doubt is relative to the largest noise level.
     */
    static References upwards(Target target, long seed, int rows, Path cache) {
        double[][] starts = of(target, target.toSigma(), seed, rows, cache).ends();
        Path file = file(cache, target, target.toSigma(), seed, rows, "up");
        return read(file, rows, target.denoiser().dimension()).orElseGet(() -> {
            Problem problem = target.problem(target.toSigma());
            return pairs(
                            target.denoiser().dimension(),
                            rows,
                            target.fromSigma(),
                            (integrator, row) -> integrator
                                    .runUpwards(target.denoiser(), problem, starts[row], TOLERANCE)
                                    .end())
                    .write(file);
        });
    }

    private static References solve(Target target, double toSigma, long seed, int rows) {
        Experiment experiment = target.experiment(toSigma, seed, rows);
        Problem problem = target.problem(toSigma > 0 ? toSigma : NEARLY_ZERO * target.width());
        References references = pairs(
                target.denoiser().dimension(),
                rows,
                target.radius(),
                (integrator, row) -> integrator
                        .run(target.denoiser(), problem, experiment.state(row), null, TOLERANCE)
                        .end());
        if (toSigma == 0) {
            for (double[] end : references.ends()) {
                toZero(target.denoiser(), problem.toSigma(), end);
            }
        }
        return references;
    }

    /** Solves each row with both integrators. */
    private static References pairs(
            int dimension, int rows, double unit, BiFunction<GeneralIntegrator, Integer, Optional<double[]>> solve) {
        double[][] ends = new double[rows][];
        double[] doubt = new double[rows];
        IntStream.range(0, rows).parallel().forEach(row -> {
            Optional<double[]> first = solve.apply(GeneralIntegrator.DORMAND_PRINCE_853, row);
            Optional<double[]> second = solve.apply(GeneralIntegrator.GRAGG_BULIRSCH_STOER, row);
            boolean both = first.isPresent() && second.isPresent();
            doubt[row] = both ? Measurement.distance(first.get(), second.get()) / unit : Double.POSITIVE_INFINITY;
            ends[row] = first.orElseGet(() -> new double[dimension]);
        });
        return new References(ends, doubt);
    }

    /** Extrapolates to sigma 0: below the width z is a power series in sigma^2, so that dz/dtau = 2 (z - z(0)) up to a term in sigma^4. */
    private static void toZero(Denoiser denoiser, double sigma, double[] z) {
        Rows rows = new Rows(z.length, 1);
        rows.append(z, 0, sigma);
        double[] d = new double[z.length];
        denoiser.denoise(rows, d);
        for (int i = 0; i < z.length; i++) {
            z[i] -= (z[i] - d[i]) / 2;
        }
    }

    /** Returns the file of references. Its name contains a hash of all numbers on which they depend. */
    private static Path file(Path cache, Target target, double toSigma, long seed, int rows, String kind) {
        return cache.resolve(
                target.name() + "." + seed + "." + rows + "." + kind + "." + hash(target, toSigma, seed, rows));
    }

    /**
     * Returns the first {@value #HASH_DIGITS} hexadecimal digits of a SHA-256 hash of the settings, the target's moments, and the values of its
     * denoiser at the initial states and at scaled ones at {@value #HASHED_LEVELS} lower levels. The moments depend on every mode, however rare.
     */
    private static String hash(Target target, double toSigma, long seed, int rows) {
        Denoiser denoiser = target.denoiser();
        int dimension = denoiser.dimension();
        Moments moments = denoiser.moments().orElseThrow();
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        update(digest, TOLERANCE, NEARLY_ZERO, target.fromSigma(), target.toSigma(), toSigma, target.radius());
        update(digest, target.width());
        update(digest, moments.mean());
        for (int i = 0; i < dimension; i++) {
            update(digest, moments.covariance().variance(i));
        }
        double[][] starts = Experiment.starts(denoiser, target.fromSigma(), seed, rows);
        Rows asked = new Rows(dimension, rows);
        double[] answers = new double[dimension * rows];
        for (int level = 0; level <= HASHED_LEVELS; level++) {
            double factor = StrictMath.pow(target.toSigma() / target.fromSigma(), (double) level / HASHED_LEVELS);
            asked.clear();
            for (double[] start : starts) {
                double[] z = Arrays.stream(start).map(value -> factor * value).toArray();
                asked.append(z, 0, factor * target.fromSigma());
            }
            denoiser.denoise(asked, answers);
            update(digest, answers);
        }
        return HexFormat.of().formatHex(digest.digest()).substring(0, HASH_DIGITS);
    }

    private static void update(MessageDigest digest, double... values) {
        ByteBuffer buffer = ByteBuffer.allocate(Double.BYTES * values.length);
        buffer.asDoubleBuffer().put(values);
        digest.update(buffer);
    }

    private References write(Path file) {
        int dimension = ends[0].length;
        ByteBuffer buffer = ByteBuffer.allocate(Double.BYTES * ends.length * (dimension + 1));
        for (int row = 0; row < ends.length; row++) {
            buffer.putDouble(doubt[row]);
            Arrays.stream(ends[row]).forEach(buffer::putDouble);
        }
        try {
            Path directory = Files.createDirectories(file.getParent());
            // Moved when it is complete, so that an interrupted run or one at the same time leaves no part of a file.
            Path complete = Files.createTempFile(directory, "references", ".tmp");
            Files.write(complete, buffer.array());
            Files.move(complete, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    private static Optional<References> read(Path file, int rows, int dimension) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            if (Files.size(file) != (long) Double.BYTES * rows * (dimension + 1)) {
                return Optional.empty();
            }
            ByteBuffer buffer = ByteBuffer.wrap(Files.readAllBytes(file));
            double[][] ends = new double[rows][dimension];
            double[] doubt = new double[rows];
            for (int row = 0; row < rows; row++) {
                doubt[row] = buffer.getDouble();
                for (int i = 0; i < dimension; i++) {
                    ends[row][i] = buffer.getDouble();
                }
            }
            return Optional.of(new References(ends, doubt));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
