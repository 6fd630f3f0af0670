package io.scoreflux.internal.stream;

import org.jspecify.annotations.Nullable;

/**
 * The calls of a rail whose gateway calls the model on the rail's thread. Machines append their queries to the rows of a call and read their
 * values from it, so that nothing is copied or queued for a single trajectory. Used by the rail only.
 */
final class RailCalls {
    private final Rail rail;
    private final BatchGateway gateway;
    private final int maxRows;
    private LinkedQueue<Call> full = new LinkedQueue<>();
    private @Nullable Call filling;
    /** Calls that have ended, for reuse. */
    private final LinkedQueue<Call> spare = new LinkedQueue<>();
    /** The number of calls that were submitted last. More are not worth keeping. */
    private int submitted;

    RailCalls(Rail rail, BatchGateway gateway) {
        this.rail = rail;
        this.gateway = gateway;
        this.maxRows = gateway.maxRows();
    }

    /** Adds the queries of a new round; false if it ended instead. */
    boolean ask(PendingRound round) {
        Call call = open();
        if (round instanceof GroupRound group) {
            if (group.count() > maxRows - call.rows().count()) {
                // A group fits into one call. Its rows need not be copied.
                close();
                call = open();
            }
            if (!fits(call, group.count())) {
                group.disband();
                return false;
            }
        }
        int at = call.rows().count();
        if (at > 0 && round.count() > maxRows - at) {
            // As many rows as in the last round do not fit into this call.
            if (!round.askKept()) {
                return false;
            }
            divide(round);
            return true;
        }
        boolean asked = false;
        try {
            if (!round.ask(call.rows())) {
                asked = true;
                return false;
            }
            asked = true;
        } finally {
            if (!asked) {
                // The rows may have been changed. They are not sent.
                filling = null;
            }
        }
        int count = round.count();
        if (count <= maxRows - at) {
            try {
                call.adopt(round, at);
                return true;
            } catch (Throwable e) {
                if (at == 0 && count == 1) {
                    throw e;
                }
                // There is no memory for the values. The call is sent as it is, and this round is in later ones.
                round.keep(call.rows(), at);
                call.rows().truncate(at);
                if (at > 0) {
                    close();
                }
            }
        } else {
            round.keep(call.rows(), at);
            call.rows().truncate(at);
        }
        divide(round);
        return true;
    }

    private static boolean fits(Call call, int more) {
        try {
            call.reserveRows(more);
            return true;
        } catch (OutOfMemoryError e) {
            return false;
        }
    }

    /** Divides a round among calls. */
    private void divide(PendingRound round) {
        int count = round.count();
        int most = maxRows;
        while (round.sent < count) {
            Call call = open();
            int rows = Math.min(
                    count - round.sent, Math.min(most, maxRows - call.rows().count()));
            try {
                call.add(round, round.sent, rows);
            } catch (Throwable e) {
                if (call.rows().count() > 0) {
                    close();
                } else if (rows > 1) {
                    most = 1;
                } else {
                    throw e;
                }
                continue;
            }
            round.sent += rows;
        }
    }

    /** Returns a call with room for a row. */
    private Call open() {
        Call call = filling;
        if (call != null && call.rows().count() < maxRows) {
            if (call.hasRoom()) {
                return call;
            }
            try {
                call.reserve(maxRows);
                return call;
            } catch (OutOfMemoryError e) {
                if (call.rows().count() == 0) {
                    throw e;
                }
            }
        }
        close();
        Call reused = spare.poll();
        call = reused == null ? gateway.newCall(this) : reused;
        filling = call;
        return call;
    }

    private void close() {
        Call call = filling;
        if (call != null) {
            filling = null;
            full.add(call);
        }
    }

    /** Submits the queries. */
    void submit() {
        Call last = filling;
        if (last != null && last.rows().count() > 0) {
            close();
        }
        if (!full.isEmpty()) {
            LinkedQueue<Call> calls = full;
            submitted = calls.size();
            while (spare.size() > submitted) {
                spare.poll();
            }
            full = new LinkedQueue<>();
            gateway.submitCalls(rail, calls);
        }
    }

    /** Takes back a call whose values the trajectories have received. */
    void reuse(Call call) {
        if (spare.size() < submitted) {
            call.clear();
            spare.add(call);
        }
    }
}
