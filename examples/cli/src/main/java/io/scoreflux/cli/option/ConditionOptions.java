package io.scoreflux.cli.option;

import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.error.Violation;
import io.scoreflux.files.format.TensorFile;
import io.scoreflux.files.input.InputFile;
import io.scoreflux.files.targets.ObservationFile;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.Names;
import io.scoreflux.files.text.UserError;
import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.Guidance;
import io.scoreflux.model.GuidanceRule;
import io.scoreflux.model.Observation;
import io.scoreflux.model.ObservedDirections;
import io.scoreflux.model.network.ConditionInput;
import io.scoreflux.model.network.NetworkInfo;
import io.scoreflux.posterior.Posterior;
import io.scoreflux.posterior.PosteriorBuilder;
import io.scoreflux.state.Condition;
import io.scoreflux.state.ConditionTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options for the condition of samples: their class, tensors for a network, guidance, and observed values. */
public final class ConditionOptions {
    @Option(
            names = "--label",
            paramLabel = "K[,K...]",
            converter = Labels.Converter.class,
            description =
                    "Class of the samples, from 0, if the target has classes. With several classes, such as 0,1,2,"
                            + " consecutive samples take them in turn")
    @Nullable
    Labels labels;

    @Option(
            names = "--guidance",
            paramLabel = "W",
            description = "With --label or --condition: weight of classifier-free guidance, D_n + W (D_c - D_n), where"
                    + " D_n is the value under --negative, or without a condition. 1 uses only the condition"
                    + " (default), 0 only D_n. At other weights, and at 0 with --guidance-rescale, each evaluation"
                    + " counts twice, and calls have up to twice --batch rows")
    @Nullable
    Double guidance;

    @Option(
            names = "--condition",
            paramLabel = "NAME=FILE.npy",
            converter = TensorOption.Converter.class,
            description =
                    "Tensor for a condition input of a network, such as the embeddings of a prompt; repeatable, once"
                            + " for each input. If the first axis of the array is an additional one, consecutive samples"
                            + " take the tensors along it in turn")
    List<TensorOption> conditions = new ArrayList<>();

    @Option(
            names = "--negative",
            paramLabel = "NAME=FILE.npy",
            converter = TensorOption.Converter.class,
            description = "With --guidance: tensor of the other branch of guidance, as for a negative prompt; like"
                    + " --condition (default: the null tensor of the target, or the tensor of --condition if the input"
                    + " has no null tensor)")
    List<TensorOption> negatives = new ArrayList<>();

    @Option(
            names = "--guidance-rescale",
            paramLabel = "PHI",
            description =
                    "With --guidance: strength of rescaling, from 0 to 1; 1 gives D_w the standard deviation of D_c"
                            + " (default: 0)")
    @Nullable
    Double rescale;

    @Option(
            names = "--guidance-interval",
            paramLabel = "LOW,HIGH",
            converter = GuidanceInterval.Converter.class,
            description =
                    "With --guidance: guides only at noise levels above LOW and up to HIGH, 0 <= LOW < HIGH. Elsewhere,"
                            + " evaluations use only the condition and count once (default: all noise levels)")
    @Nullable
    GuidanceInterval interval;

    @Option(
            names = "--observe",
            paramLabel = "FILE.json",
            converter = FileName.class,
            description = "Observed values of the samples: {\"indices\":[..],\"values\":[..],\"noise\":R},"
                    + " {\"groups\":[[..],..],..} for averages, or {\"matrix\":[[..],..],..}. The noise is one standard"
                    + " deviation, a list with one for each value, or a covariance matrix. The result is exact if the"
                    + " target is a single Gaussian without --label. Otherwise it is an approximation that uses the"
                    + " target's mean and covariance; in 'sample', --exact draws from the exact posterior")
    @Nullable
    Path observe;

    /** Checks the options that do not depend on the target. */
    void check() {
        if (labels != null) {
            labels.classes().forEach(label -> OptionRules.atLeast("--label", label, 0));
        }
        boolean unconditional = labels == null && conditions.isEmpty();
        if (guidance != null && unconditional) {
            throw new UserError("--guidance requires --label or --condition, what to guide to; give both");
        }
        if (guidance != null) {
            OptionRules.guidance(guidance);
        }
        requireGuidance("--negative", !negatives.isEmpty());
        requireGuidance("--guidance-rescale", rescale != null);
        requireGuidance("--guidance-interval", interval != null);
        requireOnce("--condition", conditions);
        requireOnce("--negative", negatives);
        if (rescale != null && !(rescale >= 0 && rescale <= 1)) {
            throw new UserError("--guidance-rescale must be at least 0 and at most 1, was " + Violation.text(rescale)
                    + "; 0 is no rescaling");
        }
    }

    private void requireGuidance(String option, boolean given) {
        if (given && guidance == null) {
            throw new UserError(option + " requires --guidance, the weight; give both");
        }
        if (given && !isGuided()) {
            throw OptionRules.withoutGuidance(option);
        }
    }

    private static void requireOnce(String option, List<TensorOption> tensors) {
        Set<String> inputs = new HashSet<>();
        for (TensorOption tensor : tensors) {
            if (!inputs.add(tensor.input())) {
                throw new UserError(option + " " + tensor.input() + " is given twice; give each input once");
            }
        }
    }

    /** The variant of guidance. */
    private GuidanceRule rule() {
        GuidanceRule rule = GuidanceRule.PLAIN.withRescale(rescale == null ? 0 : rescale);
        return interval == null ? rule : rule.withInterval(interval.low(), interval.high());
    }

    /** Rejects an interval of guidance that has no level in common with the noise range. */
    public void requireGuided(double from, double to) {
        GuidanceInterval levels = interval;
        if (levels != null && !(levels.low() < from && levels.high() >= to)) {
            throw new UserError("--guidance-interval must have levels in the noise range from "
                    + Violation.text(from) + " to " + Violation.text(to) + ", was " + Violation.text(levels.low()) + ","
                    + Violation.text(levels.high())
                    + "; give levels inside of it, because guidance would apply at none");
        }
    }

    /** The files that the options name. */
    InputFiles addTo(InputFiles files) {
        conditions.forEach(one -> files.add("--condition", one.file()));
        negatives.forEach(one -> files.add("--negative", one.file()));
        return files.add("--observe", observe);
    }

    /** Whether the target's denoiser is used without guidance and observations. */
    boolean isPlain() {
        return observe == null && !isGuided();
    }

    /** Rejects an option that needs an observation. */
    void requireObserved(String option) {
        if (observe == null) {
            throw new UserError(option + " requires --observe, the observation; give both, or neither");
        }
        Double weight = guidance;
        if (weight != null && weight != 1) {
            throw new UserError("--guidance must be 1 with " + option + ", was " + Violation.text(weight)
                    + "; a guided denoiser belongs to no distribution, so leave --guidance out");
        }
        requireOneClass(option);
    }

    /** A builder of the exact posterior of the target given the observation. */
    PosteriorBuilder posterior(Target target, Workers workers) {
        DenoiserInfo info = target.info();
        Condition one = condition(info);
        PosteriorBuilder builder = observed(
                info,
                observation -> info instanceof AsyncDenoiser remote
                        ? Posterior.builder(workers.gateway(remote), observation)
                                .engine(workers::fill)
                        : Posterior.builder(target.denoiser(), observation).engine(workers::compute));
        return one == null ? builder : builder.condition(one);
    }

    /** The directions that the observation measures. */
    ObservedDirections directions(DenoiserInfo info) {
        return observed(info, observation -> observation.directions(info.dimension()));
    }

    private <T> T observed(DenoiserInfo info, Function<Observation, T> given) {
        return ObservationFile.read(Objects.requireNonNull(observe), info.dimension(), given);
    }

    /** A sampler builder for the target under these conditions. */
    SamplerBuilder builder(Target target, Workers workers) {
        DenoiserInfo info = target.info();
        return conditioned(
                target,
                info instanceof AsyncDenoiser remote
                        ? workers.call(asked(remote))
                        : workers.compute(Sampler.builder(denoiser(target))));
    }

    /** A sampler builder for the target under these conditions without the observation and without guidance. */
    SamplerBuilder prior(Target target, Workers workers) {
        DenoiserInfo info = target.info();
        return conditioned(
                target,
                info instanceof AsyncDenoiser remote
                        ? workers.call(remote)
                        : workers.compute(Sampler.builder(target.denoiser())));
    }

    private SamplerBuilder conditioned(Target target, SamplerBuilder builder) {
        SampleConditions all = read(target.info());
        target.givenRadius().ifPresent(builder::radius);
        if (all.isSeveral()) {
            return builder.conditions(all::of);
        }
        Condition one = all.of(0);
        return one == null ? builder : builder.condition(one);
    }

    /** The denoiser of a local target under these conditions. */
    public Denoiser denoiser(Target target) {
        Denoiser denoiser = target.denoiser();
        Denoiser guided = isGuided() ? Guidance.of(denoiser, rule()) : denoiser;
        return observe == null ? guided : observed(guided, observation -> observation.of(guided));
    }

    private void requireKnown(DenoiserInfo info) {
        if (labels != null) {
            labels.classes().forEach(label -> requireKnown(label, info.classes()));
        }
    }

    private static void requireKnown(int label, int classes) {
        if (label >= classes) {
            throw new UserError("--label " + label + ": the target "
                    + (classes == 0
                            ? "has no classes; leave out --label"
                            : "has the classes 0 to " + (classes - 1) + "; give one of them"));
        }
    }

    /** Rejects several conditions if all rows must have the same one. */
    void requireOneClass(String by) {
        if (labels != null && labels.isSeveral()) {
            throw new UserError("--label accepts only one class with " + by + "; several are for samples");
        }
    }

    /** The condition of all rows, or null. Rejects several tensors for an input. */
    @Nullable
    public Condition condition(DenoiserInfo info) {
        SampleConditions all = read(info);
        if (all.tensorsInTurn() > 1) {
            throw new UserError(
                    "--condition and --negative accept only one tensor for each input here, because all rows"
                            + " have the same condition; give files with one");
        }
        return all.of(0);
    }

    /** Reads the tensors and compares all conditions with the target. */
    private SampleConditions read(DenoiserInfo info) {
        requireKnown(info);
        List<ConditionInput> inputs = info instanceof NetworkInfo network ? network.conditionInputs() : List.of();
        Map<String, List<ConditionTensor>> tensors = read("--condition", conditions, inputs);
        Map<String, List<ConditionTensor>> others = read("--negative", negatives, inputs);
        for (ConditionInput input : inputs) {
            if (input.nullTensor() != null) {
                continue;
            }
            List<ConditionTensor> own = tensors.get(input.name());
            if (own == null) {
                throw new UserError("the target needs a tensor for its input '" + input.name() + "' of the shape "
                        + input.shape() + "; give --condition " + input.name() + "=FILE.npy, or a null tensor in the"
                        + " target file");
            }
            if (isGuided()) {
                others.putIfAbsent(input.name(), own);
            }
        }
        if (isGuided() && labels == null && others.equals(tensors)) {
            throw new UserError("--guidance has no effect, because both of its branches have the same tensors; give "
                    + (negatives.isEmpty()
                            ? "--negative NAME=FILE.npy, or add a null tensor to the condition inputs in the target file"
                            : "another --negative, or leave --guidance out"));
        }
        SampleConditions all = new SampleConditions(labels, tensors, others, guidance == null ? 1 : guidance);
        for (int k = 0; k < all.tensorsInTurn(); k++) {
            requireAccepted(info, all.of(k));
        }
        return all;
    }

    /**
     * What a user should know about the condition: that an observation is an approximation, and what a network with inputs for tensors is
     * conditioned on if the options do not say it. Without the latter, samples without a prompt look like those of a bad network. Null if there
     * is nothing to say.
     */
    @Nullable
    public String remark(DenoiserInfo info) {
        if (observe != null) {
            return "--observe uses an approximation, which is exact only if the target is a single Gaussian; 'sample --exact'"
                    + " draws from the exact posterior";
        }
        List<ConditionInput> inputs = info instanceof NetworkInfo network ? network.conditionInputs() : List.of();
        if (inputs.isEmpty() || guidance != null) {
            return null;
        }
        String names =
                String.join(", ", inputs.stream().map(ConditionInput::name).toList());
        return conditions.isEmpty()
                ? "no --condition: all samples have the null tensors of the target, as without a prompt; give"
                        + " --condition NAME=FILE.npy for " + names
                : "no --guidance: the weight is 1, so samples follow the condition alone; text to image usually takes 3"
                        + " to 12";
    }

    private static void requireAccepted(DenoiserInfo info, @Nullable Condition condition) {
        if (condition == null) {
            return;
        }
        try {
            info.checkCondition(condition);
        } catch (IllegalArgumentException e) {
            throw new UserError("--condition: " + MessageText.of(e), e);
        }
        Condition negative = condition.negative();
        if (negative != null) {
            try {
                info.checkCondition(negative);
            } catch (IllegalArgumentException e) {
                throw new UserError("--negative: " + MessageText.of(e), e);
            }
        }
    }

    private static Map<String, List<ConditionTensor>> read(
            String option, List<TensorOption> given, List<ConditionInput> inputs) {
        Map<String, List<ConditionTensor>> tensors = new HashMap<>();
        for (TensorOption one : given) {
            ConditionInput input = inputs.stream()
                    .filter(each -> each.name().equals(one.input()))
                    .findFirst()
                    .orElseThrow(() -> unknown(option + " " + one.input(), one.input(), inputs));
            tensors.put(one.input(), InputFile.read(one.file(), () -> tensors(option, one, input)));
        }
        return tensors;
    }

    private static List<ConditionTensor> tensors(String option, TensorOption given, ConditionInput input) {
        TensorFile file = TensorFile.read(given.file());
        List<Integer> shape = Objects.requireNonNull(input.shape());
        List<Integer> found = file.shape();
        if (found.equals(shape)) {
            return List.of(file.whole());
        }
        if (found.size() == shape.size() + 1 && found.subList(1, found.size()).equals(shape)) {
            return file.rows();
        }
        List<Object> several = new ArrayList<>(shape);
        several.add(0, "n");
        throw new UserError(option + " " + given.input() + ": " + given.file() + " has the shape " + found + "; give "
                + shape + " for all samples, or " + several + " for n samples");
    }

    private static UserError unknown(String option, String name, List<ConditionInput> inputs) {
        List<String> names = inputs.stream().map(ConditionInput::name).toList();
        return new UserError(option + ": the target "
                + (names.isEmpty()
                        ? "has no condition inputs; leave it out, or name the input under 'conditions' in the target"
                                + " file"
                        : "has the condition inputs " + String.join(", ", names) + Names.hint(name, names)
                                + "; give one of them"));
    }

    private AsyncDenoiser asked(AsyncDenoiser denoiser) {
        AsyncDenoiser guided = isGuided() ? Guidance.of(denoiser, rule()) : denoiser;
        return observe == null ? guided : observed(guided, observation -> observation.of(guided));
    }

    private boolean isGuided() {
        return guidance != null && guidance != 1;
    }
}
