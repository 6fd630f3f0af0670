package io.scoreflux.benchmarks.targets;

import io.scoreflux.benchmarks.GeneralIntegrator;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.model.Denoiser;
import io.scoreflux.solve.Problem;
import io.scoreflux.state.Rows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The end states of trajectories by two general integrators, which share no code with the solvers: the method of Dormand and Prince of order
 * 8, and extrapolation by Gragg, Bulirsch and Stoer, both at tolerance 1e-13.
 *
 * <p>Where the flow is unstable, rounding limits both. The distance between them shows how far the reference can be trusted: {@link #doubt}.
 *
 * @param ends the end states of the first integrator
 * @param doubt the distance of the second integrator's end states, in units of the radius; infinite if an integrator failed
 */
public record References(double[][] ends, double[] doubt) {
    private static final double TOLERANCE = 1e-13;
    /** Where a range ends at 0, the integrators stop at this multiple of the width. */
    private static final double NEARLY_ZERO = 1e-4;
    /** A reference is exact enough for a tolerance if its doubt is at most this share of the tolerance. */
    private static final double SHARE = 0.1;

    /** Returns whether the reference of a row is exact enough to measure errors at a tolerance. */
    public boolean decides(int row, double tolerance) {
        return doubt[row] <= SHARE * tolerance;
    }

    /**
     * Solves a target's first rows from its largest noise level to {@code toSigma}, which may be 0.
     *
     * @param cache the directory that keeps solutions, so that the next run with the same arguments reads them
     */
    static References of(Target target, double toSigma, long seed, int rows, Path cache) {
        Path file = cache.resolve(target.name() + "." + seed + "." + rows + (toSigma == 0 ? ".zero" : ".end"));
        return read(file, rows, target.denoiser().dimension())
                .orElseGet(() -> solve(target, toSigma, seed, rows).write(file));
    }

    private static References solve(Target target, double toSigma, long seed, int rows) {
        Experiment experiment = target.experiment(toSigma, seed, rows);
        Problem problem = target.problem(toSigma > 0 ? toSigma : NEARLY_ZERO * target.width());
        double[][] ends = new double[rows][];
        double[] doubt = new double[rows];
        IntStream.range(0, rows).parallel().forEach(row -> {
            Denoiser denoiser = target.denoiser();
            double[] start = experiment.state(row);
            Optional<double[]> first = GeneralIntegrator.DORMAND_PRINCE_853
                    .run(denoiser, problem, start, null, TOLERANCE)
                    .end();
            Optional<double[]> second = GeneralIntegrator.GRAGG_BULIRSCH_STOER
                    .run(denoiser, problem, start, null, TOLERANCE)
                    .end();
            ends[row] = first.orElseGet(() -> new double[start.length]);
            doubt[row] = first.isPresent() && second.isPresent()
                    ? distance(ends[row], second.get()) / target.radius()
                    : Double.POSITIVE_INFINITY;
            if (toSigma == 0) {
                toZero(denoiser, problem.toSigma(), ends[row]);
            }
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

    static double distance(double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += (x[i] - y[i]) * (x[i] - y[i]);
        }
        return Math.sqrt(sum);
    }

    private References write(Path file) {
        int dimension = ends[0].length;
        ByteBuffer buffer = ByteBuffer.allocate(Double.BYTES * ends.length * (dimension + 1));
        for (int row = 0; row < ends.length; row++) {
            buffer.putDouble(doubt[row]);
            Arrays.stream(ends[row]).forEach(buffer::putDouble);
        }
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, buffer.array());
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
