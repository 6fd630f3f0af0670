package io.scoreflux.evaluation;

import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.io.NumberOutput;

/** A comparison as CSV: a header, one line per measurement, then the points of the floor. Unknown numbers are empty cells. */
public final class ComparisonCsv {
    private static final String HEADER = "solver,setting,rows,failed,meanCalls,p99Calls,mostCalls,meanRounds,rmsError,"
            + "largestError,certificateLow,certificateHigh";

    private ComparisonCsv() {}

    /** All lines, in ASCII. */
    public static String text(List<Measurement> measurements, @Nullable Curve floor) {
        // Without times, the output is a function of the input alone.
        boolean timed = measurements.stream().anyMatch(one -> one.microseconds().isPresent());
        StringBuilder text = new StringBuilder(HEADER).append(timed ? ",microseconds\n" : "\n");
        for (Measurement one : measurements) {
            // No cell holds a comma or a quote, so nothing needs escaping.
            text.append(one.solver()).append(',').append(number(one.setting()));
            text.append(',').append(one.rows()).append(',').append(one.failed());
            text.append(',').append(number(one.meanCalls())).append(',').append(one.p99Calls());
            text.append(',').append(one.mostCalls()).append(',').append(number(one.meanRounds()));
            text.append(',').append(number(one.rmsError())).append(',').append(number(one.largestError()));
            text.append(',').append(number(one.low())).append(',').append(number(one.high()));
            if (timed) {
                text.append(',').append(number(one.microseconds()));
            }
            text.append('\n');
        }
        if (floor != null) {
            for (Curve.Point point : floor.points()) {
                text.append(floor.name())
                        .append(',')
                        .append(number(point.error()))
                        .append(",,,");
                text.append(number(point.cost()))
                        .append(",,,,")
                        .append(number(point.error()))
                        .append(timed ? ",,,,\n" : ",,,\n");
            }
        }
        return text.toString();
    }

    private static String number(OptionalDouble value) {
        return number(value.orElse(Double.NaN));
    }

    /** The shortest decimal that parses to the same double. */
    private static String number(double value) {
        return Double.isNaN(value) ? "" : NumberOutput.toString(value, true);
    }
}
