package io.scoreflux.service.inference;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.service.api.ModelLookup;
import io.scoreflux.service.api.RequestException;
import io.scoreflux.service.inference.InferenceRequest.Input;
import io.scoreflux.spring.Model;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;

/** Checks inference requests and evaluates models. The front ends for HTTP and gRPC only translate. */
@Component
class Inference {
    /** The name of this server. */
    static final String NAME = "scoreflux";

    /** The only version of each model. */
    static final String VERSION = "1";

    /** The platform of the models. */
    static final String PLATFORM = "scoreflux";

    private static final Logger LOG = LoggerFactory.getLogger(Inference.class);
    private static final int SHOWN = 64;
    private static final int MOST_CAUSES = 20;

    /** The largest component of a state. Networks in single precision overflow not far above it. */
    private static final double MOST = 1e30;

    private final ModelLookup models;
    private final InferenceSettings settings;
    private final ApplicationAvailability availability;
    private final AtomicInteger running = new AtomicInteger();

    Inference(ModelLookup models, InferenceSettings settings, ApplicationAvailability availability) {
        this.models = models;
        this.settings = settings;
        this.availability = availability;
    }

    /**
     * The values of a request.
     *
     * @param model the model
     * @param rows the number of rows
     * @param values the denoised states, row-major
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Denoised(Model model, int rows, double[] values) {}

    /** Returns the version of this server. */
    static String serverVersion() {
        String version = Inference.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /** Returns whether the service runs. */
    boolean isLive() {
        return availability.getLivenessState() == LivenessState.CORRECT;
    }

    /** Returns whether the service accepts requests. All models are open before it does. */
    boolean isReady() {
        return availability.getReadinessState() == ReadinessState.ACCEPTING_TRAFFIC;
    }

    /**
     * Returns a model.
     *
     * @param version the version, or an empty string
     * @throws RequestException with status 404 if there is no such model or version
     */
    Model model(String name, String version) {
        Model model = models.named(name);
        if (!version.isEmpty() && !version.equals(VERSION)) {
            throw RequestException.of(
                    HttpStatus.NOT_FOUND,
                    "version",
                    "version must be " + VERSION + " or absent, was " + quoted(version) + "; leave it out");
        }
        return model;
    }

    /**
     * Evaluates a model. Invalid requests fail with a {@link RequestException}, before the model is called. Cancelling stops waiting, and
     * withdraws a call that has not begun.
     */
    Mono<Denoised> infer(InferenceRequest request) {
        return Mono.defer(() -> {
            Model model = model(request.model(), request.version());
            Rows rows = rows(model.info(), request);
            if (running.incrementAndGet() > settings.maxCalls()) {
                running.decrementAndGet();
                return Mono.error(RequestException.of(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        null,
                        "the service evaluates at most " + settings.maxCalls() + " requests at once; try again"));
            }
            return model.denoise(rows)
                    .map(values -> new Denoised(model, rows.count(), values))
                    .onErrorMap(error -> failure(model, error))
                    .doFinally(signal -> running.decrementAndGet());
        });
    }

    /** Returns the number of requests that are evaluated. */
    int running() {
        return running.get();
    }

    /** Converts a failure of a model to the error of its request. */
    private static RequestException failure(Model model, Throwable error) {
        if (error instanceof InvalidArgumentException rejected) {
            return RequestException.invalid(rejected);
        }
        Throwable cause = error;
        for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++, cause = cause.getCause()) {
            if (cause instanceof IOException
                    || cause instanceof TimeoutException
                    || cause instanceof RejectedExecutionException) {
                return RequestException.of(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        null,
                        "the model " + model.name() + " cannot be reached at the moment; try again");
            }
        }
        // The interruption is that of a cancelled call.
        if (!(Exceptions.unwrap(error) instanceof InterruptedException)) {
            LOG.error("The model {} failed", model.name(), error);
        }
        return RequestException.of(
                HttpStatus.INTERNAL_SERVER_ERROR,
                null,
                "the model " + model.name() + " failed, and the log of the service contains the reason");
    }

    private Rows rows(DenoiserInfo info, InferenceRequest request) {
        List<ModelTensor> declared = ModelTensor.inputs(info);
        Map<String, Input> inputs = named(declared, request.inputs());
        for (String output : request.outputs()) {
            if (!output.equals(ModelTensor.DENOISED)) {
                throw invalid("outputs", "must contain only d, contains " + quoted(output), "leave the others out");
            }
        }
        Input z = required(inputs, ModelTensor.STATE);
        Input sigma = required(inputs, ModelTensor.SIGMA);
        Input label = inputs.get(ModelTensor.LABEL);
        for (ModelTensor tensor : declared) {
            Input input = inputs.get(tensor.name());
            if (input != null) {
                checkForm(tensor, input);
            }
        }
        int count = count(z);
        checkCount(sigma, count);
        if (label != null) {
            checkCount(label, count);
        }
        for (Input input : inputs.values()) {
            checkContents(input);
        }
        return rows(info, count, z.contents(), sigma.contents(), label == null ? null : label.contents());
    }

    private static Map<String, Input> named(List<ModelTensor> declared, List<Input> given) {
        Map<String, Input> inputs = new LinkedHashMap<>();
        for (Input input : given) {
            if (declared.stream().noneMatch(tensor -> tensor.name().equals(input.name()))) {
                throw invalid(
                        "inputs",
                        "must be among "
                                + declared.stream().map(ModelTensor::name).collect(Collectors.joining(", "))
                                + ", contain "
                                + quoted(input.name()),
                        "leave it out");
            }
            if (inputs.put(input.name(), input) != null) {
                throw invalid(input.name(), "must be given once, was given twice", "leave one out");
            }
        }
        return inputs;
    }

    private static Input required(Map<String, Input> inputs, String name) {
        Input input = inputs.get(name);
        if (input == null) {
            throw invalid(name, "must be among the inputs, was missing", "add it");
        }
        return input;
    }

    /** Checks the datatype and the shape except for the number of rows. */
    private static void checkForm(ModelTensor tensor, Input input) {
        if (!input.datatype().equals(tensor.datatype())) {
            throw invalid(
                    tensor.name(),
                    "must have the datatype " + tensor.datatype() + ", has " + quoted(input.datatype()),
                    "convert it");
        }
        List<Long> shape = input.shape();
        boolean fits = shape.size() == tensor.shape().size() && shape.get(0) >= 1;
        for (int axis = 1; fits && axis < shape.size(); axis++) {
            fits = shape.get(axis).equals(tensor.shape().get(axis));
        }
        if (!fits) {
            throw invalid(
                    tensor.name(),
                    "must have the shape " + tensor.shape().toString().replace("-1", "n")
                            + " with n of at least 1, has " + (shape.size() <= SHOWN ? shape : shape.size() + " axes"),
                    "reshape it");
        }
    }

    private int count(Input z) {
        long count = z.shape().get(0);
        if (count > settings.maxRows()) {
            throw invalid(
                    z.name(),
                    "must have at most " + settings.maxRows() + " rows, has " + count,
                    "divide them between several requests");
        }
        return (int) count;
    }

    private static void checkCount(Input input, int count) {
        if (input.shape().get(0) != count) {
            throw invalid(
                    input.name(),
                    "must have one number for each of the " + count + " rows of z, has the shape " + input.shape(),
                    "make the lengths equal");
        }
    }

    private static void checkContents(Input input) {
        long elements = input.shape().stream().reduce(1L, (a, b) -> a * b);
        if (input.contents().count() != elements) {
            throw invalid(
                    input.name(),
                    "must have the " + elements + " elements of its shape, " + Contents.BYTES + " bytes each, has "
                            + input.contents().shown(),
                    "send as many elements as the shape says");
        }
    }

    private static Rows rows(DenoiserInfo info, int count, Contents z, Contents sigma, @Nullable Contents label) {
        int d = info.dimension();
        double[] state = new double[d];
        double most = Math.min(SigmaGrid.MAX_SIGMA, info.maxSigma());
        Rows rows = new Rows(d, count);
        for (int row = 0; row < count; row++) {
            for (int i = 0; i < d; i++) {
                state[i] = z.number(row * d + i);
                if (!(Math.abs(state[i]) <= MOST)) {
                    throw invalid(
                            element("z", row, i),
                            "must be from -1e30 to 1e30, was " + Violation.text(state[i]),
                            "rescale the data");
                }
            }
            double level = sigma.number(row);
            if (!(level >= SigmaGrid.MIN_SIGMA && level <= most)) {
                throw invalid(
                        element("sigma", row),
                        "must be at least " + Violation.text(SigmaGrid.MIN_SIGMA) + " and at most "
                                + Violation.text(most) + ", was " + Violation.text(level),
                        "correct it");
            }
            rows.append(state, 0, level);
            if (label != null) {
                double own = label.integer(row);
                if (!(own >= 0 && own <= info.classes() && own == Math.rint(own))) {
                    throw invalid(
                            element("label", row),
                            "must be a whole number from 0 to " + (info.classes() - 1) + ", or " + info.classes()
                                    + " for no class, was " + Violation.text(own),
                            "correct it");
                }
                // The condition applies to the row that was just added.
                rows.condition(row, own < info.classes() ? Condition.label((int) own) : null);
            }
        }
        return rows;
    }

    private static String element(String name, int... index) {
        StringBuilder element = new StringBuilder(name);
        for (int axis : index) {
            element.append('[').append(axis).append(']');
        }
        return element.toString();
    }

    private static RequestException invalid(String field, String rule, String remedy) {
        return RequestException.invalid(field, field + " " + rule + "; " + remedy);
    }

    /** Returns the beginning of a text from a client, on one line. */
    static String quoted(String text) {
        String line = text.replaceAll("[\\p{Cntrl}\\s\\u2028\\u2029]+", " ");
        return "'" + (line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "...") + "'";
    }
}
