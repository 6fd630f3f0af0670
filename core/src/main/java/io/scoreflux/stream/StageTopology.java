package io.scoreflux.stream;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.Scannable;
import reactor.core.Scannable.Attr;

/** What {@link Scannable} shows of a custom stage: whether it branches, and whether it hands trajectories to other threads. */
final class StageTopology {
    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean handsOver;
    private boolean branches;

    private StageTopology() {}

    /** Whether a trajectory that one branch discards may be on its way to another thread in another branch. */
    static boolean branchesAcrossThreads(@Nullable Object upstream) {
        StageTopology topology = new StageTopology();
        topology.visit(upstream);
        return topology.handsOver && topology.branches;
    }

    private void visit(@Nullable Object operator) {
        if (operator == null) {
            return;
        }
        if (!seen.add(operator)) {
            branches = true;
            return;
        }
        Scannable known = Scannable.from(operator);
        if (operator instanceof LaneOperator || !known.isScanAvailable()) {
            return;
        }
        handsOver |= known.scan(Attr.RUN_STYLE) == Attr.RunStyle.ASYNC;
        visit(known.scan(Attr.PARENT));
        known.inners().forEach(this::visit);
    }
}
