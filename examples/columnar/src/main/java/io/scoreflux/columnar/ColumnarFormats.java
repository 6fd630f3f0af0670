package io.scoreflux.columnar;

import io.scoreflux.files.format.Format;
import io.scoreflux.files.format.FormatProvider;
import java.util.List;

/**
 * Parquet and Arrow's file format. Each row has the columns {@code index}, {@code values}, a list of doubles that is null for a failed sample,
 * and one column for each field of NDJSON.
 */
public final class ColumnarFormats implements FormatProvider {
    static final String INDEX = "index";
    static final String VALUES = "values";
    static final String ELEMENT = "element";

    @Override
    public List<Format> formats() {
        return List.of(
                new Format("parquet", true, true, ParquetRowWriter::new, ParquetRows::readBack, ParquetRows::read),
                new Format("arrow", true, true, ArrowRowWriter::new, ArrowRows::readBack, ArrowRows::read));
    }
}
