package io.scoreflux.evaluation;

import io.scoreflux.solve.Solver;

/**
 * A solver at one setting.
 *
 * @param name the solver as the user named it
 * @param setting its tolerance (below 1) or its budget in calls (1 or more)
 * @param solver the solver itself
 */
public record Contender(String name, double setting, Solver solver) {}
