package io.scoreflux;

import io.scoreflux.solve.Trajectory;
import io.scoreflux.stream.StreamListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

/** A listener that counts the events of trajectories and passes the events to another listener. */
final class ProgressCounter implements StreamListener {
    private final StreamListener next;
    private final LongAdder started = new LongAdder();
    private final List<LongAdder> inFlight = new CopyOnWriteArrayList<>();
    private final LongAdder finished = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder delivered = new LongAdder();
    private final LongAdder calls = new LongAdder();

    ProgressCounter(StreamListener next) {
        this.next = next;
    }

    Progress now() {
        return new Progress(
                started.sum(),
                inFlight.stream().map(LongAdder::sum).toList(),
                finished.sum(),
                failed.sum(),
                delivered.sum(),
                calls.sum());
    }

    @Override
    public void entered(int stage, Trajectory trajectory) {
        if (stage == 0) {
            started.increment();
        }
        stage(stage).increment();
        next.entered(stage, trajectory);
    }

    private LongAdder stage(int number) {
        while (inFlight.size() <= number) {
            synchronized (this) {
                if (inFlight.size() <= number) {
                    inFlight.add(new LongAdder());
                }
            }
        }
        return inFlight.get(number);
    }

    @Override
    public void left(StageSummary summary) {
        stage(summary.stage()).decrement();
        calls.add(summary.calls());
        next.left(summary);
    }

    @Override
    public void abandoned(int stage, Trajectory trajectory) {
        stage(stage).decrement();
        next.abandoned(stage, trajectory);
    }

    @Override
    public void finished(Trajectory trajectory) {
        finished.increment();
        if (trajectory.failure() != null) {
            failed.increment();
        }
        next.finished(trajectory);
    }

    /** The engine reports each sample before the fault policy applies. The other listener receives the event in {@link #passedOn}. */
    @Override
    public void delivered(Trajectory trajectory) {
        delivered.increment();
    }

    /** Reports a trajectory that the fault policy delivers. */
    void passedOn(Trajectory trajectory) {
        next.delivered(trajectory);
    }

    @Override
    public void skipped(Trajectory trajectory) {
        next.skipped(trajectory);
    }
}
