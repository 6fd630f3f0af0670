package io.scoreflux.stream.micrometer;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The counts that gauges show. A registry returns the same counter or timer for equal names and tags, but keeps only the first gauge and
 * ignores later ones. So listeners whose gauges have the same tags share one count, and the gauge shows their sum.
 */
final class ActiveGauges {
    private static final Map<MeterRegistry, Map<Tags, AtomicLong>> COUNTS = new WeakHashMap<>();

    private ActiveGauges() {}

    /** Returns the count of trajectories in flight that a registry shows with these tags. */
    static AtomicLong of(MeterRegistry registry, Tags tags) {
        synchronized (COUNTS) {
            return COUNTS.computeIfAbsent(registry, any -> new HashMap<>()).computeIfAbsent(tags, own -> {
                AtomicLong count = new AtomicLong();
                registry.gauge("scoreflux.stage.active", own, count);
                return count;
            });
        }
    }
}
