package io.scoreflux.service.load;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.rsocket.Payload;
import io.rsocket.core.RSocketConnector;
import io.rsocket.metadata.CompositeMetadataCodec;
import io.rsocket.metadata.TaggingMetadataCodec;
import io.rsocket.metadata.WellKnownMimeType;
import io.rsocket.transport.netty.client.TcpClientTransport;
import io.rsocket.util.DefaultPayload;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.core.publisher.BaseSubscriber;

/**
 * Measures the service under load. It starts the service in a process of its own with 256 MB of heap, and prints how many samples clients of
 * each kind receive, the ratio of the slowest to the fastest of equal clients, the latency of first samples, and the heap and the file
 * descriptors before and after.
 */
public final class LoadBenchmark {
    private static final String PATH = "/v1/models/ring8/samples";
    private static final Pattern INDEX = Pattern.compile("\"index\":(\\d+)");
    private static final int IDLE_SECONDS = 3;
    private static final int READERS = 32;

    private final int port = freePort();
    private final int rsocketPort = freePort();
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<String> errors = new ArrayList<>();

    private LoadBenchmark() {}

    /**
     * Runs the benchmark and prints its table.
     *
     * @return what went wrong; empty if nothing
     */
    public static List<String> measure(int seconds, int clients, int vanishing) throws Exception {
        LoadBenchmark benchmark = new LoadBenchmark();
        benchmark.run(seconds, clients, vanishing);
        return benchmark.errors;
    }

    private void run(int seconds, int clients, int vanishing) throws Exception {
        Process service = start();
        try {
            awaitStart();
            stream("?count=2000", 2000);
            State rest = state(service);
            System.out.println("at rest: " + rest);
            mixed(seconds, clients);
            System.out.println("after mixed clients: " + settled(service, rest));
            vanishing(vanishing);
            System.out.println("after vanishing clients: " + settled(service, rest));
            slowHeads();
            idleReaders();
            System.out.println("after slow and idle clients: " + settled(service, rest));
            System.out.println("errors: " + (errors.isEmpty() ? "none" : String.join("; ", errors)));
        } finally {
            service.destroy();
            service.waitFor(20, TimeUnit.SECONDS);
        }
    }

    private Process start() throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.scoreflux.service.Service",
                        "--server.port=" + port,
                        "--scoreflux.service.rsocket.port=" + rsocketPort,
                        "--scoreflux.service.grpc.port=" + freePort(),
                        "--scoreflux.service.max-streams=512",
                        "--scoreflux.service.max-streams-per-client=512",
                        "--scoreflux.service.idle-timeout=" + IDLE_SECONDS + "s",
                        "--scoreflux.service.request-timeout=" + IDLE_SECONDS + "s",
                        "--scoreflux.service.write-timeout=" + IDLE_SECONDS + "s",
                        "--scoreflux.service.pause-timeout=" + IDLE_SECONDS + "s")
                .redirectErrorStream(true)
                .redirectOutput(File.createTempFile("service", ".log"))
                .start();
    }

    private void awaitStart() throws InterruptedException {
        for (int attempt = 0; attempt < 600; attempt++) {
            try {
                if (get("/actuator/health/readiness").contains("UP")) {
                    return;
                }
            } catch (IOException e) {
                TimeUnit.MILLISECONDS.sleep(200);
            }
        }
        throw new IllegalStateException("the service has not started");
    }

    // 200 clients of four kinds.

    private void mixed(int seconds, int clients) throws Exception {
        List<Callable<Received>> all = new ArrayList<>();
        for (int k = 0; k < clients; k++) {
            int seed = k;
            all.add(
                    switch (k % 4) {
                        case 0 -> () -> lines("NDJSON", "?count=unlimited&seed=" + seed, seconds);
                        case 1 -> () -> lines("events", "?count=unlimited&format=events&seed=" + seed, seconds);
                        case 2 -> () -> demand(seed, seconds);
                        default -> () -> rsocket(seed, seconds);
                    });
        }
        List<Received> received = together(all);
        Map<String, List<Received>> byKind = new TreeMap<>();
        received.forEach(one ->
                byKind.computeIfAbsent(one.kind, kind -> new ArrayList<>()).add(one));
        System.out.println("kind      clients  samples  slowest/fastest  first sample p50 ms  p99 ms");
        byKind.forEach((kind, ones) -> {
            long[] counts = ones.stream().mapToLong(one -> one.samples).sorted().toArray();
            long[] first =
                    ones.stream().mapToLong(one -> one.firstMillis).sorted().toArray();
            System.out.printf(
                    Locale.ROOT,
                    "%-9s %7d %8d %16.2f %20d %7d%n",
                    kind,
                    ones.size(),
                    Arrays.stream(counts).sum(),
                    (double) counts[0] / counts[counts.length - 1],
                    first[first.length / 2],
                    first[first.length * 99 / 100]);
        });
    }

    /** What a client received; the samples were contiguous. */
    private record Received(String kind, long samples, long firstMillis) {}

    /** Counts contiguous indexes, and ends after a time. */
    private final class Reading {
        private final String kind;
        private final long start = System.nanoTime();
        private final long end;
        private long next;
        private long firstMillis = -1;

        Reading(String kind, int seconds) {
            this.kind = kind;
            this.end = start + TimeUnit.SECONDS.toNanos(seconds);
        }

        /** Reads a line; returns whether to go on. */
        boolean read(String line) {
            Matcher index = INDEX.matcher(line);
            if (index.find()) {
                if (firstMillis < 0) {
                    firstMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
                }
                if (Long.parseLong(index.group(1)) != next) {
                    error(kind + ": index " + index.group(1) + " instead of " + next);
                }
                next++;
            } else if (line.contains("\"complete\":false")) {
                error(kind + " ended: " + line);
                return false;
            }
            return System.nanoTime() < end;
        }

        Received received() {
            return new Received(kind, next, firstMillis);
        }
    }

    private Received lines(String kind, String query, int seconds) throws Exception {
        Reading reading = new Reading(kind, seconds);
        try (BufferedReader body = open(query)) {
            String line = body.readLine();
            while (line != null && reading.read(line)) {
                line = body.readLine();
            }
        }
        return reading.received();
    }

    private Received demand(int seed, int seconds) throws Exception {
        Reading reading = new Reading("demand", seconds);
        String id = "";
        try (BufferedReader body = open("?count=unlimited&format=events&demand=16&seed=" + seed)) {
            String line = body.readLine();
            while (line != null && reading.read(line)) {
                Matcher stream = Pattern.compile("\"id\":\"([^\"]+)\"").matcher(line);
                if (stream.find()) {
                    id = stream.group(1);
                }
                if (line.startsWith("data:{\"index\"") && reading.next % 8 == 0) {
                    HttpRequest more = HttpRequest.newBuilder(uri("/v1/streams/" + id + "/demand?n=8"))
                            .POST(HttpRequest.BodyPublishers.noBody())
                            .build();
                    http.send(more, BodyHandlers.discarding());
                }
                line = body.readLine();
            }
        }
        return reading.received();
    }

    private Received rsocket(int seed, int seconds) throws Exception {
        Reading reading = new Reading("RSocket", seconds);
        var socket = RSocketConnector.create()
                .dataMimeType("application/json")
                .metadataMimeType(WellKnownMimeType.MESSAGE_RSOCKET_COMPOSITE_METADATA.getString())
                .connect(TcpClientTransport.create(new InetSocketAddress("127.0.0.1", rsocketPort)))
                .block(Duration.ofSeconds(30));
        var done = new java.util.concurrent.CompletableFuture<Void>();
        CompositeByteBuf metadata = ByteBufAllocator.DEFAULT.compositeBuffer();
        CompositeMetadataCodec.encodeAndAddMetadata(
                metadata,
                ByteBufAllocator.DEFAULT,
                WellKnownMimeType.MESSAGE_RSOCKET_ROUTING,
                TaggingMetadataCodec.createTaggingContent(
                        ByteBufAllocator.DEFAULT, List.of("v1.models.ring8.samples")));
        Payload request = DefaultPayload.create(
                Unpooled.copiedBuffer("{\"count\":\"unlimited\",\"seed\":" + seed + "}", StandardCharsets.UTF_8),
                metadata);
        socket.requestStream(request).subscribe(new BaseSubscriber<Payload>() {
            @Override
            protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
                request(16);
            }

            @Override
            protected void hookOnNext(Payload payload) {
                if (reading.read(payload.getDataUtf8())) {
                    if (reading.next % 8 == 0) {
                        request(8);
                    }
                } else {
                    cancel();
                    done.complete(null);
                }
                payload.release();
            }

            @Override
            protected void hookOnError(Throwable error) {
                error("RSocket: " + error);
                done.complete(null);
            }
        });
        done.get(seconds + 60, TimeUnit.SECONDS);
        socket.dispose();
        return reading.received();
    }

    // Clients that leave, and clients that keep the service waiting.

    private void vanishing(int clients) throws Exception {
        Random random = new Random(1);
        ExecutorService threads = Executors.newFixedThreadPool(64);
        List<Future<?>> all = new ArrayList<>();
        for (int k = 0; k < clients; k++) {
            int bytes = random.nextInt(20_000);
            boolean reset = random.nextBoolean();
            all.add(threads.submit(() -> {
                try (Socket socket = send("GET " + PATH + "?count=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
                    socket.setSoTimeout(60_000);
                    if (reset) {
                        socket.setSoLinger(true, 0);
                    }
                    socket.getInputStream().readNBytes(bytes);
                }
                return null;
            }));
        }
        for (Future<?> one : all) {
            one.get(300, TimeUnit.SECONDS);
        }
        threads.shutdown();
        System.out.println(clients + " clients have vanished");
    }

    private void slowHeads() throws Exception {
        List<Socket> slow = new ArrayList<>();
        for (int k = 0; k < 200; k++) {
            slow.add(send(
                    k % 2 == 0
                            ? "GET " + PATH + " HTTP/1.1\r\nX: "
                            : "POST /v1/mixtures/samples HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: 1000\r\n\r\n{"));
        }
        long start = System.nanoTime();
        stream("?count=10", 10);
        System.out.printf(
                Locale.ROOT,
                "10 samples beside 200 requests that never end: %d ms%n",
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        int closed = 0;
        for (Socket socket : slow) {
            socket.setSoTimeout((IDLE_SECONDS + 30) * 1000);
            InputStream in = socket.getInputStream();
            in.readAllBytes();
            closed++;
            socket.close();
        }
        System.out.println(closed + " of 200 such requests were ended by the service");
    }

    /** Clients that never read take all places. They lose them after the timeout. */
    private void idleReaders() throws Exception {
        List<Socket> readers = new ArrayList<>();
        for (int k = 0; k < READERS; k++) {
            readers.add(send("GET " + PATH + "?count=unlimited HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        }
        long start = System.nanoTime();
        while (streams() > 0) {
            TimeUnit.MILLISECONDS.sleep(50);
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(120)) {
                error(streams() + " idle readers keep their places");
                break;
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%d readers that never read lost their places after %.1f s (limit %d s, after their buffers are full)%n",
                READERS,
                (System.nanoTime() - start) / 1e9,
                IDLE_SECONDS);
        for (Socket socket : readers) {
            socket.close();
        }
    }

    // Tools.

    private <T> List<T> together(List<Callable<T>> tasks) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> one : threads.invokeAll(tasks)) {
                try {
                    results.add(one.get());
                } catch (java.util.concurrent.ExecutionException e) {
                    error(String.valueOf(e.getCause()));
                }
            }
            return results;
        } finally {
            threads.shutdown();
        }
    }

    private synchronized void error(String text) {
        if (errors.size() < 10) {
            errors.add(text);
        }
    }

    private void stream(String query, int count) throws Exception {
        Received received = lines("NDJSON", query, 600);
        if (received.samples != count) {
            error(received.samples + " samples instead of " + count);
        }
    }

    private BufferedReader open(String query) throws Exception {
        var response = http.send(HttpRequest.newBuilder(uri(PATH + query)).build(), BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            error("status " + response.statusCode());
        }
        return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    private String get(String path) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString())
                .body();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    private Socket send(String text) throws IOException {
        Socket socket = new Socket("127.0.0.1", port);
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static int freePort() {
        try (var socket = new java.net.ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private double metric(String name) throws IOException, InterruptedException {
        return get("/actuator/prometheus")
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private double streams() throws IOException, InterruptedException {
        return metric("scoreflux_service_streams");
    }

    /** The heap after a garbage collection, the file descriptors and the streams of the service. */
    private record State(double heapMegabytes, int descriptors, int streams) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "heap %.0f MB, %d file descriptors, %d streams", heapMegabytes, descriptors, streams);
        }
    }

    private State state(Process service) throws Exception {
        new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java").replaceFirst("java$", "jcmd"),
                        Long.toString(service.pid()),
                        "GC.run")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor(60, TimeUnit.SECONDS);
        String[] descriptors = new File("/proc/" + service.pid() + "/fd").list();
        double heap = get("/actuator/prometheus")
                .lines()
                .filter(line -> line.startsWith("jvm_memory_used_bytes{area=\"heap\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
        return new State(heap / (1 << 20), descriptors == null ? -1 : descriptors.length, (int) streams());
    }

    /** The state once all streams have ended and connections have closed, at most after a minute. */
    private State settled(Process service, State rest) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        State now = state(service);
        while ((now.streams > 0 || now.descriptors > rest.descriptors + 2) && System.nanoTime() < end) {
            TimeUnit.SECONDS.sleep(1);
            now = state(service);
        }
        return now;
    }
}
