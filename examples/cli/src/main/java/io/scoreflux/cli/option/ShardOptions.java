package io.scoreflux.cli.option;

import io.scoreflux.files.text.UserError;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options for a part of the samples. */
public final class ShardOptions {
    private static final long DEFAULT_PART_SIZE = 10_000;

    @Option(
            names = "--shard",
            paramLabel = "I/N",
            converter = Converter.class,
            description = "Computes shard I of N equal shards of the samples, where I is 0 to N - 1. Writes part files"
                    + " of up to --part-size samples to the directory --out. To continue an interrupted shard, run it"
                    + " again with the same options: it keeps the complete parts. 'verify' checks the directory, and"
                    + " 'merge' writes the parts of all shards as one file")
    @Nullable
    Shard shard;

    @Option(
            names = "--part-size",
            paramLabel = "N",
            description = "With --shard: maximum number of samples in a part file, the same for all shards (default: "
                    + DEFAULT_PART_SIZE + ")")
    @Nullable
    Long partSize;

    /**
     * A shard of a run.
     *
     * @param number its number, from 0
     * @param of the number of shards
     */
    public record Shard(int number, int of) {
        @Override
        public String toString() {
            return number + "/" + of;
        }
    }

    /** The shard, or null if the run is not divided. */
    public @Nullable Shard shard() {
        return shard;
    }

    /** The maximum number of samples in a part. */
    public long partSize() {
        return partSize == null ? DEFAULT_PART_SIZE : partSize;
    }

    /** Checks the options. */
    public void check() {
        if (partSize != null) {
            if (shard == null) {
                throw new UserError("--part-size requires --shard; give both, or neither");
            }
            OptionRules.atLeast("--part-size", partSize, 1);
        }
    }

    /** The rule that a value violates if it is not a shard. */
    static String rule(String value) {
        return "must be I/N, such as 0/4 to 3/4 for four shards, was " + ArgumentErrors.shown(value);
    }

    /** Reads {@code I/N}. */
    static final class Converter implements ITypeConverter<Shard> {
        @Override
        public Shard convert(String value) {
            String[] parts = value.split("/", -1);
            try {
                if (parts.length == 2) {
                    Shard shard = new Shard(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
                    if (shard.number >= 0 && shard.number < shard.of) {
                        return shard;
                    }
                }
            } catch (NumberFormatException e) {
                throw new TypeConversionException(rule(value));
            }
            throw new TypeConversionException(rule(value));
        }
    }
}
