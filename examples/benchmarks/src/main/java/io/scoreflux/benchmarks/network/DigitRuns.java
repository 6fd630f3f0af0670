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
 * Solvers on the network of digits, all from the same starting states: sample k is of class k mod 10, without guidance. Calls have a fixed
 * number of rows, so that answers do not depend on what is asked for together. To be closed.
 */
final class DigitRuns implements AutoCloseable {
    /** The unit of errors in the data's units: of a state it makes root mean squares per pixel. */
    static final double PIXELS = Math.sqrt(Digits.DIMENSION);

    private static final int MOST_BATCH = 32;
    private static final long SEED = 0;

    private final OnnxDenoiser batched;
    private final OnnxDenoiser single;
    private final int count;

    /**
     * What a solver made.
     *
     * @param samples in order
     * @param pilotCalls denoiser evaluations before the first sample, in no sample's certificate
     */
    record Run(List<Sample> samples, long pilotCalls) {

        /** Ends, calls and estimates in the data's units. */
        List<Outcome> outcomes() {
            return samples.stream()
                    .map(sample -> Outcome.of(sample, Digits.RADIUS))
                    .toList();
        }

        /** The ends; none may have failed. */
        double[][] ends() {
            return samples.stream().map(Sample::values).toArray(double[][]::new);
        }
    }

    /**
     * Opens the network.
     *
     * @param count samples of each run
     */
    DigitRuns(Path examples, int count) {
        this.count = count;
        this.batched =
                Digits.builder(examples).fixedRows(Math.min(count, MOST_BATCH)).open();
        this.single = Digits.builder(examples).fixedRows(1).open();
    }

    /** With a solver of this library; a pilot's trajectories are of any class. */
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
     * With a general integrator, each sample on its own.
     *
     * @param tolerance relative to {@code scale + |z_i|} in each pixel
     * @param scale in the data's units
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

    /** Of outcomes against exact ends, errors per pixel. */
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
