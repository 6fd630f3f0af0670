package io.scoreflux.columnar;

import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.Field;
import io.scoreflux.files.format.OutputRow;
import io.scoreflux.files.format.RowReader;
import io.scoreflux.files.format.RowSet;
import io.scoreflux.files.text.UserError;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** Reads Arrow's file format, whose other name is Feather version 2. */
final class ArrowRows {
    private ArrowRows() {}

    /** Receives the rows of a batch. */
    private interface Sink {
        void take(VectorSchemaRoot batch, int row) throws IOException;
    }

    /** Chooses what to do with the rows of a schema. */
    private interface Plan {
        Sink of(Schema schema);
    }

    /**
     * The rows of a file: its lists {@code values}, otherwise its columns of numbers.
     *
     * @param skipFailed whether to skip failed samples; otherwise they are rejected
     */
    static RowSet read(Path file, boolean skipFailed) {
        return Table.read(
                file,
                skipFailed,
                rows -> read(file, schema -> {
                    rows.columns(types(schema));
                    return (batch, row) -> rows.add(new Cells(batch, row));
                }));
    }

    /** See {@link RowReader#read}. */
    static void readBack(Path file, Columns columns, RowReader.Sink sink) throws IOException {
        read(file, schema -> {
            ColumnarFormats.requireColumns(file, columns, names(schema));
            return (batch, row) -> sink.take(row(batch, row, columns));
        });
    }

    private static OutputRow row(VectorSchemaRoot batch, int row, Columns columns) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        for (Field field : columns.fields()) {
            Object value = batch.getVector(field.name()).getObject(row);
            fields.put(field.name(), field.type() == Field.Type.TEXT && value != null ? value.toString() : value);
        }
        long index = (Long)
                Objects.requireNonNull(batch.getVector(ColumnarFormats.INDEX).getObject(row));
        return new OutputRow(index, new Cells(batch, row).list(ColumnarFormats.VALUES), fields);
    }

    private static void read(Path file, Plan plan) throws IOException {
        try (BufferAllocator allocator = ArrowMemory.allocator();
                FileChannel channel = FileChannel.open(file);
                ArrowFileReader reader = new ArrowFileReader(channel, allocator)) {
            VectorSchemaRoot batch = reader.getVectorSchemaRoot();
            Sink sink = plan.of(batch.getSchema());
            while (reader.loadNextBatch()) {
                for (int row = 0; row < batch.getRowCount(); row++) {
                    sink.take(batch, row);
                }
            }
        } catch (UserError e) {
            throw e;
        } catch (RuntimeException e) { // The library throws such exceptions for content that is not Arrow.
            throw new UserError(file + " is not a file in Arrow's file format, or is damaged; write it again", e);
        }
    }

    private static List<String> names(Schema schema) {
        return schema.getFields().stream()
                .map(org.apache.arrow.vector.types.pojo.Field::getName)
                .toList();
    }

    private static Map<String, Table.Type> types(Schema schema) {
        Map<String, Table.Type> types = Table.types();
        for (org.apache.arrow.vector.types.pojo.Field field : schema.getFields()) {
            Table.Kind kind =
                    isNumber(field) ? Table.Kind.NUMBERS : isList(field) ? Table.Kind.LISTS : Table.Kind.OTHER;
            String name = field.getDictionary() == null ? field.getType().toString() : "dictionary";
            types.put(field.getName(), new Table.Type(kind, name));
        }
        return types;
    }

    private static boolean isList(org.apache.arrow.vector.types.pojo.Field field) {
        return field.getChildren().size() == 1
                && (field.getType() instanceof ArrowType.FixedSizeList
                        || field.getType() instanceof ArrowType.List
                        || field.getType() instanceof ArrowType.LargeList)
                && isNumber(field.getChildren().get(0));
    }

    /** Whether a field has numbers that a double can hold, and that the vector returns as they are. */
    private static boolean isNumber(org.apache.arrow.vector.types.pojo.Field field) {
        if (field.getDictionary() != null) {
            return false;
        }
        return field.getType() instanceof ArrowType.FloatingPoint real
                ? real.getPrecision() != FloatingPointPrecision.HALF
                : field.getType() instanceof ArrowType.Int integer && integer.getIsSigned();
    }

    /**
     * The cells of a row.
     *
     * @param row its position in the batch
     */
    private record Cells(VectorSchemaRoot batch, int row) implements Table.Cells {

        @Override
        public double @Nullable [] list(String column) {
            return batch.getVector(column).getObject(row) instanceof List<?> list
                    ? list.stream().mapToDouble(Cells::value).toArray()
                    : null;
        }

        @Override
        public @Nullable Double number(String column) {
            Object value = batch.getVector(column).getObject(row);
            return value == null ? null : value(value);
        }

        private static double value(@Nullable Object value) {
            return value instanceof Number number ? number.doubleValue() : Double.NaN;
        }

        @Override
        public @Nullable String text(String column) {
            FieldVector vector = batch.getSchema().getFields().stream()
                            .anyMatch(field -> field.getName().equals(column))
                    ? batch.getVector(column)
                    : null;
            Object value = vector == null ? null : vector.getObject(row);
            return value == null ? null : value.toString();
        }
    }
}
