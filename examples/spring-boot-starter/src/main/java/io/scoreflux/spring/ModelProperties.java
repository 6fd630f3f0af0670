package io.scoreflux.spring;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings of one model. Either {@code target} or {@code bean} must be set.
 *
 * @param target the name of a built-in target (digits, ring8, bimodal), a target file, or a target file on the class path after
 *     {@code classpath:}
 * @param bean the name of a bean of type {@code Denoiser} or {@code AsyncDenoiser}
 * @param description one sentence about the model, for clients
 * @param solver the name of the solver
 * @param tolerance the intended error of a sample, relative to the radius of the data, in (0, 1). Defaults to 1e-4
 * @param budget the number of denoiser calls for each sample, instead of a tolerance
 * @param fromSigma the noise level where trajectories start. Defaults to that of the target; required for a bean
 * @param toSigma the noise level where trajectories end. Defaults to that of the target; required for a bean
 * @param radius the radius of the data, the unit of tolerances. Defaults to that of the target or of the bean's moments
 * @param stages the number of stages of the noise range
 * @param seed the seed of the sampler bean
 * @param concurrency the maximum number of trajectories in flight for one subscriber
 * @param prefetch the number of trajectories that are computed ahead of the demand
 * @param maxRows the maximum number of rows in one call of the model
 * @param maxInFlight the maximum number of calls of the model in flight
 * @param fixedRows the number of rows in each call of a network in an ONNX file; the bits of a sample then do not depend on other samples
 * @param timeout the time limit of one call of an asynchronous denoiser
 * @param retries the number of repetitions of a call after a transport error
 * @param backoff the delay before the first repetition; it doubles with each
 * @param conditions the conditions by name. Defaults to one for each class, named by its number
 * @param image the layout of samples that are images. Defaults to that of the target
 */
public record ModelProperties(
        @Nullable String target,
        @Nullable String bean,
        @DefaultValue("") String description,
        @DefaultValue("sliding") String solver,
        @Nullable Double tolerance,
        @Nullable Integer budget,
        @Nullable Double fromSigma,
        @Nullable Double toSigma,
        @Nullable Double radius,
        @DefaultValue("4") int stages,
        @DefaultValue("0") long seed,
        @DefaultValue("256") int concurrency,
        @DefaultValue("16") int prefetch,
        @DefaultValue("4096") int maxRows,
        @DefaultValue("1") int maxInFlight,
        @Nullable Integer fixedRows,
        @Nullable Duration timeout,
        @DefaultValue("0") int retries,
        @DefaultValue("100ms") Duration backoff,
        @Nullable Map<String, ConditionProperties> conditions,
        @Nullable ImageProperties image) {

    /**
     * A condition: a class, tensors, or both.
     *
     * @param label the class, at least 0
     * @param tensors NPY files by the names of the network's inputs, without a batch axis
     */
    public record ConditionProperties(
            @Nullable Integer label, @Nullable Map<String, String> tensors) {}

    /**
     * The layout of a grey image in a sample, row by row from the top left.
     *
     * @param height rows of pixels, at least 1
     * @param width pixels in a row, at least 1
     * @param paper the value of white
     * @param ink the value of black
     */
    public record ImageProperties(
            int height,
            int width,
            @DefaultValue("0") double paper,
            @DefaultValue("1") double ink) {}
}
