package io.scoreflux.cli;

import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.Guidance;
import io.scoreflux.state.Condition;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that say what samples are given: their class, and what was observed of them. */
final class Given {
    @Option(
            names = "--label",
            paramLabel = "K",
            description = "The class of all samples, from 0; the target must know classes")
    @Nullable
    Integer label;

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
        if (label != null) {
            OptionRules.atLeast("--label", label, 0);
        }
        if (guidance != null && label == null) {
            throw new UserError("--guidance takes --label, the class to guide to; give both");
        }
        if (guidance != null && !Double.isFinite(guidance)) {
            throw new UserError("--guidance must be finite, was " + guidance);
        }
    }

    /** Whether the target's denoiser is asked as it is. */
    boolean isPlain() {
        return observe == null && !isGuided();
    }

    /** A builder for what is given of a target. */
    SamplerBuilder builder(Target target, Workers workers) {
        DenoiserInfo info = target.info();
        Condition condition = condition(info);
        SamplerBuilder builder = info instanceof AsyncDenoiser remote
                ? workers.call(asked(remote))
                : workers.compute(Sampler.builder(denoiser(target)));
        target.givenRadius().ifPresent(builder::radius);
        return condition == null ? builder : builder.condition(condition);
    }

    /** The denoiser of what is given of a target that answers here. */
    Denoiser denoiser(Target target) {
        Denoiser denoiser = target.denoiser();
        Denoiser guided = isGuided() ? Guidance.of(denoiser) : denoiser;
        return observe == null ? guided : ObservationFile.read(observe, observation -> observation.of(guided));
    }

    /** The condition of all samples, or null. */
    @Nullable
    Condition condition(DenoiserInfo info) {
        if (label == null) {
            return null;
        }
        if (label >= info.classes()) {
            throw new UserError("--label " + label + ": the target "
                    + (info.classes() == 0
                            ? "knows no classes; leave out --label"
                            : "knows the classes 0 to " + (info.classes() - 1) + "; give one of them"));
        }
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
