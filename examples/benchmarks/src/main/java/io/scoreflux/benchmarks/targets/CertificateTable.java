package io.scoreflux.benchmarks.targets;

import io.scoreflux.evaluation.TextTable;
import io.scoreflux.solve.Certificate.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The reliability of certificates: for each target and tolerance, the percentage of rows whose estimate is below a third, and above ten times,
 * the true error; for each target, rows that are wrong in silence, and the percentage of rows that are not converged.
 */
final class CertificateTable {
    private CertificateTable() {}

    static List<String> lines(Study study, Contestant contestant) {
        List<String> head = new ArrayList<>(List.of("target"));
        study.tolerances().forEach(tolerance -> head.add(String.format(Locale.ROOT, "%.0e", tolerance)));
        head.addAll(List.of("mean", "rows", "silent", "unconverged %"));
        TextTable table = new TextTable(1, head.toArray(String[]::new));
        long all = 0;
        long allSilent = 0;
        for (Target target : study.targets()) {
            List<String> line = new ArrayList<>(List.of(target.name()));
            long count = 0;
            long low = 0;
            long high = 0;
            long silent = 0;
            long unconverged = 0;
            for (double tolerance : study.tolerances()) {
                List<Row> rows = study.solve(target, contestant, tolerance);
                double rms = CallsTable.rms(rows);
                long lowHere = rows.stream().filter(Row::isLow).count();
                long highHere = rows.stream().filter(row -> row.isHigh(rms)).count();
                line.add(share(lowHere, rows.size()) + "/" + share(highHere, rows.size()));
                count += rows.size();
                low += lowHere;
                high += highHere;
                silent += rows.stream().filter(row -> row.isSilent(tolerance)).count();
                unconverged += rows.stream()
                        .filter(row -> row.status() != Status.CONVERGED)
                        .count();
            }
            line.add(share(low, count) + "/" + share(high, count));
            line.addAll(List.of(Long.toString(count), Long.toString(silent), share(unconverged, count)));
            table.row(line.toArray(String[]::new));
            all += count;
            allSilent += silent;
        }
        List<String> lines = new ArrayList<>(table.lines());
        lines.add(String.format(
                Locale.ROOT, "%d of %d rows are silent: %.4f %%", allSilent, all, 100.0 * allSilent / all));
        return lines;
    }

    private static String share(long part, long all) {
        return all == 0 ? "-" : String.format(Locale.ROOT, "%.1f", 100.0 * part / all);
    }
}
