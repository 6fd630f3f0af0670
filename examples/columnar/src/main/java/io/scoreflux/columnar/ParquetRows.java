package io.scoreflux.columnar;

import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.Field;
import io.scoreflux.files.format.OutputRow;
import io.scoreflux.files.format.RowReader;
import io.scoreflux.files.format.RowSet;
import io.scoreflux.files.text.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/** Reads Parquet. */
final class ParquetRows {
    private ParquetRows() {}

    /** Receives the records of a file. */
    private interface Sink {
        void take(Group record) throws IOException;
    }

    /** Chooses what to do with the records of a schema. */
    private interface Plan {
        Sink of(MessageType schema);
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
                    return record -> rows.add(new Cells(record));
                }));
    }

    /** See {@link RowReader#read}. */
    static void readBack(Path file, Columns columns, RowReader.Sink sink) throws IOException {
        read(file, schema -> {
            ColumnarFormats.requireColumns(
                    file,
                    columns,
                    schema.getFields().stream().map(Type::getName).toList());
            return record -> sink.take(row(record, columns));
        });
    }

    private static OutputRow row(Group record, Columns columns) {
        Cells cells = new Cells(record);
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        for (Field field : columns.fields()) {
            String name = field.name();
            boolean missing = record.getFieldRepetitionCount(name) == 0;
            fields.put(
                    name,
                    missing
                            ? null
                            : switch (field.type()) {
                                case TEXT -> record.getString(name, 0);
                                case INTEGER -> record.getLong(name, 0);
                                case NUMBER -> record.getDouble(name, 0);
                            });
        }
        return new OutputRow(record.getLong(ColumnarFormats.INDEX, 0), cells.list(ColumnarFormats.VALUES), fields);
    }

    private static void read(Path file, Plan plan) throws IOException {
        // The library reports a missing file with a message of its own.
        Files.newInputStream(file).close();
        ParquetReadOptions options =
                ParquetReadOptions.builder(new PlainParquetConfiguration()).build();
        try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file), options)) {
            MessageType schema = reader.getFileMetaData().getSchema();
            Sink sink = plan.of(schema);
            MessageColumnIO columns = new ColumnIOFactory().getColumnIO(schema);
            for (PageReadStore group = reader.readNextRowGroup(); group != null; group = reader.readNextRowGroup()) {
                RecordReader<Group> records = columns.getRecordReader(group, new GroupRecordConverter(schema));
                for (long i = 0; i < group.getRowCount(); i++) {
                    sink.take(records.read());
                }
            }
        } catch (UserError e) {
            throw e;
        } catch (RuntimeException e) { // The library throws such exceptions for content that is not Parquet.
            throw new UserError(
                    file + " is not a Parquet file, is damaged, or is compressed by another method than Snappy, gzip,"
                            + " LZ4 and Zstandard; write it again",
                    e);
        }
    }

    private static Map<String, Table.Type> types(MessageType schema) {
        Map<String, Table.Type> types = Table.types();
        for (Type field : schema.getFields()) {
            Table.Kind kind =
                    isNumber(field) ? Table.Kind.NUMBERS : isList(field) ? Table.Kind.LISTS : Table.Kind.OTHER;
            LogicalTypeAnnotation meaning = field.getLogicalTypeAnnotation();
            String name = meaning != null
                    ? meaning.toString()
                    : field.isPrimitive()
                            ? field.asPrimitiveType().getPrimitiveTypeName().toString()
                            : "GROUP";
            types.put(field.getName(), new Table.Type(kind, name));
        }
        return types;
    }

    /** Whether a field is a list of numbers: a group with one repeated group with one primitive. */
    private static boolean isList(Type type) {
        if (type.isPrimitive() || type.asGroupType().getFieldCount() != 1) {
            return false;
        }
        Type repeated = type.asGroupType().getType(0);
        return repeated.isRepetition(Type.Repetition.REPEATED)
                && !repeated.isPrimitive()
                && repeated.asGroupType().getFieldCount() == 1
                && isNumber(repeated.asGroupType().getType(0));
    }

    /** Whether a field has numbers that a double can hold. Dates, times and decimals are stored as integers too. */
    private static boolean isNumber(Type type) {
        if (!type.isPrimitive() || type.isRepetition(Type.Repetition.REPEATED)) {
            return false;
        }
        LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
        return switch (type.asPrimitiveType().getPrimitiveTypeName()) {
            case DOUBLE, FLOAT -> meaning == null;
            case INT32 -> meaning == null || meaning instanceof LogicalTypeAnnotation.IntLogicalTypeAnnotation;
            case INT64 ->
                meaning == null
                        || (meaning instanceof LogicalTypeAnnotation.IntLogicalTypeAnnotation integer
                                && integer.isSigned());
            default -> false;
        };
    }

    /** The cells of a record. */
    private record Cells(Group record) implements Table.Cells {

        @Override
        public double @Nullable [] list(String column) {
            if (record.getFieldRepetitionCount(column) == 0) {
                return null;
            }
            Group list = record.getGroup(column, 0);
            int count = list.getFieldRepetitionCount(0);
            double[] values = new double[count];
            for (int i = 0; i < count; i++) {
                Double value = number(list.getGroup(0, i), 0);
                values[i] = value == null ? Double.NaN : value;
            }
            return values;
        }

        @Override
        public @Nullable Double number(String column) {
            return number(record, record.getType().getFieldIndex(column));
        }

        @Override
        public @Nullable String text(String column) {
            return record.getType().containsField(column)
                            && record.getFieldRepetitionCount(column) > 0
                            && record.getType().getType(column).isPrimitive()
                            && record.getType()
                                            .getType(column)
                                            .asPrimitiveType()
                                            .getPrimitiveTypeName()
                                    == PrimitiveTypeName.BINARY
                    ? record.getString(column, 0)
                    : null;
        }

        private static boolean isUnsigned(Type type) {
            return type.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.IntLogicalTypeAnnotation integer
                    && !integer.isSigned();
        }

        private static @Nullable Double number(Group group, int field) {
            if (group.getFieldRepetitionCount(field) == 0) {
                return null;
            }
            return switch (group.getType().getType(field).asPrimitiveType().getPrimitiveTypeName()) {
                case DOUBLE -> group.getDouble(field, 0);
                case FLOAT -> (double) group.getFloat(field, 0);
                case INT32 ->
                    isUnsigned(group.getType().getType(field))
                            ? (double) Integer.toUnsignedLong(group.getInteger(field, 0))
                            : (double) group.getInteger(field, 0);
                default -> (double) group.getLong(field, 0);
            };
        }
    }
}
