package io.scoreflux.benchmarks.network;

import io.scoreflux.Request;
import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.benchmarks.GeneralIntegrator;
import io.scoreflux.evaluation.Experiment;
import io.scoreflux.evaluation.Measurement;
import io.scoreflux.evaluation.Outcome;
import io.scoreflux.model.onnx.OnnxDenoiser;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.state.Condition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import reactor.core.publisher.Flux;

/**
 * Runs solvers on the network of digits from the same initial states. Sample k has class k mod 10, without guidance. Calls have a fixed
 * number of rows, so that results do not depend on the other rows of a call. The caller must close it.
 */
final class DigitRuns implements AutoCloseable {
    /** The unit of errors, which turns the norm of a state into the root mean square per pixel. */
    static final double PIXELS = Math.sqrt(Digits.DIMENSION);

    private static final int MOST_BATCH = 32;
    private static final long SEED = 0;

    private final OnnxDenoiser batched;
    private final OnnxDenoiser single;
    private final int count;

    /**
     * The result of a solver.
     *
     * @param samples the samples, in the order of their indices
     * @param pilotCalls denoiser evaluations before the first sample, which no certificate includes
     */
    record Run(List<Sample> samples, long pilotCalls) {

        /** End states, calls and estimates in the units of the data. */
        List<Outcome> outcomes() {
            return samples.stream()
                    .map(sample -> Outcome.of(sample, Digits.RADIUS))
                    .toList();
        }

        /** The end states, if no sample failed. */
        double[][] ends() {
            return samples.stream().map(Sample::values).toArray(double[][]::new);
        }
    }

    /**
     * Opens the network.
     *
     * @param count number of samples of each run
     */
    DigitRuns(Path examples, int count) {
        this.count = count;
        this.batched =
                Digits.builder(examples).fixedRows(Math.min(count, MOST_BATCH)).open();
        this.single = Digits.builder(examples).fixedRows(1).open();
    }

    /** Runs a solver of this library. The trajectories of a pilot run have no class. */
    Run run(Solver solver) {
        Sampler sampler = Sampler.builder(batched)
                .noiseRange(Digits.FROM_SIGMA, Digits.TO_SIGMA)
                .radius(Digits.RADIUS)
                .solver(solver)
                .stages(1)
                .build();
        List<Sample> samples = sampler.samples(
                        Flux.range(0, count).map(k -> Request.of(SEED, k).withCondition(condition(k))))
                .collectList()
                .block();
        return new Run(Objects.requireNonNull(samples), sampler.plan().pilotCalls());
    }

    /**
     * Runs a general integrator, sample by sample.
     *
     * @param tolerance relative to {@code scale + |z_i|} in each pixel
     * @param scale the scale of the tolerance, in the units of the data
     */
    List<Outcome> run(GeneralIntegrator integrator, double tolerance, double scale) {
        double[][] states = Experiment.starts(batched, Digits.FROM_SIGMA, SEED, count);
        Problem problem = new Problem(Digits.DIMENSION, Digits.FROM_SIGMA, Digits.TO_SIGMA, scale);
        List<Outcome> outcomes = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            outcomes.add(integrator.run(single, problem, states[k], condition(k), tolerance));
        }
        return outcomes;
    }

    /** Measures outcomes against the exact end states, with errors per pixel. */
    static Measurement measure(String name, double setting, List<Outcome> outcomes, double[][] reference) {
        return Measurement.of(name, setting, outcomes, reference, PIXELS);
    }

    private static Condition condition(int k) {
        return new Condition(k % Digits.CLASSES);
    }

    @Override
    public void close() {
        batched.close();
        single.close();
    }
}
