package io.scoreflux.service.api;

import io.scoreflux.Plan;
import io.scoreflux.Sampler;
import io.scoreflux.SamplerBuilder;
import io.scoreflux.spring.Model;
import io.scoreflux.spring.Models;
import io.scoreflux.spring.SolverSettings;
import io.scoreflux.state.Condition;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Makes plans that need a pilot run, once for each configured model, solver and condition. */
@Component
class Plans {
    private static final int MOST = 256;

    private final Models models;
    private final Map<Key, Sampler> samplers = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Sampler> eldest) {
            return size() > MOST;
        }
    };

    private record Key(
            String model, SolverSettings solver, @Nullable Condition condition) {}

    Plans(Models models) {
        this.models = models;
    }

    /** Whether samples of a model need a pilot run: if the radius of the data is unknown, or the solver has a budget of calls. */
    static boolean needsPilot(Model model, SolverSettings solver) {
        return model.radius().isEmpty() || solver.solver().needsPilot();
    }

    /** Returns the plan; subscribers share one pilot run. */
    Mono<Plan> pilot(Model model, SampleQuery query) {
        boolean configured = models.find(model.name()).orElse(null) == model;
        return (configured ? shared(model, query) : sampler(model, query)).prepare();
    }

    private Sampler shared(Model model, SampleQuery query) {
        synchronized (samplers) {
            return samplers.computeIfAbsent(
                    new Key(model.name(), query.solver(), query.condition()), key -> sampler(model, query));
        }
    }

    private static Sampler sampler(Model model, SampleQuery query) {
        SamplerBuilder builder = model.builder().solver(query.solver().solver());
        if (query.condition() != null) {
            builder.condition(query.condition());
        }
        return builder.build();
    }
}
