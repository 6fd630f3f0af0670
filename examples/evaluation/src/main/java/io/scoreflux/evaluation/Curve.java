package io.scoreflux.evaluation;

import io.scoreflux.evaluation.plot.CurveChart;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/**
 * Cost against true error for one solver.
 *
 * @param name the solver
 * @param points the points, in ascending order of cost
 */
public record Curve(String name, List<Point> points) {

    /**
     * One setting.
     *
     * @param cost mean calls of a row or its processor time, positive
     * @param error root mean square of the relative error, positive
     */
    public record Point(double cost, double error) {}

    /** Sorts the points. */
    public Curve {
        points = points.stream().sorted(Comparator.comparingDouble(Point::cost)).toList();
    }

    /** The mean calls of each solver, in the order of their first measurements, without settings at which all rows failed. */
    public static List<Curve> of(List<Measurement> measurements) {
        return of(measurements, Measurement::meanCalls);
    }

    /** The processor time of each solver for a row, in microseconds, without settings at which it was not measured or all rows failed. */
    public static List<Curve> ofTimes(List<Measurement> measurements) {
        return of(measurements, one -> one.microseconds().orElse(Double.NaN));
    }

    private static List<Curve> of(List<Measurement> measurements, ToDoubleFunction<Measurement> cost) {
        Map<String, List<Point>> points = new LinkedHashMap<>();
        for (Measurement one : measurements) {
            List<Point> curve = points.computeIfAbsent(one.solver(), name -> new ArrayList<>());
            double own = cost.applyAsDouble(one);
            if (one.rmsError() > 0 && one.rmsError() < Double.POSITIVE_INFINITY && own > 0) {
                curve.add(new Point(own, one.rmsError()));
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
                points.stream().map(Point::cost).toList(),
                points.stream().map(Point::error).toList(),
                dashed);
    }

    /**
     * The cost at which the error falls to a given one for the last time. Between neighbouring points, the logarithm of the
     * error is linear in the cost. Empty if the error lies outside the range of the points.
     */
    public OptionalDouble costAt(double error) {
        for (int i = points.size() - 1; i > 0; i--) {
            Point from = points.get(i - 1);
            Point to = points.get(i);
            if (from.error() >= error && to.error() <= error) {
                double share = from.error() == to.error()
                        ? 0
                        : Math.log(from.error() / error) / Math.log(from.error() / to.error());
                return OptionalDouble.of(from.cost() + share * (to.cost() - from.cost()));
            }
        }
        return OptionalDouble.empty();
    }

    /**
     * The error at a cost. Between neighbouring points, the logarithm of the error is linear in the logarithm of the cost.
     * Empty outside the range of the points.
     */
    public OptionalDouble errorAt(double cost) {
        for (int i = 1; i < points.size(); i++) {
            Point from = points.get(i - 1);
            Point to = points.get(i);
            if (from.cost() <= cost && cost <= to.cost()) {
                double share =
                        from.cost() == to.cost() ? 0 : Math.log(cost / from.cost()) / Math.log(to.cost() / from.cost());
                return OptionalDouble.of(from.error() * Math.pow(to.error() / from.error(), share));
            }
        }
        return OptionalDouble.empty();
    }
}
