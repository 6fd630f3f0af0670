package io.scoreflux.service.api;

import io.scoreflux.error.HasViolation;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.targets.Targets;
import io.scoreflux.files.text.UserError;
import io.scoreflux.service.Limits;
import io.scoreflux.spring.Model;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Samples Gaussian mixtures that clients upload. All uploads share one thread, so that they cannot slow down the models. */
@RestController
class MixturesController implements DisposableBean {
    private static final String BODY = "body";
    static final List<String> OF_STREAM = SampleQuery.names("count", "from", Format.PARAMETER);

    /** The path of a field at the beginning of a message of {@link Targets}. */
    private static final Pattern FIELD = Pattern.compile(
            "(?:the field '|unknown field ')([^']+)'.*|((?:type|components)[\\w.\\[\\]]*):? .*", Pattern.DOTALL);

    private final SamplesController samples;
    private final Limits limits;
    private final Scheduler scheduler = Schedulers.newSingle("scoreflux-uploads", true);

    MixturesController(SamplesController samples, Limits limits) {
        this.samples = samples;
        this.limits = limits;
    }

    /** Samples of a Gaussian mixture in the form of a target file. */
    @PostMapping(path = "/v1/mixtures/samples", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<ResponseEntity<?>> samples(
            @RequestParam MultiValueMap<String, String> parameters,
            @RequestBody Mono<String> body,
            ServerHttpRequest request) {
        Parameters given = new Parameters(parameters, OF_STREAM);
        Format format = Format.of(given, request.getHeaders(), Format.NDJSON, Format.EVENTS, Format.CSV);
        // Not on the event loop: a large mixture takes a while to check.
        return body.publishOn(Schedulers.boundedElastic()).flatMap(json -> {
            Model model = model(json);
            return samples.stream(model, SampleQuery.of(given, limits, model), format, given, request);
        });
    }

    private Model model(String json) {
        try {
            Target target = Targets.mixture(BODY, json, limits.maxComponents(), limits.maxDimension());
            return Model.of("uploaded", target.denoiser(), scheduler, target.fromSigma(), target.toSigma());
        } catch (UserError e) {
            String message = String.valueOf(e.getMessage());
            String line = message.startsWith(BODY + ": ") ? message.substring(BODY.length() + 2) : message;
            Matcher repeated = BodyErrors.DUPLICATE.matcher(line);
            if (repeated.find()) {
                String name = Parameters.echo(repeated.group(1));
                throw RequestException.invalid(name, name + " must be given once, was given twice; leave one out");
            }
            Matcher field = FIELD.matcher(line);
            if (!field.matches()) {
                throw RequestException.invalid(BODY, BODY + " is no Gaussian mixture: " + line);
            }
            throw RequestException.invalid(field.group(1) == null ? field.group(2) : field.group(1), line);
        } catch (IllegalArgumentException e) {
            throw e instanceof HasViolation ? RequestException.invalid(e) : e;
        }
    }

    @Override
    public void destroy() {
        scheduler.dispose();
    }
}
