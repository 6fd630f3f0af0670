package io.scoreflux.spring;

import io.scoreflux.state.Rows;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import reactor.core.publisher.Mono;

/** Asks a model for one row: the state 0 at the largest noise level, without a condition. The model is up if the values are finite. */
final class ModelHealthIndicator implements ReactiveHealthIndicator {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    /** The time for which an answer stays valid, so that probes do not burden the model. */
    private static final Duration VALID = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(ModelHealthIndicator.class);

    private final Model model;
    private final boolean needsTensors;
    private final Mono<Health> health = Mono.defer(this::check).cache(VALID);

    ModelHealthIndicator(Model model) {
        this.model = model;
        this.needsTensors = !acceptsNoCondition(model);
    }

    private static boolean acceptsNoCondition(Model model) {
        try {
            model.info().checkTensors(Map.of());
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public Mono<Health> health() {
        return health;
    }

    private Mono<Health> check() {
        int dimension = model.info().dimension();
        Rows row = new Rows(dimension, 1);
        row.append(new double[dimension], 0, model.fromSigma());
        if (needsTensors) {
            model.conditions().values().stream().findFirst().ifPresent(condition -> row.condition(0, condition));
        }
        return model.denoise(row)
                .map(values -> Arrays.stream(values).allMatch(Double::isFinite)
                        ? up(dimension)
                        : Health.down()
                                .withDetail("error", "the model returned values that are not finite")
                                .build())
                // A model that serves others is busy, not down.
                .timeout(
                        LIMIT,
                        Mono.fromSupplier(() -> Health.unknown()
                                .withDetail("busy", "no answer within " + LIMIT.toSeconds() + " s")
                                .build()))
                .onErrorResume(error -> {
                    LOG.warn("The model {} has failed its health check", model.name(), error);
                    return Mono.just(Health.down()
                            .withDetail("error", "the model has failed; the log contains the reason")
                            .build());
                });
    }

    private static Health up(int dimension) {
        return Health.up().withDetail("dimension", dimension).build();
    }
}
