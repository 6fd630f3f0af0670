package io.scoreflux.evaluation;

import io.scoreflux.evaluation.plot.CurveChart;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Calls against true error for one solver.
 *
 * @param name the solver
 * @param points the points, in ascending order of calls
 */
public record Curve(String name, List<Point> points) {

    /**
     * One setting.
     *
     * @param calls mean calls, positive
     * @param error root mean square of the relative error, positive
     */
    public record Point(double calls, double error) {}

    /** Sorts the points. */
    public Curve {
        points =
                points.stream().sorted(Comparator.comparingDouble(Point::calls)).toList();
    }

    /** A curve for each solver, in the order of their first measurements, without settings at which all rows failed. */
    public static List<Curve> of(List<Measurement> measurements) {
        Map<String, List<Point>> points = new LinkedHashMap<>();
        for (Measurement one : measurements) {
            List<Point> curve = points.computeIfAbsent(one.solver(), name -> new ArrayList<>());
            if (one.rmsError() > 0 && one.rmsError() < Double.POSITIVE_INFINITY) {
                curve.add(new Point(one.meanCalls(), one.rmsError()));
            }
        }
        return points.entrySet().stream()
                .map(entry -> new Curve(entry.getKey(), entry.getValue()))
                .toList();
    }

    /**
     * The points for a chart.
     *
     * @param label name in the legend
     */
    public CurveChart.Series series(String label, boolean dashed) {
        return new CurveChart.Series(
                label,
                points.stream().map(Point::calls).toList(),
                points.stream().map(Point::error).toList(),
                dashed);
    }

    /**
     * The number of calls at which the error falls to a given one for the last time. Between neighbouring points, the logarithm of the
     * error is linear in the calls. Empty if the error lies outside the range of the points.
     */
    public OptionalDouble callsAt(double error) {
        for (int i = points.size() - 1; i > 0; i--) {
            Point from = points.get(i - 1);
            Point to = points.get(i);
            if (from.error() >= error && to.error() <= error) {
                double share = from.error() == to.error()
                        ? 0
                        : Math.log(from.error() / error) / Math.log(from.error() / to.error());
                return OptionalDouble.of(from.calls() + share * (to.calls() - from.calls()));
            }
        }
        return OptionalDouble.empty();
    }

    /**
     * The error at a number of calls. Between neighbouring points, the logarithm of the error is linear in the logarithm of the calls.
     * Empty outside the range of the points.
     */
    public OptionalDouble errorAt(double calls) {
        for (int i = 1; i < points.size(); i++) {
            Point from = points.get(i - 1);
            Point to = points.get(i);
            if (from.calls() <= calls && calls <= to.calls()) {
                double share = from.calls() == to.calls()
                        ? 0
                        : Math.log(calls / from.calls()) / Math.log(to.calls() / from.calls());
                return OptionalDouble.of(from.error() * Math.pow(to.error() / from.error(), share));
            }
        }
        return OptionalDouble.empty();
    }
}
