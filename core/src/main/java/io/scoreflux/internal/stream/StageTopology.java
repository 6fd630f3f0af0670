package io.scoreflux.internal.stream;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.Scannable;
import reactor.core.Scannable.Attr;

/** The structure of a custom stage, as {@link Scannable} shows it to the inner subscriber after the stage. */
final class StageTopology {
    /** Operators that take each trajectory once, and hold none or hold them in order in a queue. */
    private static final Set<String> LINEAR = Set.of(
            "cancelOn",
            "contextWrite",
            "distinct",
            "distinctUntilChanged",
            "doFinally",
            "doOnEach",
            "filter",
            "filterWhen",
            "handle",
            "hide",
            "limitRequest",
            "log",
            "map",
            "mapNotNull",
            "onBackpressureBuffer",
            "onBackpressureDrop",
            "onBackpressureLatest",
            "peek",
            "publishOn",
            "skip",
            "skipUntil",
            "skipWhile",
            "subscribeOn",
            "take",
            "takeUntil",
            "takeWhile",
            "tap");
    /** Other operators that show everything that they hold and everything that they subscribe to. */
    private static final Set<String> OPEN = Set.of(
            "array",
            "buffer",
            "concatArray",
            "flatMap",
            "flattenIterable",
            "groupBy",
            "mergeSequential",
            "publish",
            "publishMulticast",
            "refCount",
            "window",
            "windowExact",
            "zip");
    /** Operators whose inner operators are downstream of them. */
    private static final Set<String> FAN_OUT = Set.of("groupBy", "publish", "publishMulticast", "refCount", "source");

    private final IdentityHashMap<Object, Integer> paths = new IdentityHashMap<>();
    private final int copies;
    /** Whether trajectories may be on other threads. */
    private boolean async;
    /** Whether there are operators that may hold trajectories without showing them. */
    private boolean hides;

    private boolean filtersWhen;
    private boolean working;
    private boolean holds;

    /** Scans the stage before an inner subscriber. */
    StageTopology(InnerSubscriber inner) {
        async = inner.isFedByOtherThreads();
        // Scannable no longer shows branches that have completed.
        copies = Math.max(inner.copies(), visit(inner.upstream()));
    }

    /** Returns how many copies of a trajectory reach the inner subscriber if each branch passes it on; 0 if unknown. */
    int copies() {
        return copies;
    }

    /**
     * Returns whether a stage cannot branch: it is a chain of operators, each of which takes a trajectory once, and none of which discards
     * it after passing it on to another thread. Unknown operators may branch.
     */
    static boolean isLinear(@Nullable Object upstream) {
        boolean handsOver = false;
        Object operator = upstream;
        while (!(operator instanceof RailOperator)) {
            if (operator == null || !isReactors(operator)) {
                return false;
            }
            Scannable known = Scannable.from(operator);
            String name = name(known);
            // filterWhen also discards a trajectory that it passes on, after onNext has returned.
            if (!LINEAR.contains(name) || (handsOver && name.equals("filterWhen"))) {
                return false;
            }
            handsOver |= known.scan(Attr.RUN_STYLE) != Attr.RunStyle.SYNC || name.startsWith("onBackpressure");
            operator = known.scan(Attr.PARENT);
        }
        return true;
    }

    /**
     * Returns whether the stage will certainly not pass a trajectory on: all branches have discarded it, or the stage holds nothing. Must be
     * called while the rails are idle.
     */
    boolean isFinal(DiscardedPlace discarded) {
        if (copies == 0) {
            return false;
        }
        boolean discardsWhatItPassesOn = filtersWhen && async;
        // Operators that are created for single trajectories may branch unseen until they have ended.
        return (discarded.fixedDiscards() >= copies && !discardsWhatItPassesOn)
                || (!working
                        && !holds
                        && !hides
                        && (!async || (discarded.discards() >= copies && !discardsWhatItPassesOn)));
    }

    /**
     * Returns whether nothing shows that the stage can still pass a trajectory on. Must be called while the rails are idle and the stage has
     * taken all available trajectories.
     */
    boolean isProbablyFinal(DiscardedPlace discarded) {
        return copies > 0 && discarded.discards() >= copies && !working && !(async && holds);
    }

    /** Returns whether the stage does work that may end without a signal. */
    boolean isWorking() {
        return working;
    }

    /** Returns how many copies of a trajectory an operator emits if each branch passes it on. */
    private int visit(@Nullable Object operator) {
        if (operator == null) {
            return 0;
        }
        if (operator instanceof RailOperator) {
            return 1;
        }
        Scannable known = Scannable.from(operator);
        if (!known.isScanAvailable()) {
            hides = true;
            return 1;
        }
        String name = name(known);
        Integer before = paths.putIfAbsent(operator, 0);
        if (before != null) {
            // Each trajectory goes to one group.
            return name.equals("groupBy") || name.equals("source") ? 0 : before;
        }
        async |= known.scan(Attr.RUN_STYLE) == Attr.RunStyle.ASYNC;
        filtersWhen |= name.equals("filterWhen");
        hides |= !isReactors(operator) || !(LINEAR.contains(name) || OPEN.contains(name));
        List<? extends Scannable> inner =
                FAN_OUT.contains(name) ? List.of() : known.inners().toList();
        // Merging operators count their sources as buffered elements.
        holds |= !name.equals("array") && known.scanOrDefault(Attr.BUFFERED, 0) > inner.size();
        int sum = visit(known.scan(Attr.PARENT));
        for (Scannable one : inner) {
            if (leadsToSource(one, Collections.newSetFromMap(new IdentityHashMap<>()))) {
                sum += visit(one);
            } else if (isWindow(one)) {
                holds = true;
            } else {
                // Work on single trajectories.
                working = true;
            }
        }
        paths.put(operator, sum);
        return sum;
    }

    private static boolean leadsToSource(@Nullable Object operator, Set<Object> seen) {
        if (operator == null || !seen.add(operator)) {
            return false;
        }
        if (operator instanceof RailOperator) {
            return true;
        }
        Scannable known = Scannable.from(operator);
        return known.isScanAvailable()
                && (leadsToSource(known.scan(Attr.PARENT), seen)
                        || (!FAN_OUT.contains(name(known))
                                && known.inners().anyMatch(one -> leadsToSource(one, seen))));
    }

    /** Returns whether an inner operator works on an open window, which only further trajectories can close. */
    private static boolean isWindow(Scannable inner) {
        Scannable top = inner;
        Object parent;
        while ((parent = top.scan(Attr.PARENT)) != null && parent != top) {
            top = Scannable.from(parent);
        }
        return name(top).equals("sinkManyUnicast");
    }

    private static boolean isReactors(Object operator) {
        return operator.getClass().getName().startsWith("reactor.core.publisher.");
    }

    private static String name(Scannable operator) {
        return operator.isScanAvailable() ? operator.stepName() : "";
    }
}
