package io.scoreflux.cli.format;

import io.scoreflux.Sample;
import io.scoreflux.cli.text.Decimal;
import io.scoreflux.solve.Certificate;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A header and a line a sample: index, status, calls, error, x0, x1, ..., densities; cells without a number are empty. */
final class CsvWriter implements SampleWriter {
    private final OutputStream out;
    private final int dimension;
    private final boolean densities;

    CsvWriter(OutputStream out, int dimension, boolean densities) {
        this.out = out;
        this.dimension = dimension;
        this.densities = densities;
    }

    @Override
    public void begin() throws IOException {
        StringBuilder header = new StringBuilder(String.join(",", DrawHeader.CERTIFICATE));
        ColumnNames.numbered(dimension).forEach(name -> header.append(',').append(name));
        end(densities ? header.append(",logDensity,standardError,bitsPerDimension") : header);
    }

    @Override
    public void write(Sample sample, @Nullable Density density) throws IOException {
        // No cell holds a comma or a quote, so nothing needs escaping.
        Certificate certificate = sample.certificate();
        StringBuilder line = new StringBuilder()
                .append(sample.index())
                .append(',')
                .append(certificate.status())
                .append(',')
                .append(certificate.calls())
                .append(',');
        certificate.error().ifPresent(error -> line.append(Decimal.of(error)));
        double[] values = sample.failed() ? new double[0] : sample.values();
        for (int i = 0; i < dimension; i++) {
            line.append(',');
            if (i < values.length) {
                line.append(Decimal.of(values[i]));
            }
        }
        if (density != null) {
            line.append(',').append(Decimal.of(density.logDensity())).append(',');
            density.standardError().ifPresent(error -> line.append(Decimal.of(error)));
            line.append(',').append(Decimal.of(density.bitsPerDimension()));
        } else if (densities) {
            line.append(",,,");
        }
        end(line);
    }

    private void end(StringBuilder line) throws IOException {
        out.write(line.append('\n').toString().getBytes(StandardCharsets.US_ASCII));
    }
}
