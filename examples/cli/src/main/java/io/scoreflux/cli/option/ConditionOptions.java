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

/** Options that say what samples are given: their class, and what was observed of them. */
public final class ConditionOptions {
    @Option(
            names = "--label",
            paramLabel = "K[,K...]",
            converter = Labels.Converter.class,
            description =
                    "The class of all samples, from 0; the target must know classes. Of several, as 0,1,2, samples"
                            + " from noise take one after the other, by their numbers")
    @Nullable
    Labels labels;

    @Option(
            names = "--guidance",
            paramLabel = "W",
            description =
                    "Weight of classifier-free guidance, D_u + W (D_c - D_u): 1 is the class alone (default), 0 none"
                            + " of it; each evaluation counts two at other weights, and calls have"
                            + " up to twice --batch rows. With --label")
    @Nullable
    Double guidance;

    @Option(
            names = "--observe",
            paramLabel = "FILE.json",
            converter = FileName.class,
            description = "What is known of the samples: {\"indices\":[..],\"values\":[..],\"noise\":R} or"
                    + " {\"matrix\":[[..],..],\"values\":[..],\"noise\":R}; exact where the target is one Gaussian,"
                    + " without --label; otherwise an approximation by the target's mean and covariance")
    @Nullable
    Path observe;

    /** Checks what needs no target. */
    void check() {
        if (labels != null) {
            labels.classes().forEach(label -> OptionRules.atLeast("--label", label, 0));
        }
        if (guidance != null && labels == null) {
            throw new UserError("--guidance takes --label, the class to guide to; give both");
        }
        if (guidance != null && !Double.isFinite(guidance)) {
            throw new UserError("--guidance must be finite, was " + Violation.text(guidance));
        }
    }

    /** Whether the target's denoiser is asked as it is. */
    boolean isPlain() {
        return observe == null && !isGuided();
    }

    /** A builder for what is given of a target. */
    SamplerBuilder builder(Target target, Workers workers) {
        DenoiserInfo info = target.info();
        requireKnown(info);
        SamplerBuilder builder = info instanceof AsyncDenoiser remote
                ? workers.call(asked(remote))
                : workers.compute(Sampler.builder(denoiser(target)));
        target.givenRadius().ifPresent(builder::radius);
        return labels == null || labels.isSeveral() ? builder : builder.condition(condition(labels.of(0)));
    }

    /** The denoiser of what is given of a target that answers here. */
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
                            ? "knows no classes; leave out --label"
                            : "knows the classes 0 to " + (classes - 1) + "; give one of them"));
        }
    }

    /** Whether samples differ in class, so that each takes a request of its own. */
    boolean isOfSeveralClasses() {
        return labels != null && labels.isSeveral();
    }

    /** Refuses several classes where each row cannot have its own. */
    void requireOneClass(String by) {
        if (isOfSeveralClasses()) {
            throw new UserError("--label takes one class with " + by + "; several are for samples from noise");
        }
    }

    /** The request for a sample, of its class. */
    Request request(long seed, long index) {
        Request request = Request.of(seed, index);
        return labels == null ? request : request.withCondition(condition(labels.of(index)));
    }

    /** The condition of all rows, which are of one class, or null. */
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
