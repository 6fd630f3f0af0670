package io.scoreflux.stream.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.scoreflux.internal.Require;
import io.scoreflux.solve.Certificate;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.stream.StreamListener;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Records the events of streams and gateways in Micrometer meters. The same listener can be given to a sampler and to its gateway.
 * Listeners with the same tags in one registry add to the same meters; a separate tag for each sampler distinguishes samplers.
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><th>name</th><th>kind, tags</th><th>meaning</th></tr>
 * <tr><td>scoreflux.stage.active</td><td>gauge, stage</td><td>trajectories in flight</td></tr>
 * <tr><td>scoreflux.stage.steps</td><td>counter, stage</td><td>accepted steps</td></tr>
 * <tr><td>scoreflux.stage.rejected</td><td>counter, stage</td><td>rejected steps</td></tr>
 * <tr><td>scoreflux.stage.residual</td><td>summary, stage</td><td>residual of a trajectory's last step in the stage, relative to the
 *   largest that is allowed; only for solvers that report one</td></tr>
 * <tr><td>scoreflux.stage.degree</td><td>summary, stage</td><td>degree of that step</td></tr>
 * <tr><td>scoreflux.samples</td><td>counter, status, outcome (delivered, skipped)</td><td>samples delivered, and failed samples that the
 *   fault policy skipped</td></tr>
 * <tr><td>scoreflux.gateway.rows</td><td>summary</td><td>rows in a call</td></tr>
 * <tr><td>scoreflux.gateway.wait</td><td>timer</td><td>time from a query to its call</td></tr>
 * <tr><td>scoreflux.gateway.latency</td><td>timer, outcome (success, failure)</td><td>time from a call to its end</td></tr>
 * <tr><td>scoreflux.gateway.retries</td><td>counter</td><td>calls repeated after a transport error</td></tr>
 * </table>
 *
 * <p>Micrometer is an optional dependency: {@value #COORDINATES}.
 */
public final class MicrometerListener implements StreamListener {
    /** The tested version of Micrometer. */
    static final String COORDINATES = "io.micrometer:micrometer-core:1.17.2";

    private final MeterRegistry registry;
    private final Tags tags;
    private final List<StageMeters> stages = new CopyOnWriteArrayList<>();
    private final Map<Certificate.Status, Counter> samples = new EnumMap<>(Certificate.Status.class);
    private final Counter skipped;
    private final DistributionSummary rows;
    private final Timer wait;
    private final Timer success;
    private final Timer failure;
    private final Counter retries;

    /**
     * Creates a listener with meters in a registry.
     *
     * @param tags alternating keys and values, added to all meters; for example the name of a sampler
     * @throws IllegalStateException if Micrometer is missing
     */
    public MicrometerListener(MeterRegistry registry, String... tags) {
        Require.library(
                "MicrometerListener",
                "Micrometer",
                "io.micrometer.core.instrument.MeterRegistry",
                COORDINATES,
                "micrometer.core");
        this.registry = Objects.requireNonNull(registry, "registry");
        this.tags = Tags.of(tags);
        for (Certificate.Status status : Certificate.Status.values()) {
            samples.put(status, samples(status, "delivered"));
        }
        this.skipped = samples(Certificate.Status.FAILED, "skipped");
        this.rows = registry.summary("scoreflux.gateway.rows", this.tags);
        this.wait = registry.timer("scoreflux.gateway.wait", this.tags);
        this.success = registry.timer("scoreflux.gateway.latency", this.tags.and("outcome", "success"));
        this.failure = registry.timer("scoreflux.gateway.latency", this.tags.and("outcome", "failure"));
        this.retries = registry.counter("scoreflux.gateway.retries", this.tags);
    }

    @Override
    public void entered(int stage, Trajectory trajectory) {
        stage(stage).active.incrementAndGet();
    }

    @Override
    public void left(StageSummary summary) {
        StageMeters meters = stage(summary.stage());
        meters.active.decrementAndGet();
        meters.steps.increment(summary.steps());
        meters.rejected.increment(summary.rejected());
        double residual = summary.trajectory().residual();
        if (summary.steps() > 0) {
            meters.degree.record(summary.trajectory().degree());
            if (Double.isFinite(residual)) {
                meters.residual.record(residual);
            }
        }
    }

    @Override
    public void abandoned(int stage, Trajectory trajectory) {
        stage(stage).active.decrementAndGet();
    }

    @Override
    public void delivered(Trajectory trajectory) {
        Counter counter = samples.get(trajectory.certificate().status());
        if (counter != null) {
            counter.increment();
        }
    }

    @Override
    public void skipped(Trajectory trajectory) {
        skipped.increment();
    }

    @Override
    public void called(int number, long waited) {
        rows.record(number);
        wait.record(waited, TimeUnit.NANOSECONDS);
    }

    @Override
    public void ended(int number, long took, @Nullable Throwable error) {
        (error == null ? success : failure).record(took, TimeUnit.NANOSECONDS);
    }

    @Override
    public void retried(Throwable error) {
        retries.increment();
    }

    private Counter samples(Certificate.Status status, String outcome) {
        return registry.counter("scoreflux.samples", tags.and("status", status.toString(), "outcome", outcome));
    }

    private StageMeters stage(int number) {
        while (stages.size() <= number) {
            synchronized (this) {
                if (stages.size() <= number) {
                    stages.add(new StageMeters(registry, tags.and("stage", String.valueOf(stages.size()))));
                }
            }
        }
        return stages.get(number);
    }

    private static final class StageMeters {
        final AtomicLong active;
        final Counter steps;
        final Counter rejected;
        final DistributionSummary residual;
        final DistributionSummary degree;

        StageMeters(MeterRegistry registry, Tags tags) {
            this.active = ActiveGauges.of(registry, tags);
            this.steps = registry.counter("scoreflux.stage.steps", tags);
            this.rejected = registry.counter("scoreflux.stage.rejected", tags);
            this.residual = registry.summary("scoreflux.stage.residual", tags);
            this.degree = registry.summary("scoreflux.stage.degree", tags);
        }
    }
}
