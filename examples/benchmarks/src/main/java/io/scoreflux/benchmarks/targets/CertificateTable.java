package io.scoreflux.benchmarks.targets;

import io.scoreflux.evaluation.TextTable;
import io.scoreflux.solve.Certificate.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The reliability of certificates: for each target and tolerance, the percentage of rows whose estimate is below a third, and above ten times,
 * the true error; for each target, the number of silent errors, and the percentage of rows that are not converged.
 */
final class CertificateTable {
    private CertificateTable() {}

    /**
     * Returns the table.
     *
     * @param solved the rows of each target at each tolerance
     */
    static List<String> lines(Study study, Map<Target, List<List<Row>>> solved) {
        List<String> head = new ArrayList<>(List.of("target"));
        study.tolerances().forEach(tolerance -> head.add(String.format(Locale.ROOT, "%.0e", tolerance)));
        head.addAll(List.of("mean", "rows", "silent", "unconverged %"));
        TextTable table = new TextTable(1, head.toArray(String[]::new));
        long allRows = 0;
        long allSilent = 0;
        for (Target target : study.targets()) {
            List<String> line = new ArrayList<>(List.of(target.name()));
            long count = 0;
            long low = 0;
            long high = 0;
            long silent = 0;
            long unconverged = 0;
            List<List<Row>> all = solved.getOrDefault(target, List.of());
            for (int k = 0; k < all.size(); k++) {
                double tolerance = study.tolerances().get(k);
                List<Row> rows = all.get(k);
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
            allRows += count;
            allSilent += silent;
        }
        List<String> lines = new ArrayList<>(table.lines());
        lines.add(String.format(
                Locale.ROOT, "%d of %d rows are silent: %.4f %%", allSilent, allRows, 100.0 * allSilent / allRows));
        return lines;
    }

    private static String share(long part, long all) {
        return all == 0 ? "-" : String.format(Locale.ROOT, "%.1f", 100.0 * part / all);
    }
}
