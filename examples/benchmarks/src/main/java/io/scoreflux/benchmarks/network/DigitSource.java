package io.scoreflux.benchmarks.network;

import io.scoreflux.Request;
import io.scoreflux.Sampler;
import io.scoreflux.benchmarks.network.Digits.Digit;
import io.scoreflux.model.Guidance;
import io.scoreflux.model.onnx.OnnxDenoiser;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.sliding.Sliding;
import io.scoreflux.state.Condition;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * A source of digits of given classes.
 *
 * @param label the name in tables
 * @param solver the solver
 * @param guidance weight of the class; 1 means no guidance
 * @param toSigma the noise level where trajectories end
 */
record DigitSource(String label, Solver solver, double guidance, double toSigma) {
    private static final int LANES = 2;

    /** Sliding-window collocation over the whole noise range. */
    static DigitSource sliding(String label, double tolerance, double guidance) {
        return new DigitSource(label, new Sliding(tolerance), guidance, Digits.TO_SIGMA);
    }

    /**
     * Draws digits, of which digit k has class {@code labels[k]}. The seed determines the digits, and their initial noise for all solvers.
     *
     * @param labels 0 to 9; not modified
     */
    List<Digit> draw(OnnxDenoiser network, int[] labels, long seed) {
        Sampler sampler = Sampler.builder(Guidance.of(network))
                .radius(Digits.RADIUS)
                .noiseRange(Digits.FROM_SIGMA, toSigma)
                .solver(solver)
                .parallelism(LANES, Schedulers.parallel())
                .build();
        Flux<Request> requests = Flux.range(0, labels.length)
                .map(k -> Request.of(seed, k).withCondition(new Condition(labels[k], guidance)));
        return Objects.requireNonNull(sampler.samples(requests)
                .map(sample -> new Digit(labels[(int) sample.index()], sample.values()))
                .collectList()
                .block());
    }

    /** All classes in turn. */
    static int[] inTurn(int count) {
        return IntStream.range(0, count).map(k -> k % Digits.CLASSES).toArray();
    }
}
