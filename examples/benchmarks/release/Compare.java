import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Measures the figures of a release's benchmark file again and compares them by ratios.
 *
 * <pre>
 * java examples/benchmarks/release/Compare.java docs/benchmarks/0.1.0.csv [--runs 3] [--write docs/benchmarks/0.2.0.csv] [--only TEXT]
 * java examples/benchmarks/release/Compare.java docs/benchmarks/0.1.0.csv --with docs/benchmarks/0.2.0.csv
 * </pre>
 *
 * <p>Each line of the file names a figure, the command that prints it, and the row and column of the printed table. The exit code is 1 if a
 * figure is worse than in the file by more than the noise of both, and 2 if a figure could not be measured.
 */
public final class Compare {
    private static final String HEADER = "name,value,unit,better,noise,row,column,command";
    /** The tolerance of all ratios. */
    private static final double SLACK = 0.005;

    private static final Pattern CELL = Pattern.compile("\\S+(?: \\S+)*");

    /**
     * @param noise half of the range over repeated runs, or half a unit of the last printed digit if that is larger, relative to the median
     */
    private record Figure(
            String name, double value, String unit, String better, double noise, String row, String column, String command) {
        static Figure parse(String line) {
            String[] cells = line.split(",", 8);
            if (cells.length != 8 || !List.of("lower", "higher").contains(cells[3])) {
                throw new IllegalArgumentException("a line must have the fields " + HEADER + ", was " + line);
            }
            return new Figure(
                    cells[0],
                    Double.parseDouble(cells[1]),
                    cells[2],
                    cells[3],
                    Double.parseDouble(cells[4]),
                    cells[5],
                    cells[6],
                    cells[7]);
        }

        Figure measured(List<BigDecimal> printed) {
            List<BigDecimal> sorted = printed.stream().sorted().toList();
            double median = sorted.get(sorted.size() / 2).doubleValue();
            double range = sorted.get(sorted.size() - 1).subtract(sorted.get(0)).doubleValue();
            double lastDigit = sorted.stream().mapToDouble(v -> v.ulp().doubleValue()).max().orElseThrow();
            double noise = median == 0 ? 0 : Math.max(range, lastDigit) / (2 * Math.abs(median));
            return new Figure(name, median, unit, better, noise, row, column, command);
        }

        String line() {
            return String.join(
                    ",", name, number(value), unit, better, String.format(Locale.ROOT, "%.4f", noise), row, column, command);
        }

        /** The ratio of the other figure to this one; above 1 if the other is worse. */
        double ratio(Figure other) {
            if (value == other.value) {
                return 1;
            }
            return better.equals("lower") ? other.value / value : value / other.value;
        }
    }

    private record Cell(int from, int to, String text) {}

    private Compare() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        try {
            System.exit(run(List.of(args)));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    private static int run(List<String> args) throws IOException, InterruptedException {
        if (args.isEmpty() || args.size() % 2 == 0) {
            throw new IllegalArgumentException("usage: java Compare.java FILE [--runs N] [--only TEXT] [--write FILE] [--with FILE]");
        }
        Map<String, String> options = new HashMap<>();
        for (int i = 1; i < args.size(); i += 2) {
            if (!List.of("--runs", "--only", "--write", "--with").contains(args.get(i))) {
                throw new IllegalArgumentException("unknown option " + args.get(i));
            }
            options.put(args.get(i), args.get(i + 1));
        }
        String only = options.getOrDefault("--only", "");
        List<Figure> before =
                read(Path.of(args.get(0))).stream().filter(f -> f.name().contains(only)).toList();
        List<Figure> now = options.containsKey("--with")
                ? read(Path.of(options.get("--with")))
                : measure(before, Integer.parseInt(options.getOrDefault("--runs", "1")));
        if (options.containsKey("--write")) {
            List<String> lines = new ArrayList<>(List.of(HEADER));
            now.forEach(f -> lines.add(f.line()));
            Files.write(Path.of(options.get("--write")), lines);
        }
        return report(before, now);
    }

    private static List<Figure> read(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        if (lines.isEmpty() || !lines.get(0).equals(HEADER)) {
            throw new IllegalArgumentException(file + " must begin with the line " + HEADER);
        }
        return lines.stream().skip(1).filter(s -> !s.isBlank()).map(Figure::parse).toList();
    }

    private static List<Figure> measure(List<Figure> figures, int runs) throws IOException, InterruptedException {
        Map<String, List<List<String>>> outputs = new LinkedHashMap<>();
        for (Figure figure : figures) {
            if (outputs.containsKey(figure.command())) {
                continue;
            }
            List<List<String>> printed = new ArrayList<>();
            for (int i = 0; i < runs; i++) {
                System.err.printf("run %d of %d: %s%n", i + 1, runs, figure.command());
                printed.add(output(figure.command()));
            }
            outputs.put(figure.command(), printed);
        }
        return figures.stream()
                .map(f -> f.measured(outputs.get(f.command()).stream()
                        .map(lines -> find(f, lines))
                        .toList()))
                .toList();
    }

    private static List<String> output(String command) throws IOException, InterruptedException {
        Path file = Files.createTempFile("benchmark", ".txt");
        try {
            Process process = new ProcessBuilder("bash", "-c", command)
                    .redirectOutput(file.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            int status = process.waitFor();
            if (status != 0) {
                throw new IllegalArgumentException("exit code " + status + " of " + command);
            }
            return Files.readAllLines(file);
        } finally {
            Files.delete(file);
        }
    }

    /** The number in the first table that has the column, in the first row that begins with the cells. */
    private static BigDecimal find(Figure figure, List<String> lines) {
        List<String> row = List.of(figure.row().split("\\|"));
        List<Cell> header = List.of();
        for (String line : lines) {
            List<Cell> cells = cells(line);
            if (cells.stream().anyMatch(c -> c.text().equals(figure.column()))) {
                header = cells;
            } else if (cells.isEmpty()) {
                header = List.of();
            } else if (!header.isEmpty()
                    && cells.size() > row.size()
                    && cells.stream().limit(row.size()).map(Cell::text).toList().equals(row)) {
                Cell column = header.stream()
                        .filter(c -> c.text().equals(figure.column()))
                        .findFirst()
                        .orElseThrow();
                return cells.stream()
                        .filter(c -> c.from() < column.to() && c.to() > column.from())
                        .map(c -> new BigDecimal(c.text()))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException(figure.name() + " has an empty cell: " + line));
            }
        }
        throw new IllegalArgumentException("no row " + figure.row() + " with a column " + figure.column() + " in the"
                + " output of " + figure.command());
    }

    /** Cells are at least two spaces apart. */
    private static List<Cell> cells(String line) {
        List<Cell> cells = new ArrayList<>();
        Matcher matcher = CELL.matcher(line);
        while (matcher.find()) {
            cells.add(new Cell(matcher.start(), matcher.end(), matcher.group()));
        }
        return cells;
    }

    private static int report(List<Figure> before, List<Figure> now) {
        int worse = 0;
        int width = before.stream().mapToInt(f -> f.name().length()).max().orElse(4);
        String format = "%-" + width + "s  %10s  %10s  %6s  %6s  %s%n";
        System.out.printf(format, "figure", "before", "now", "ratio", "limit", "");
        for (Figure old : before) {
            Figure figure = now.stream()
                    .filter(f -> f.name().equals(old.name()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("the figure " + old.name() + " is missing"));
            double ratio = old.ratio(figure);
            double limit = 1 + SLACK + 2 * Math.max(old.noise(), figure.noise());
            String verdict = ratio > limit ? "WORSE" : ratio < 1 / limit ? "better" : "";
            worse += ratio > limit ? 1 : 0;
            System.out.printf(
                    Locale.ROOT,
                    "%-" + width + "s  %10s  %10s  %6.3f  %6.3f  %s%n",
                    old.name(),
                    number(old.value()),
                    number(figure.value()),
                    ratio,
                    limit,
                    verdict);
        }
        System.out.printf("%n%d of %d figures are worse; a ratio above 1 is worse.%n", worse, before.size());
        return worse == 0 ? 0 : 1;
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9 ? Long.toString((long) value) : Double.toString(value);
    }
}
