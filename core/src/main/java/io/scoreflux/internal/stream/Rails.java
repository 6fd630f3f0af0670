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
 * A factory of the rails of a subscription. There is either one rail, which runs on the threads that request and those that bring values, or
 * several rails on the threads of a scheduler, each with its own gateway.
 */
public final class Rails {
    private final Supplier<BatchGateway> gateways;
    private final int count;
    private final @Nullable Scheduler scheduler;
    private final @Nullable Duration deadline;

    /**
     * Creates a factory.
     *
     * @param gateways supplies a gateway for each rail
     * @param count the number of rails, at least 1; 1 without a scheduler
     * @param scheduler creates a worker for each rail; null to run on the threads that request and those that bring values
     * @param deadline the time within which each trajectory must end, without waits for demand; null for no limit
     */
    public Rails(
            Supplier<BatchGateway> gateways, int count, @Nullable Scheduler scheduler, @Nullable Duration deadline) {
        this.gateways = gateways;
        this.count = count;
        this.scheduler = scheduler;
        this.deadline = deadline;
    }

    /**
     * Returns a factory of single rails, on the threads that request and those that bring values.
     *
     * @param gateways supplies a gateway for each subscriber
     */
    public static Rails one(Supplier<BatchGateway> gateways) {
        return new Rails(gateways, 1, null, null);
    }

    /**
     * Returns the scheduler.
     *
     * @throws InvalidArgumentException if it is disposed of
     */
    public static Scheduler running(Scheduler scheduler) {
        Objects.requireNonNull(scheduler, "scheduler");
        if (scheduler.isDisposed()) {
            throw new InvalidArgumentException("scheduler", "must be running", "disposed");
        }
        return scheduler;
    }

    /**
     * Creates the rails of a new subscription, with a common clock.
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

    /** Creates the rail through which several rails deliver. It has no stages, and runs on the threads that wake it. */
    Rail meeting(ActiveTime time) {
        return new Rail(gateways.get(), null, null, time);
    }
}
