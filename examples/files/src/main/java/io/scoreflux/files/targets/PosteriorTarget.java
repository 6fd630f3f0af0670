package io.scoreflux.files.targets;

import io.scoreflux.logconcave.ConvexTerm;
import io.scoreflux.logconcave.LogConcave;
import java.util.List;

/**
 * A log-concave distribution to draw from.
 *
 * @param density its smooth part
 * @param term its other convex term
 * @param names names of the coordinates
 * @param remedy what to do if its mode is not found
 */
public record PosteriorTarget(LogConcave density, ConvexTerm term, List<String> names, String remedy) {}
