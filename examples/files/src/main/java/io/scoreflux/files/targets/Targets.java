package io.scoreflux.files.targets;

import io.scoreflux.error.Violation;
import io.scoreflux.evaluation.plot.Picture;
import io.scoreflux.files.format.SampleFile;
import io.scoreflux.files.input.InputFile;
import io.scoreflux.files.input.Json;
import io.scoreflux.files.input.JsonFields;
import io.scoreflux.files.text.Decimal;
import io.scoreflux.files.text.Names;
import io.scoreflux.files.text.UserError;
import io.scoreflux.model.Covariance;
import io.scoreflux.model.DivergenceDenoiser;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.model.LabelledMixture;
import io.scoreflux.model.SmoothedDataset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Finds targets: built in by name, or described by a JSON file. */
public final class Targets {
    private static final String MIXTURE = "gaussian-mixture";
    private static final List<String> TYPES = List.of(MIXTURE, "dataset", "onnx", "remote");

    private static final String COVARIANCE_REMEDY = "; a matrix under 'std' is the covariance:"
            + " scale the axes, or give per-axis std where they are independent";
    private static final String DATASET_NUMBERS = "rows or bandwidth";
    private static final String MIXTURE_NUMBERS = "std or means";
    /** The maximum number of characters of a text in a message. */
    private static final int LONGEST = 40;

    private Targets() {}

    /** The target of a name or a file. The caller must close it. */
    public static Target find(String name) {
        return find(name, NetworkCalls.USUAL);
    }

    /**
     * The target of a name or a file. The caller must close it.
     *
     * @param calls how a network is called
     */
    public static Target find(String name, NetworkCalls calls) {
        BuiltIn builtIn = BuiltIn.ofName(name);
        if (builtIn != null) {
            withoutCalls(calls, name);
            return builtIn.target();
        }
        Path file = UserError.path("--target", name);
        if (!Files.exists(file) && !name.endsWith(".json") && file.getNameCount() == 1) {
            throw new UserError("unknown target '" + name + "'" + Names.hint(name, BuiltIn.names())
                    + "; give a JSON file or one of " + String.join(", ", BuiltIn.names()));
        }
        return InputFile.read(file, () -> parse(file, calls));
    }

    private static Target parse(Path file, NetworkCalls calls) {
        JsonFields fields = Json.read(file);
        String type = fields.text("type");
        if (type.equals("onnx")) {
            return OnnxTargets.read(file, fields, calls);
        }
        if (type.equals("remote")) {
            if (calls.fixedRows() != null) {
                throw new UserError(
                        "--fixed-rows is for networks in ONNX files; a server may split calls: leave it out");
            }
            if (calls.memory() != null) {
                throw new UserError(
                        "--memory is for networks in ONNX files; limit the rows of a call with --batch: leave it out");
            }
            return RemoteTargets.read(file, fields);
        }
        withoutCalls(calls, file.toString());
        if (type.equals(MIXTURE)) {
            return mixture(file.toString(), fields);
        }
        if (type.equals("dataset")) {
            return dataset(file, fields);
        }
        if (PosteriorTargets.TYPES.contains(type)) {
            throw fields.error("type", "'" + type + "' is a log-concave target, for the command posterior");
        }
        throw fields.error(
                "type",
                "'" + type + "' is unknown" + Names.hint(type, TYPES) + "; available: " + String.join(", ", TYPES));
    }

    private static void withoutCalls(NetworkCalls calls, String name) {
        if (calls.fixedRows() != null) {
            throw new UserError("--fixed-rows is for networks, whose results depend on the number of rows in a call; "
                    + name + " is not a network: leave it out");
        }
        if (calls.memory() != null) {
            throw new UserError("--memory is for the calls of networks; " + name + " is not a network: leave it out");
        }
    }

    /**
     * A Gaussian mixture from the text of a target file that others wrote.
     *
     * @param name the origin of the text, for messages
     * @param maxComponents maximum number of components
     * @param maxDimension maximum dimension
     * @throws UserError if the text is not such a target, or exceeds a limit
     */
    public static Target mixture(String name, String json, int maxComponents, int maxDimension) {
        JsonFields fields = Json.readLine(name, json);
        String type = fields.text("type");
        if (!type.equals(MIXTURE)) {
            throw fields.error("type", "must be " + MIXTURE + ", was '" + Decimal.abridged(type, LONGEST) + "'");
        }
        int components = fields.list("components").size();
        if (components > maxComponents) {
            throw fields.error("components", "must have at most " + maxComponents + " entries, has " + components);
        }
        for (JsonFields component : fields.objects("components")) {
            int dimension = component.list("mean").size();
            if (dimension > maxDimension) {
                throw component.error("mean", "must have at most " + maxDimension + " numbers, has " + dimension);
            }
        }
        return mixture(name, fields);
    }

    private static Target mixture(String file, JsonFields fields) {
        fields.allow(List.of("type", "components"));
        List<GaussianMixture.Component> components = new ArrayList<>();
        List<LabelledMixture.Labelled> labelled = new ArrayList<>();
        for (JsonFields component : fields.objects("components")) {
            component.allow(List.of("weight", "mean", "std", "label"));
            double weight = component.positive("weight");
            double[] mean = component.numbers("mean");
            int dimension =
                    components.isEmpty() ? mean.length : components.get(0).mean().length;
            if (mean.length != dimension) {
                throw component.error(
                        "mean", "must have " + dimension + " numbers like components[0].mean, has " + mean.length);
            }
            for (double coordinate : mean) {
                if (coordinate * coordinate == Double.POSITIVE_INFINITY) {
                    throw component.error(
                            "mean",
                            "is too large for double precision, has " + Violation.text(coordinate)
                                    + "; rescale the data");
                }
            }
            components.add(new GaussianMixture.Component(weight, mean, covariance(component, dimension)));
            if (component.has("label")) {
                labelled.add(new LabelledMixture.Labelled(label(component), components.get(components.size() - 1)));
            }
            if (!labelled.isEmpty() && labelled.size() < components.size()) {
                throw component.error("label", "must be given for all components or for none");
            }
        }
        GaussianMixture mixture;
        try {
            mixture = GaussianMixture.of(components);
        } catch (IllegalArgumentException e) { // Everything else is checked, so the moments overflow.
            throw Target.outOfRange(file + ": components", MIXTURE_NUMBERS);
        }
        DivergenceDenoiser denoiser = mixture;
        if (!labelled.isEmpty()) {
            try {
                denoiser = LabelledMixture.of(labelled);
            } catch (IllegalArgumentException e) {
                throw fields.error("components", String.valueOf(e.getMessage()));
            }
        }
        return Target.of(file, MIXTURE_NUMBERS, denoiser, mixture.smallestStd(), null);
    }

    private static int label(JsonFields component) {
        JsonNode label = component.required("label");
        if (!label.isIntegralNumber() || !label.canConvertToInt() || label.intValue() < 0) {
            throw component.error("label", "must be a whole number of at least 0, was " + label);
        }
        return label.intValue();
    }

    /** The field 'std': a number, one for each axis, or a covariance matrix. */
    static Covariance covariance(JsonFields component, int dimension) {
        JsonNode std = component.required("std");
        if (std.isNumber()) {
            double same = component.positive("std");
            requireSquare(component, "std", same);
            return Covariance.isotropic(same);
        }
        if (!std.isArray()) {
            throw component.error(
                    "std", "must be a number, a list of numbers per axis, or a covariance matrix, was " + std);
        }
        List<JsonNode> entries = component.list("std");
        if (entries.size() != dimension) {
            throw component.error("std", "must have " + dimension + " entries like the mean, has " + entries.size());
        }
        if (!entries.get(0).isArray()) {
            double[] perAxis = component.numbers("std");
            for (int i = 0; i < perAxis.length; i++) {
                requireSquare(component, "std[" + i + "]", perAxis[i]);
            }
            return component.checked("std", "", () -> Covariance.diagonal(perAxis));
        }
        double[][] matrix = component.matrix("std");
        return component.checked("std", COVARIANCE_REMEDY, () -> Covariance.full(matrix));
    }

    private static void requireSquare(JsonFields component, String name, double std) {
        double variance = std * std;
        // The sign is checked elsewhere.
        if (std > 0 && !(variance >= Double.MIN_NORMAL && variance < Double.POSITIVE_INFINITY)) {
            throw component.error(
                    name,
                    "is too " + (std < 1 ? "small" : "large") + " for double precision, was " + Violation.text(std)
                            + "; rescale the data");
        }
    }

    private static Target dataset(Path file, JsonFields fields) {
        fields.allow(List.of("type", "file", "bandwidth", "shape"));
        Path rows = file.resolveSibling(UserError.path(file + ": file", fields.text("file")));
        double bandwidth = fields.positive("bandwidth");
        double[][] data = InputFile.readReferenced(
                file, rows, () -> SampleFile.states(rows).toArray());
        String name = file + ": " + rows;
        SmoothedDataset smoothed;
        try {
            smoothed = SmoothedDataset.of(data, bandwidth);
        } catch (IllegalArgumentException e) { // Everything else is checked, so the moments overflow.
            throw Target.outOfRange(name, DATASET_NUMBERS);
        }
        return Target.of(name, DATASET_NUMBERS, smoothed, bandwidth, picture(fields, rows, data));
    }

    private static @Nullable Picture picture(JsonFields fields, Path rows, double[][] data) {
        if (!fields.has("shape")) {
            return null;
        }
        List<JsonNode> shape = fields.list("shape");
        if (shape.size() != 2) {
            throw fields.error("shape", "must be [height, width], has " + shape.size() + " entries");
        }
        int height = fields.count("shape[0]", shape.get(0));
        int width = fields.count("shape[1]", shape.get(1));
        if ((long) height * width != data[0].length) {
            throw fields.error(
                    "shape",
                    "[" + height + ", " + width + "] does not fit the " + data[0].length + " numbers in each row of "
                            + rows);
        }
        return Picture.ofRange(height, width, data);
    }
}
