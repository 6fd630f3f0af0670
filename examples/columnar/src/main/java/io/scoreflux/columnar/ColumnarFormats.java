package io.scoreflux.columnar;

import io.scoreflux.files.format.Columns;
import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.FormatProvider;
import io.scoreflux.files.text.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Parquet and Arrow's file format. Each row has the columns {@code index}, {@code values}, a list of doubles that is null for a failed sample,
 * and one column for each field of NDJSON.
 */
public final class ColumnarFormats implements FormatProvider {
    static final String INDEX = "index";
    static final String VALUES = "values";
    static final String ELEMENT = "element";

    /** Rejects a file whose columns are not those of samples or draws. */
    static void requireColumns(Path file, Columns columns, List<String> names) {
        List<String> expected = new ArrayList<>(List.of(INDEX, VALUES));
        columns.fields().forEach(field -> expected.add(field.name()));
        if (!names.equals(expected)) {
            throw new UserError(file + " must have the columns " + String.join(", ", expected) + ", has "
                    + String.join(", ", names));
        }
    }

    @Override
    public List<Format> formats() {
        return List.of(
                new Format("parquet", true, true, ParquetRowWriter::new, ParquetRows::readBack, ParquetRows::read),
                new Format("arrow", true, true, ArrowRowWriter::new, ArrowRows::readBack, ArrowRows::read));
    }
}
