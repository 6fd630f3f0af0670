package io.scoreflux.model.network;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import io.scoreflux.noise.DiscreteSchedule;
import io.scoreflux.noise.NoiseSchedule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a scheduler as {@code diffusers} saves it ({@code scheduler_config.json}): the noising process of a network, what the
 * network predicts, and what its time input expects. {@link NetworkBuilder#scheduler} applies it to a network.
 *
 * <p>The fields that belong to sampling are ignored: steps and their spacing, order, clipping and thresholding of the sample, Karras sigmas.
 * Scheduler classes whose noise schedule is not known, and fields that contradict each other, are rejected with an
 * {@link InvalidArgumentException} that names the file and the field.
 *
 * <p>The noise range is that of the schedule. For discrete chains it goes from the last finite level to the first. For flow matching, whose
 * last level is noise alone, it goes from timestep 999 to timestep 1 before the shift; the shift multiplies canonical noise levels.
 *
 * <p>Immutable. Jackson, which parses the JSON, is an optional dependency: {@value #COORDINATES}.
 */
public final class SchedulerConfig {
    /** The version of Jackson that is tested. */
    static final String COORDINATES = "tools.jackson.core:jackson-databind:3.1.5";
    /** The maximum size of a file, in bytes. Trained betas take some 20 bytes each. */
    private static final long MAX_BYTES = 64L << 20;

    /** Schedulers of discrete chains whose betas are 1e-4 to 0.02 by default. */
    private static final Set<String> CHAINS = Set.of(
            "DDIMInverseScheduler",
            "DDIMParallelScheduler",
            "DDIMScheduler",
            "DDPMParallelScheduler",
            "DDPMScheduler",
            "DEISMultistepScheduler",
            "DPMSolverMultistepInverseScheduler",
            "DPMSolverMultistepScheduler",
            "DPMSolverSinglestepScheduler",
            "EulerAncestralDiscreteScheduler",
            "EulerDiscreteScheduler",
            "LMSDiscreteScheduler",
            "PNDMScheduler",
            "UniPCMultistepScheduler");
    /** Schedulers of discrete chains whose betas are 0.00085 to 0.012 by default. */
    private static final Set<String> LATENT_CHAINS = Set.of(
            "DPMSolverSDEScheduler",
            "HeunDiscreteScheduler",
            "KDPM2AncestralDiscreteScheduler",
            "KDPM2DiscreteScheduler");

    private static final Set<String> FLOWS =
            Set.of("FlowMatchEulerDiscreteScheduler", "FlowMatchHeunDiscreteScheduler");
    private static final Set<String> EDMS = Set.of("EDMDPMSolverMultistepScheduler", "EDMEulerScheduler");

    /** The variances of the ancestral step of DDPM. Only learned ones change the network. */
    private static final List<String> VARIANCES =
            List.of("fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log", "learned", "learned_range");

    private static final String FLOW_PREDICTION = "flow_prediction";
    /** The number of timesteps of flow matching. */
    private static final int FLOW_STEPS = 1000;

    private final String className;
    private final NoiseSchedule schedule;
    private final Parametrization parametrization;
    private final TimeInput timeInput;
    private final boolean learnedVariance;
    private final double fromSigma;
    private final double toSigma;
    /** Returns the shift for a number of tokens; null if it is static. */
    private final @Nullable DoubleUnaryOperator shift;

    private SchedulerConfig(
            String className,
            NoiseSchedule schedule,
            Parametrization parametrization,
            TimeInput timeInput,
            boolean learnedVariance,
            double fromSigma,
            double toSigma,
            @Nullable DoubleUnaryOperator shift) {
        this.className = className;
        this.schedule = schedule;
        this.parametrization = parametrization;
        this.timeInput = timeInput;
        this.learnedVariance = learnedVariance;
        this.fromSigma = fromSigma;
        this.toSigma = toSigma;
        this.shift = shift;
    }

    /**
     * Reads a file.
     *
     * @throws InvalidArgumentException if the file cannot be read or its content is rejected
     * @throws IllegalStateException if Jackson is missing
     */
    public static SchedulerConfig read(Path file) {
        Objects.requireNonNull(file, "file");
        String json;
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new InvalidArgumentException(
                        file + ": the file",
                        "must have at most " + MAX_BYTES + " bytes",
                        Files.size(file),
                        "name a scheduler_config.json");
            }
            json = Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new InvalidArgumentException(
                    file + ": the file",
                    "must be a readable scheduler_config.json in UTF-8",
                    Files.exists(file) ? "unreadable" : "missing",
                    "name the file beside the pipeline's networks");
        }
        return parse(file.toString(), json);
    }

    /**
     * Parses the text of a configuration.
     *
     * @param name the name of the file in messages
     * @param json the text, one JSON object
     * @throws InvalidArgumentException if it is rejected
     * @throws IllegalStateException if Jackson is missing
     */
    public static SchedulerConfig parse(String name, String json) {
        Require.library(
                "SchedulerConfig", "Jackson", "tools.jackson.databind.JsonNode", COORDINATES, "tools.jackson.databind");
        return of(new SchedulerFields(name, json));
    }

    private static SchedulerConfig of(SchedulerFields fields) {
        String className = fields.text("_class_name", "");
        // They belong to sampling and are ignored. An unknown value is more likely a damaged file than a new scheme.
        fields.requireOneOf("timestep_spacing", List.of("linspace", "leading", "trailing"));
        fields.requireOneOf("interpolation_type", List.of("linear", "log_linear"));
        fields.requireOneOf("final_sigmas_type", List.of("zero", "sigma_min"));
        if (FLOWS.contains(className)) {
            return flow(className, fields);
        }
        if (EDMS.contains(className)) {
            return edm(className, fields);
        }
        if (!CHAINS.contains(className) && !LATENT_CHAINS.contains(className)) {
            Set<String> all = new TreeSet<>(CHAINS);
            all.addAll(LATENT_CHAINS);
            all.addAll(FLOWS);
            all.addAll(EDMS);
            throw fields.refusal(
                    "_class_name",
                    "must be a scheduler whose noise schedule is known",
                    "give one of " + String.join(", ", all),
                    "set schedule, parametrization and time input instead");
        }
        return fields.flag("use_flow_sigmas") ? flow(className, fields) : chain(className, fields);
    }

    private static SchedulerConfig chain(String className, SchedulerFields fields) {
        String predicted = fields.oneOf(
                "prediction_type", "epsilon", List.of("epsilon", "v_prediction", "sample", FLOW_PREDICTION));
        if (predicted.equals(FLOW_PREDICTION)) {
            throw fields.refusal(
                    "prediction_type",
                    "must not be flow_prediction unless use_flow_sigmas is true",
                    "set use_flow_sigmas",
                    "name what the network predicts");
        }
        DiscreteSchedule levels = levels(className, fields);
        if (fields.flag("rescale_betas_zero_snr")) {
            levels = levels.withZeroTerminalSnr();
        }
        double from = levels.maxSigma();
        double to = levels.minSigma();
        NoiseSchedule schedule = levels;
        TimeInput time = TimeInput.TIMESTEP;
        String type = fields.oneOf("timestep_type", "discrete", List.of("discrete", "continuous"));
        if (type.equals("continuous") && predicted.equals("v_prediction")) {
            // The same scaling of inputs without levels: a network with a continuous time.
            schedule = NoiseSchedule.edm(1);
            time = TimeInput.QUARTER_LOG_SIGMA;
            from = fields.positive("sigma_max", from);
            to = fields.positive("sigma_min", to);
            requireRange(fields, from, to);
        }
        Parametrization parametrization = switch (predicted) {
            case "epsilon" -> Parametrization.EPSILON;
            case "v_prediction" -> Parametrization.V;
            default -> Parametrization.DENOISED;
        };
        boolean learned = fields.oneOf("variance_type", VARIANCES.get(0), VARIANCES, "leave it out")
                .startsWith("learned");
        return new SchedulerConfig(className, schedule, parametrization, time, learned, from, to, null);
    }

    private static DiscreteSchedule levels(String className, SchedulerFields fields) {
        int steps = fields.count("num_train_timesteps", 1000, 2, DiscreteSchedule.MAX_STEPS);
        if (fields.has("trained_betas")) {
            double[] betas = fields.numbers("trained_betas");
            if (fields.has("num_train_timesteps") && betas.length != steps) {
                throw fields.refusal(
                        "num_train_timesteps", "must be the number of trained_betas, which is " + betas.length);
            }
            try {
                return DiscreteSchedule.ofBetas(betas);
            } catch (InvalidArgumentException e) {
                throw notChain(fields, "trained_betas", e);
            }
        }
        boolean isLatent = LATENT_CHAINS.contains(className);
        double start = fields.fraction("beta_start", isLatent ? 0.00085 : 0.0001);
        double end = fields.fraction("beta_end", isLatent ? 0.012 : 0.02);
        String name = fields.oneOf(
                "beta_schedule",
                "linear",
                List.of("linear", "scaled_linear", "squaredcos_cap_v2"),
                "give the betas as trained_betas");
        try {
            return switch (name) {
                case "linear" -> DiscreteSchedule.linear(start, end, steps);
                case "scaled_linear" -> DiscreteSchedule.scaledLinear(start, end, steps);
                default -> DiscreteSchedule.squaredCosine(steps);
            };
        } catch (InvalidArgumentException e) {
            throw notChain(fields, fields.has("beta_end") ? "beta_end" : "beta_schedule", e);
        }
    }

    private static InvalidArgumentException notChain(SchedulerFields fields, String field, InvalidArgumentException e) {
        String setting = e.violation().setting();
        if (setting.startsWith("betas[")) {
            return fields.refusalOf(
                    "trained_" + setting,
                    e.violation().rule(),
                    String.valueOf(e.violation().value()));
        }
        return fields.refusalOf(
                field,
                "must give noise levels that are positive, finite and ascending",
                String.valueOf(e.violation().value()));
    }

    private static SchedulerConfig flow(String className, SchedulerFields fields) {
        boolean isFlowClass = FLOWS.contains(className);
        List<String> predictions =
                isFlowClass ? List.of(FLOW_PREDICTION) : List.of(FLOW_PREDICTION, "epsilon", "sample", "v_prediction");
        String predicted = fields.oneOf("prediction_type", isFlowClass ? FLOW_PREDICTION : "epsilon", predictions);
        for (String field : List.of("rescale_betas_zero_snr", "invert_sigmas")) {
            if (fields.flag(field)) {
                throw fields.refusal(
                        field,
                        field.startsWith("invert")
                                ? "must be false, as networks of the inverted flow take another time"
                                : "must be false with flow sigmas, which have no betas",
                        "leave it out",
                        "set schedule, parametrization and time input instead");
            }
        }
        fields.count("num_train_timesteps", FLOW_STEPS, FLOW_STEPS, FLOW_STEPS);
        if (predicted.equals("v_prediction")) {
            // diffusers computes alpha x - sigma v, which is x_0 only if alpha^2 + sigma^2 = 1.
            throw fields.refusal(
                    "prediction_type",
                    "must not be v_prediction with flow sigmas",
                    "name what the network predicts",
                    "set schedule, parametrization and time input instead");
        }
        Parametrization parametrization = switch (predicted) {
            case "epsilon" -> Parametrization.EPSILON;
            case "sample" -> Parametrization.DENOISED;
            default -> Parametrization.FLOW;
        };
        double top = FLOW_STEPS - 1;
        double fixed = fields.positive(isFlowClass ? "shift" : "flow_shift", 1);
        DoubleUnaryOperator shift = fields.flag("use_dynamic_shifting") ? dynamicShift(fields) : null;
        SchedulerConfig unshifted = new SchedulerConfig(
                className, NoiseSchedule.flow(), parametrization, TimeInput.TIMESTEP, false, top, 1 / top, shift);
        return unshifted.shifted(shift == null ? fixed : shift.applyAsDouble(Double.NaN));
    }

    /** The shift is exp(mu), where mu is linear in the number of tokens. Without a number, mu is the base shift. */
    private static DoubleUnaryOperator dynamicShift(SchedulerFields fields) {
        double base = fields.positive("base_shift", 0.5);
        double most = fields.positive("max_shift", 1.15);
        int few = fields.count("base_image_seq_len", 256, 1, Integer.MAX_VALUE);
        int many = fields.count("max_image_seq_len", 4096, 1, Integer.MAX_VALUE);
        if (many <= few) {
            throw fields.refusal("max_image_seq_len", "must be greater than base_image_seq_len, which is " + few);
        }
        boolean isLinear = fields.oneOf("time_shift_type", "exponential", List.of("exponential", "linear"))
                .equals("linear");
        return tokens -> {
            double mu = Double.isNaN(tokens) ? base : base + (most - base) * (tokens - few) / (many - few);
            return isLinear ? mu : StrictMath.exp(mu);
        };
    }

    private SchedulerConfig shifted(double factor) {
        double top = FLOW_STEPS - 1;
        return new SchedulerConfig(
                className, schedule, parametrization, timeInput, learnedVariance, factor * top, factor / top, shift);
    }

    private static SchedulerConfig edm(String className, SchedulerFields fields) {
        double data = fields.positive("sigma_data", 0.5);
        String predicted = fields.oneOf("prediction_type", "epsilon", List.of("epsilon", "v_prediction"));
        if (predicted.equals("v_prediction") && data != 1) {
            throw fields.refusal("sigma_data", "must be 1 with prediction_type v_prediction");
        }
        double from = fields.positive("sigma_max", 80);
        double to = fields.positive("sigma_min", 0.002);
        requireRange(fields, from, to);
        return new SchedulerConfig(
                className,
                NoiseSchedule.edm(data),
                predicted.equals("epsilon") ? Parametrization.EDM : Parametrization.V,
                TimeInput.QUARTER_LOG_SIGMA,
                false,
                from,
                to,
                null);
    }

    private static void requireRange(SchedulerFields fields, double from, double to) {
        if (!(from > to)) {
            throw fields.refusal("sigma_max", "must be greater than sigma_min, which is " + to);
        }
    }

    /** Returns the name of the class in {@code diffusers}. */
    public String className() {
        return className;
    }

    /** Returns the noising process that the network was trained on. */
    public NoiseSchedule schedule() {
        return schedule;
    }

    /** Returns the quantity that the network predicts. */
    public Parametrization parametrization() {
        return parametrization;
    }

    /** Returns the quantity that the time input expects. */
    public TimeInput timeInput() {
        return timeInput;
    }

    /** Returns whether the output has twice the channels of the state, the second half of which is a variance. */
    public boolean learnedVariance() {
        return learnedVariance;
    }

    /** Returns the largest canonical noise level of the noise range. */
    public double fromSigma() {
        return fromSigma;
    }

    /** Returns the smallest canonical noise level of the noise range. */
    public double toSigma() {
        return toSigma;
    }

    /** Returns whether the noise range depends on the number of tokens of an image. */
    public boolean hasDynamicShift() {
        return shift != null;
    }

    /**
     * Returns the configuration with the noise range for an image of a number of tokens. Only flow matching with a dynamic shift depends on
     * it: {@code mu} is linear in the number of tokens, {@code base_shift} at {@code base_image_seq_len} and {@code max_shift} at
     * {@code max_image_seq_len}, and the shift is {@code exp(mu)}. Without this call, mu is {@code base_shift}. Networks do not depend on the
     * shift.
     *
     * @param tokens the number of tokens, at least 1
     */
    public SchedulerConfig withTokens(int tokens) {
        Require.atLeast("tokens", tokens, 1);
        return shift == null ? this : shifted(shift.applyAsDouble(tokens));
    }
}
