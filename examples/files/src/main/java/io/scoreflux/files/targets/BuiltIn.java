package io.scoreflux.files.targets;

import io.scoreflux.evaluation.plot.Picture;
import io.scoreflux.files.format.CsvRows;
import io.scoreflux.files.input.TextReader;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.model.SmoothedDataset;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Targets that need no file. */
public enum BuiltIn {
    /** Handwritten digits of 8 by 8 pixels in [0, 1], smoothed with bandwidth 0.1. The README beside the data names their source. */
    DIGITS {
        private static final double INK_LEVELS = 16;
        private static final double BANDWIDTH = 0.1;

        @Override
        Target target() {
            double[][] rows = digits();
            for (double[] row : rows) {
                for (int i = 0; i < row.length; i++) {
                    row[i] /= INK_LEVELS;
                }
            }
            return Target.of(
                    "digits", "rows", SmoothedDataset.of(rows, BANDWIDTH), BANDWIDTH, Picture.ofRange(8, 8, rows));
        }
    },
    /** Eight Gaussians of standard deviation 0.05 on the unit circle. */
    RING8 {
        @Override
        Target target() {
            GaussianMixture.Builder ring = GaussianMixture.builder(2);
            for (int k = 0; k < 8; k++) {
                double angle = k * StrictMath.PI / 4;
                ring.component(1, new double[] {StrictMath.cos(angle), StrictMath.sin(angle)}, 0.05);
            }
            return of(ring.build());
        }
    },
    /** 0.6 N(-1, 0.3^2) + 0.4 N(1.2, 0.4^2). */
    BIMODAL {
        @Override
        Target target() {
            return of(GaussianMixture.builder(1)
                    .component(0.6, new double[] {-1}, 0.3)
                    .component(0.4, new double[] {1.2}, 0.4)
                    .build());
        }
    };

    abstract Target target();

    /** The name on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** All names. */
    public static List<String> names() {
        return Arrays.stream(values()).map(BuiltIn::toString).toList();
    }

    /** The target of a name, or null. */
    static @Nullable BuiltIn ofName(String name) {
        return Arrays.stream(values())
                .filter(target -> target.toString().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static Target of(GaussianMixture mixture) {
        return Target.of("built-in target", "std or means", mixture, mixture.smallestStd(), null);
    }

    private static double[][] digits() {
        try (InputStream in =
                Objects.requireNonNull(BuiltIn.class.getResourceAsStream("/io/scoreflux/files/digits/digits.csv"))) {
            return CsvRows.read(TextReader.of(in, "digits.csv"), "digits.csv").toArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
