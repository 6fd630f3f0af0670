package io.scoreflux.cli.option;

import io.scoreflux.Request;
import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.cli.targets.ObservationFile;
import io.scoreflux.cli.targets.Target;
import io.scoreflux.cli.text.UserError;
import io.scoreflux.error.Violation;
import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.Guidance;
import io.scoreflux.state.Condition;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options for the condition of samples: their class, and observed values. */
public final class ConditionOptions {
    @Option(
            names = "--label",
            paramLabel = "K[,K...]",
            converter = Labels.Converter.class,
            description =
                    "Class of the samples, from 0, if the target has classes. With several classes, such as 0,1,2,"
                            + " consecutive samples from noise take them in turn")
    @Nullable
    Labels labels;

    @Option(
            names = "--guidance",
            paramLabel = "W",
            description = "With --label: weight of classifier-free guidance, D_u + W (D_c - D_u). 1 uses only the class"
                    + " (default), 0 ignores it. At other weights, each evaluation counts twice, and calls"
                    + " have up to twice --batch rows")
    @Nullable
    Double guidance;

    @Option(
            names = "--observe",
            paramLabel = "FILE.json",
            converter = FileName.class,
            description = "Observed values of the samples: {\"indices\":[..],\"values\":[..],\"noise\":R} or"
                    + " {\"matrix\":[[..],..],\"values\":[..],\"noise\":R}. The result is exact if the target is a"
                    + " single Gaussian without --label. Otherwise it is an approximation that uses the target's mean"
                    + " and covariance")
    @Nullable
    Path observe;

    /** Checks the options that do not depend on the target. */
    void check() {
        if (labels != null) {
            labels.classes().forEach(label -> OptionRules.atLeast("--label", label, 0));
        }
        if (guidance != null && labels == null) {
            throw new UserError("--guidance requires --label, the class to guide to; give both");
        }
        if (guidance != null && !Double.isFinite(guidance)) {
            throw new UserError("--guidance must be finite, was " + Violation.text(guidance));
        }
    }

    /** Whether the target's denoiser is used without guidance and observations. */
    boolean isPlain() {
        return observe == null && !isGuided();
    }

    /** A sampler builder for the target under these conditions. */
    SamplerBuilder builder(Target target, Workers workers) {
        DenoiserInfo info = target.info();
        requireKnown(info);
        SamplerBuilder builder = info instanceof AsyncDenoiser remote
                ? workers.call(asked(remote))
                : workers.compute(Sampler.builder(denoiser(target)));
        target.givenRadius().ifPresent(builder::radius);
        return labels == null || labels.isSeveral() ? builder : builder.condition(condition(labels.of(0)));
    }

    /** The denoiser of a local target under these conditions. */
    public Denoiser denoiser(Target target) {
        Denoiser denoiser = target.denoiser();
        Denoiser guided = isGuided() ? Guidance.of(denoiser) : denoiser;
        return observe == null ? guided : ObservationFile.read(observe, observation -> observation.of(guided));
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

    /** Whether samples differ in class, so that each sample needs its own request. */
    boolean isOfSeveralClasses() {
        return labels != null && labels.isSeveral();
    }

    /** Rejects several classes if all rows must have the same class. */
    void requireOneClass(String by) {
        if (isOfSeveralClasses()) {
            throw new UserError("--label accepts only one class with " + by + "; several are for samples from noise");
        }
    }

    /** The request for a sample, with its class. */
    Request request(long seed, long index) {
        Request request = Request.of(seed, index);
        return labels == null ? request : request.withCondition(condition(labels.of(index)));
    }

    /** The condition of all rows, which have the same class, or null. */
    @Nullable
    public Condition condition(DenoiserInfo info) {
        requireKnown(info);
        return labels == null ? null : condition(labels.of(0));
    }

    private Condition condition(int label) {
        return new Condition(label, guidance == null ? 1 : guidance);
    }

    private AsyncDenoiser asked(AsyncDenoiser denoiser) {
        AsyncDenoiser guided = isGuided() ? Guidance.of(denoiser) : denoiser;
        return observe == null ? guided : ObservationFile.read(observe, observation -> observation.of(guided));
    }

    private boolean isGuided() {
        return guidance != null && guidance != 1;
    }
}
