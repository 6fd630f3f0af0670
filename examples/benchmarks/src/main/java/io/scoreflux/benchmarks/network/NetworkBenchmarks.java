package io.scoreflux.benchmarks.network;

import io.scoreflux.error.InvalidArgumentException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/** Prints the tables of trained networks. The arguments are the directory of examples and the names of tables, or all. */
public final class NetworkBenchmarks {
    private static final Map<String, Function<Path, List<String>>> TABLES = new LinkedHashMap<>();

    static {
        TABLES.put("throughput", Throughput::table);
        TABLES.put("rows", RowsTable::table);
        TABLES.put("speed", SpeedTable::table);
        TABLES.put("floor", FloorTable::table);
        TABLES.put("quality", QualityTable::table);
        TABLES.put("errors", ErrorTable::table);
        TABLES.put("timesteps", TimestepTable::table);
        TABLES.put("failures", FailureTable::table);
        TABLES.put("encode", EncodeTable::table);
        TABLES.put("probes", ProbeTable::table);
        TABLES.put("trace", TraceTable::table);
        TABLES.put("bits", BitsTable::table);
        TABLES.put("pipeline", PipelineTable::table);
        TABLES.put("posterior", PosteriorTable::upperHalf);
        TABLES.put("blur", PosteriorTable::blurred);
    }

    private NetworkBenchmarks() {}

    /** Prints the requested tables. */
    public static void main(String[] args) {
        Path examples = Path.of(args[0]);
        List<String> names = List.of(args).subList(1, args.length);
        List<String> chosen = names.isEmpty() || names.get(0).equals("all") ? List.copyOf(TABLES.keySet()) : names;
        List<String> unknown = new ArrayList<>(chosen);
        unknown.removeAll(TABLES.keySet());
        if (!unknown.isEmpty()) {
            throw new InvalidArgumentException(
                    "table", "must be all or any of " + TABLES.keySet(), "'" + unknown.get(0) + "'");
        }
        for (String name : chosen) {
            System.out.println(name);
            Objects.requireNonNull(TABLES.get(name)).apply(examples).forEach(System.out::println);
            System.out.println();
        }
    }
}
