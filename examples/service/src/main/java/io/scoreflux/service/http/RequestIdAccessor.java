package io.scoreflux.service.http;

import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Copies the identifier of a request from the Reactor context to the log's MDC, on every thread that works for the request. */
public final class RequestIdAccessor implements ThreadLocalAccessor<String> {
    /** The key in the Reactor context and in the MDC. */
    static final String KEY = "requestId";

    @Override
    public Object key() {
        return KEY;
    }

    @Override
    public @Nullable String getValue() {
        return MDC.get(KEY);
    }

    @Override
    public void setValue(String id) {
        MDC.put(KEY, id);
    }

    @Override
    public void setValue() {
        MDC.remove(KEY);
    }
}
