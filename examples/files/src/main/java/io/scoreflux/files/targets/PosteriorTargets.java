package io.scoreflux.files.targets;

import io.scoreflux.files.format.ColumnNames;
import io.scoreflux.files.input.InputFile;
import io.scoreflux.files.input.Json;
import io.scoreflux.files.input.JsonFields;
import io.scoreflux.files.input.TextReader;
import io.scoreflux.files.posterior.Normal;
import io.scoreflux.files.posterior.Regression;
import io.scoreflux.files.posterior.Regression.Link;
import io.scoreflux.files.text.Names;
import io.scoreflux.files.text.UserError;
import io.scoreflux.logconcave.ConvexTerm;
import io.scoreflux.model.Covariance;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Finds log-concave targets: the built-in one, or described by a JSON file. */
public final class PosteriorTargets {
    /** A regression on real data. The README beside the data names their source. */
    public static final String BUILT_IN = "tumours";

    /** All types. */
    static final List<String> TYPES = List.of("logistic-regression", "poisson-regression", "gaussian");

    private static final String INTERCEPT = "intercept";
    private static final double USUAL_PRIOR = 2.5;

    private PosteriorTargets() {}

    /** The target of a name or a file. */
    public static PosteriorTarget find(String name) {
        if (name.equals(BUILT_IN)) {
            return regression(Link.LOGISTIC, tumours(), new Model("gaussian", USUAL_PRIOR, true, true));
        }
        Path file = UserError.path("--target", name);
        if (!Files.exists(file) && !name.endsWith(".json") && file.getNameCount() == 1) {
            throw new UserError("unknown target '" + name + "'" + Names.hint(name, List.of(BUILT_IN))
                    + "; give a JSON file or " + BUILT_IN);
        }
        return InputFile.read(file, () -> parse(file));
    }

    private static PosteriorTarget parse(Path file) {
        JsonFields fields = Json.read(file);
        String type = fields.text("type");
        return switch (type) {
            case "logistic-regression" -> regression(Link.LOGISTIC, file, fields);
            case "poisson-regression" -> regression(Link.POISSON, file, fields);
            case "gaussian" -> gaussian(fields);
            default ->
                throw fields.error(
                        "type",
                        "'" + type + "' is not a log-concave target" + Names.hint(type, TYPES) + "; available: "
                                + String.join(", ", TYPES));
        };
    }

    /**
     * How a regression is set up.
     *
     * @param prior gaussian or laplace
     * @param deviation standard deviation of the prior on each coefficient
     * @param intercept whether the model has an intercept
     * @param standardize whether the columns are standardized
     */
    private record Model(String prior, double deviation, boolean intercept, boolean standardize) {}

    private static LabelledRows tumours() {
        try (InputStream in = Objects.requireNonNull(
                        PosteriorTargets.class.getResourceAsStream("/io/scoreflux/files/tumours/tumours.csv"));
                Reader text = TextReader.of(in, "tumours.csv")) {
            return LabelledRows.read(text, "tumours.csv", "malignant", ResponseKind.BINARY);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PosteriorTarget regression(Link link, Path file, JsonFields fields) {
        fields.allow(List.of("type", "file", "label", "prior", "prior-std", "intercept", "standardize"));
        String prior = fields.has("prior") ? fields.text("prior") : "gaussian";
        List<String> priors = List.of("gaussian", "laplace");
        if (!priors.contains(prior)) {
            throw fields.error(
                    "prior",
                    "'" + prior + "' is unknown" + Names.hint(prior, priors) + "; available: "
                            + String.join(", ", priors));
        }
        double deviation = fields.number("prior-std");
        if (!(deviation > 0)) {
            throw fields.error(
                    "prior-std",
                    "must be greater than 0, was " + deviation + "; it is the prior's standard deviation, often 2.5");
        }
        double precision = 1 / (deviation * deviation);
        if (!(precision > 0 && precision < Double.POSITIVE_INFINITY)) {
            throw fields.error("prior-std", "is too large or too small for double precision, was " + deviation);
        }
        boolean intercept = fields.flag("intercept", true);
        boolean standardize = fields.flag("standardize", false);
        Path rows = file.resolveSibling(UserError.path(file + ": file", fields.text("file")));
        String label = fields.text("label");
        ResponseKind kind = link == Link.LOGISTIC ? ResponseKind.BINARY : ResponseKind.COUNT;
        Model model = new Model(prior, deviation, intercept, standardize);
        return InputFile.readReferenced(
                file, rows, () -> regression(link, LabelledRows.read(rows, label, kind), model));
    }

    private static PosteriorTarget regression(Link link, LabelledRows table, Model model) {
        if (model.intercept() || model.standardize()) {
            table.requireVariation();
        }
        table.requireNumbersBesideZero();
        if (model.intercept() && table.columns().contains(INTERCEPT)) {
            throw new UserError(table.name() + ", line 1: a column is named '" + INTERCEPT
                    + "', like the additional coefficient; rename it, or give \"intercept\":false");
        }
        if (table.columns().isEmpty() && !model.intercept()) {
            throw new UserError(table.name() + ": there is no column besides the label; add one, or an intercept");
        }
        double[][] features = model.standardize() ? table.standardized() : table.features();
        List<String> names = new ArrayList<>(table.columns());
        if (model.intercept()) {
            names.add(0, INTERCEPT);
            features = Arrays.stream(features).map(PosteriorTargets::withOne).toArray(double[][]::new);
        }
        boolean laplace = model.prior().equals("laplace");
        double precision = laplace ? 0 : 1 / (model.deviation() * model.deviation());
        double[] weights = new double[names.size()];
        // A Laplace distribution with scale s has the standard deviation s sqrt(2).
        Arrays.fill(weights, Math.sqrt(2) / model.deviation());
        return new PosteriorTarget(
                new Regression(link, features, table.answers(), precision),
                laplace ? ConvexTerm.l1(weights) : ConvexTerm.none(),
                names,
                model.standardize()
                        ? "remove columns that depend linearly on others, or reduce prior-std, or give --precondition"
                                + " none"
                        : "give \"standardize\":true in the target, which scales the columns, or reduce prior-std");
    }

    private static double[] withOne(double[] row) {
        double[] longer = new double[row.length + 1];
        longer[0] = 1;
        System.arraycopy(row, 0, longer, 1, row.length);
        return longer;
    }

    private static PosteriorTarget gaussian(JsonFields fields) {
        fields.allow(List.of("type", "mean", "std", "lower", "upper", "half-space", "l1"));
        double[] mean = fields.numbers("mean");
        Covariance covariance = Targets.covariance(fields, mean.length);
        int d = mean.length;
        DMatrixRMaj precision = new DMatrixRMaj(d, d);
        CommonOps_DDRM.invert(new DMatrixRMaj(covariance.toMatrix(d)), precision);
        double[][] rows = new double[d][d];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                rows[i][j] = 0.5 * (precision.get(i, j) + precision.get(j, i));
            }
        }
        List<String> names = ColumnNames.numbered(d);
        return new PosteriorTarget(
                new Normal(mean, rows),
                term(fields, d),
                names,
                "scale the axes to similar standard deviations, or give --precondition none");
    }

    private static ConvexTerm term(JsonFields fields, int dimension) {
        boolean box = fields.has("lower") || fields.has("upper");
        int terms = (box ? 1 : 0) + (fields.has("half-space") ? 1 : 0) + (fields.has("l1") ? 1 : 0);
        if (terms > 1) {
            throw fields.error(
                    "type", "allows only one of a box (lower, upper), half-space and l1; leave out the others");
        }
        if (box) {
            double[] lower = bounds(fields, "lower", dimension, Double.NEGATIVE_INFINITY);
            double[] upper = bounds(fields, "upper", dimension, Double.POSITIVE_INFINITY);
            return fields.checked(fields.has("lower") ? "lower" : "upper", "", () -> ConvexTerm.box(lower, upper));
        }
        if (fields.has("half-space")) {
            JsonFields half = fields.object("half-space");
            half.allow(List.of("normal", "offset"));
            double[] normal = ofLength(half, "normal", half.numbers("normal"), dimension);
            double offset = half.number("offset");
            return half.checked("normal", "", () -> ConvexTerm.halfSpace(normal, offset));
        }
        if (fields.has("l1")) {
            double[] weights = ofLength(fields, "l1", fields.numbers("l1"), dimension);
            return fields.checked("l1", "", () -> ConvexTerm.l1(weights));
        }
        return ConvexTerm.none();
    }

    private static double[] ofLength(JsonFields fields, String name, double[] numbers, int dimension) {
        if (numbers.length != dimension) {
            throw fields.error(name, "must have " + dimension + " numbers like the mean, has " + numbers.length);
        }
        return numbers;
    }

    /** The bounds of all coordinates; null in the file means no bound. */
    private static double[] bounds(JsonFields fields, String name, int dimension, double none) {
        double[] bounds = new double[dimension];
        Arrays.fill(bounds, none);
        if (!fields.has(name)) {
            return bounds;
        }
        List<JsonNode> given = fields.list(name);
        if (given.size() != dimension) {
            throw fields.error(name, "must have " + dimension + " numbers like the mean, has " + given.size());
        }
        for (int i = 0; i < dimension; i++) {
            @Nullable JsonNode bound = given.get(i);
            if (!bound.isNull()) {
                bounds[i] = fields.number(name + "[" + i + "]", bound);
            }
        }
        return bounds;
    }
}
