package io.scoreflux.columnar;

import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.DOUBLE;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.Field;
import io.scoreflux.files.format.OutputRow;
import io.scoreflux.files.format.RowWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/** Writes Parquet without compression: doubles that are drawn at random do not become shorter. The schema's name is {@code sample}. */
final class ParquetRowWriter implements RowWriter {
    /** The rows of a group are held in memory. */
    private static final long GROUP_BYTES = 16L << 20;

    /** The writer looks at its memory after this many numbers. */
    private static final int CHECKED_NUMBERS = 1 << 17;

    private static final int CHECKED_ROWS = 100;

    private final OutputStream out;
    private final Columns columns;
    private @Nullable ParquetWriter<OutputRow> writer;

    ParquetRowWriter(OutputStream out, Columns columns, long count) {
        this.out = out;
        this.columns = columns;
    }

    @Override
    public void begin() throws IOException {
        int checked = Math.max(
                1,
                Math.min(CHECKED_ROWS, CHECKED_NUMBERS / columns.coordinates().size()));
        writer = new Builder(new Sequential(out), columns)
                .withConf(new PlainParquetConfiguration())
                .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
                .withRowGroupSize(GROUP_BYTES)
                .withMinRowCountForPageSizeCheck(checked)
                .build();
    }

    @Override
    public void write(OutputRow row) throws IOException {
        Objects.requireNonNull(writer).write(row);
    }

    @Override
    public void end() throws IOException {
        // Only a complete file gets its footer, so the writer is not closed elsewhere.
        Objects.requireNonNull(writer).close();
    }

    private static MessageType schema(Columns columns) {
        Types.MessageTypeBuilder schema = Types.buildMessage();
        schema.required(INT64).named(ColumnarFormats.INDEX);
        schema.optionalList().requiredElement(DOUBLE).named(ColumnarFormats.VALUES);
        for (Field field : columns.fields()) {
            Repetition repetition = field.isRequired() ? Repetition.REQUIRED : Repetition.OPTIONAL;
            switch (field.type()) {
                case TEXT ->
                    schema.primitive(BINARY, repetition)
                            .as(LogicalTypeAnnotation.stringType())
                            .named(field.name());
                case INTEGER -> schema.primitive(INT64, repetition).named(field.name());
                case NUMBER -> schema.primitive(DOUBLE, repetition).named(field.name());
            }
        }
        return schema.named("sample");
    }

    private static final class Builder extends ParquetWriter.Builder<OutputRow, Builder> {
        private final Columns columns;

        Builder(OutputFile file, Columns columns) {
            super(file);
            this.columns = columns;
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        @SuppressWarnings("deprecation") // The superclass requires it.
        protected WriteSupport<OutputRow> getWriteSupport(Configuration configuration) {
            return new Rows(columns);
        }

        @Override
        protected WriteSupport<OutputRow> getWriteSupport(ParquetConfiguration configuration) {
            return new Rows(columns);
        }
    }

    /** Writes the columns of a row. */
    private static final class Rows extends WriteSupport<OutputRow> {
        private final Columns columns;
        private @Nullable RecordConsumer consumer;

        Rows(Columns columns) {
            this.columns = columns;
        }

        @Override
        @SuppressWarnings("deprecation") // The superclass requires it.
        public WriteContext init(Configuration configuration) {
            return new WriteContext(schema(columns), columns.metadata());
        }

        @Override
        public WriteContext init(ParquetConfiguration configuration) {
            return new WriteContext(schema(columns), columns.metadata());
        }

        @Override
        public void prepareForWrite(RecordConsumer to) {
            consumer = to;
        }

        @Override
        public void write(OutputRow row) {
            RecordConsumer to = Objects.requireNonNull(consumer);
            to.startMessage();
            to.startField(ColumnarFormats.INDEX, 0);
            to.addLong(row.index());
            to.endField(ColumnarFormats.INDEX, 0);
            double[] values = row.values();
            if (values != null) {
                to.startField(ColumnarFormats.VALUES, 1);
                list(to, values);
                to.endField(ColumnarFormats.VALUES, 1);
            }
            int at = 2;
            for (Field field : columns.fields()) {
                Object value = row.fields().get(field.name());
                if (value != null) {
                    to.startField(field.name(), at);
                    switch (field.type()) {
                        case TEXT -> to.addBinary(Binary.fromString((String) value));
                        case INTEGER -> to.addLong((Long) value);
                        case NUMBER -> to.addDouble((Double) value);
                    }
                    to.endField(field.name(), at);
                }
                at++;
            }
            to.endMessage();
        }

        private static void list(RecordConsumer to, double[] values) {
            to.startGroup();
            to.startField("list", 0);
            for (double value : values) {
                to.startGroup();
                to.startField(ColumnarFormats.ELEMENT, 0);
                to.addDouble(value);
                to.endField(ColumnarFormats.ELEMENT, 0);
                to.endGroup();
            }
            to.endField("list", 0);
            to.endGroup();
        }
    }

    /** A file that is written in sequence, to a stream that stays open. */
    private static final class Sequential implements OutputFile {
        private final OutputStream out;

        Sequential(OutputStream out) {
            this.out = out;
        }

        @Override
        public PositionOutputStream create(long blockSizeHint) {
            return new PositionOutputStream() {
                private long position;

                @Override
                public long getPos() {
                    return position;
                }

                @Override
                public void write(int b) throws IOException {
                    out.write(b);
                    position++;
                }

                @Override
                public void write(byte[] b, int off, int len) throws IOException {
                    out.write(b, off, len);
                    position += len;
                }

                @Override
                public void flush() throws IOException {
                    out.flush();
                }
            };
        }

        @Override
        public PositionOutputStream createOrOverwrite(long blockSizeHint) {
            return create(blockSizeHint);
        }

        @Override
        public boolean supportsBlockSize() {
            return false;
        }

        @Override
        public long defaultBlockSize() {
            return 0;
        }
    }
}
