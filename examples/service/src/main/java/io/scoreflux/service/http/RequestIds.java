package io.scoreflux.service.http;

import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.HttpHandlerDecoratorFactory;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;

/**
 * Gives each request an identifier: that of its header, or a new one. It is a header of the response, and in the MDC of the request's log
 * lines. At level INFO the log has a line for each request.
 *
 * <p>This is not a {@code WebFilter}, because Spring handles errors outside of the filters, and their log lines need the identifier too.
 */
@Component
class RequestIds implements HttpHandlerDecoratorFactory {
    static final String HEADER = "X-Request-Id";

    private static final Logger LOG = LoggerFactory.getLogger(RequestIds.class);

    /** What a client may send. Other texts could forge log lines. */
    private static final Pattern SANE = Pattern.compile("[A-Za-z0-9-]{1,64}");

    @Override
    public HttpHandler apply(HttpHandler handler) {
        return (request, response) -> {
            String id = id(request.getHeaders().getFirst(HEADER));
            response.getHeaders().set(HEADER, id);
            long start = System.nanoTime();
            return Mono.defer(() -> handler.handle(request, response))
                    .doFinally(signal -> log(request, response, signal, System.nanoTime() - start))
                    .contextWrite(context -> context.put(RequestIdAccessor.KEY, id));
        };
    }

    private static String id(@Nullable String given) {
        return given != null && SANE.matcher(given).matches()
                ? given
                : UUID.randomUUID().toString();
    }

    private static void log(ServerHttpRequest request, ServerHttpResponse response, SignalType signal, long nanos) {
        if (LOG.isInfoEnabled()) {
            HttpStatusCode status = response.getStatusCode();
            LOG.info(
                    "{} {} {} {} in {} ms",
                    request.getMethod(),
                    request.getPath(),
                    status == null ? 200 : status.value(),
                    signal == SignalType.ON_COMPLETE ? "complete" : "interrupted",
                    TimeUnit.NANOSECONDS.toMillis(nanos));
        }
    }
}
