package io.scoreflux.columnar;

import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.Field;
import io.scoreflux.files.format.OutputRow;
import io.scoreflux.files.format.RowWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** Writes Arrow's file format, with the values as a list of fixed size. */
final class ArrowRowWriter implements RowWriter {
    /** A batch has at most this many numbers, which is 8 MiB, and this many rows. */
    private static final int BATCH_NUMBERS = 1 << 20;

    private static final int BATCH_ROWS = 4096;
    private static final ArrowType INTEGER = new ArrowType.Int(Long.SIZE, true);
    private static final ArrowType NUMBER = new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);

    private final Columns columns;
    private final BufferAllocator allocator;
    private final VectorSchemaRoot root;
    private final ArrowFileWriter writer;
    private final int batch;
    private int rows;

    ArrowRowWriter(OutputStream out, Columns columns, long count) {
        this.columns = columns;
        this.batch = Math.max(
                1, Math.min(BATCH_ROWS, BATCH_NUMBERS / columns.coordinates().size()));
        this.allocator = ArrowMemory.allocator();
        this.root = VectorSchemaRoot.create(schema(columns), allocator);
        // The writer would close the channel, and with it the stream, so it is never closed.
        this.writer = new ArrowFileWriter(root, null, Channels.newChannel(out));
    }

    @Override
    public void begin() throws IOException {
        writer.start();
    }

    @Override
    public void write(OutputRow row) throws IOException {
        ((BigIntVector) root.getVector(ColumnarFormats.INDEX)).setSafe(rows, row.index());
        values(row.values());
        for (Field field : columns.fields()) {
            set(field, row.fields().get(field.name()));
        }
        rows++;
        if (rows == batch) {
            writeBatch();
        }
    }

    private void values(double @Nullable [] values) {
        FixedSizeListVector lists = (FixedSizeListVector) root.getVector(ColumnarFormats.VALUES);
        Float8Vector numbers = (Float8Vector) lists.getDataVector();
        int start = lists.startNewValue(rows);
        for (int i = 0; i < columns.coordinates().size(); i++) {
            // The bytes of a null list count too.
            numbers.setSafe(start + i, values == null ? 0 : values[i]);
        }
        if (values == null) {
            lists.setNull(rows);
        }
    }

    private void set(Field field, @Nullable Object value) {
        FieldVector vector = root.getVector(field.name());
        if (value == null) {
            vector.setNull(rows);
            return;
        }
        switch (field.type()) {
            case TEXT -> ((VarCharVector) vector).setSafe(rows, ((String) value).getBytes(StandardCharsets.UTF_8));
            case INTEGER -> ((BigIntVector) vector).setSafe(rows, (Long) value);
            case NUMBER -> ((Float8Vector) vector).setSafe(rows, (Double) value);
        }
    }

    private void writeBatch() throws IOException {
        root.setRowCount(rows);
        writer.writeBatch();
        root.clear();
        rows = 0;
    }

    @Override
    public void end() throws IOException {
        if (rows > 0) {
            writeBatch();
        }
        writer.end();
    }

    @Override
    public void close() {
        root.close();
        allocator.close();
    }

    private static Schema schema(Columns columns) {
        List<org.apache.arrow.vector.types.pojo.Field> fields = new ArrayList<>();
        fields.add(field(ColumnarFormats.INDEX, INTEGER, true));
        fields.add(new org.apache.arrow.vector.types.pojo.Field(
                ColumnarFormats.VALUES,
                FieldType.nullable(
                        new ArrowType.FixedSizeList(columns.coordinates().size())),
                List.of(field(ColumnarFormats.ELEMENT, NUMBER, true))));
        for (Field field : columns.fields()) {
            ArrowType type = switch (field.type()) {
                case TEXT -> ArrowType.Utf8.INSTANCE;
                case INTEGER -> INTEGER;
                case NUMBER -> NUMBER;
            };
            fields.add(field(field.name(), type, field.isRequired()));
        }
        return new Schema(fields, columns.metadata());
    }

    private static org.apache.arrow.vector.types.pojo.Field field(String name, ArrowType type, boolean isRequired) {
        return new org.apache.arrow.vector.types.pojo.Field(
                name, isRequired ? FieldType.notNullable(type) : FieldType.nullable(type), null);
    }
}
