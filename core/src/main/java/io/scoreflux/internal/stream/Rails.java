package io.scoreflux.internal.stream;

import io.scoreflux.error.InvalidArgumentException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.scheduler.Scheduler;

/**
 * Where a subscription is computed: in one rail, on the threads that request and those that answer, or in several on the threads of a
 * scheduler, each with a gateway of its own.
 */
public final class Rails {
    private final Supplier<BatchGateway> gateways;
    private final int count;
    private final @Nullable Scheduler scheduler;
    private final @Nullable Duration deadline;

    /**
     * Rails.
     *
     * @param gateways gives a gateway, once for each rail
     * @param count of the rails, at least 1; without a scheduler, 1
     * @param scheduler has a worker for each rail, or null for the threads that request and those that answer
     * @param deadline the time in which each trajectory must end, waits for demand excluded, or null
     */
    public Rails(
            Supplier<BatchGateway> gateways, int count, @Nullable Scheduler scheduler, @Nullable Duration deadline) {
        this.gateways = gateways;
        this.count = count;
        this.scheduler = scheduler;
        this.deadline = deadline;
    }

    /**
     * One rail, on the threads that request and those that answer.
     *
     * @param gateways gives a gateway, once for each subscriber
     */
    public static Rails one(Supplier<BatchGateway> gateways) {
        return new Rails(gateways, 1, null, null);
    }

    /** Checks that a scheduler can run something. */
    public static Scheduler running(Scheduler scheduler) {
        Objects.requireNonNull(scheduler, "scheduler");
        if (scheduler.isDisposed()) {
            throw new InvalidArgumentException("scheduler", "must be running", "disposed");
        }
        return scheduler;
    }

    /**
     * The rails of a new subscription, with a common clock.
     *
     * @throws RuntimeException if the scheduler cannot create a worker; its message explains why
     */
    List<Rail> start() {
        List<Rail> rails = new ArrayList<>(count);
        ActiveTime time = new ActiveTime(deadline);
        Scheduler on = scheduler;
        if (on == null) {
            rails.add(new Rail(gateways.get(), null, null, time));
            return rails;
        }
        SchedulerWatch watch = new SchedulerWatch(on);
        try {
            for (int i = 0; i < count; i++) {
                rails.add(new Rail(gateways.get(), on.createWorker(), watch, time));
            }
        } catch (Throwable e) {
            rails.forEach(Rail::leave);
            throw Exceptions.propagate(watch.explain(e));
        }
        return rails;
    }

    /** Where several rails meet: it has no stages, has their clock, and runs on the thread that brings or asks. */
    Rail meeting(ActiveTime time) {
        return new Rail(gateways.get(), null, null, time);
    }
}
