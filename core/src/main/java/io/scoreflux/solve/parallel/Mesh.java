package io.scoreflux.solve.parallel;

import io.scoreflux.internal.collocation.ChebyshevLobatto;
import io.scoreflux.solve.Problem;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The mesh of windows from which trajectories choose. The noise range is divided into equal parts in the coordinate
 * {@code u = -ln(1 + R / sigma)}, and each part can be halved repeatedly. Far above the radius R, D is a power series in 1 / sigma and a long
 * range of sigma is short in u. Far below R, u is ln sigma up to a constant.
 *
 * <p>The nodes and weights of a window are computed at its first use. Those of large windows are then shared. Thread-safe.
 */
final class Mesh {
    /** The approximate length of a part in u. */
    private static final double PART = 1;
    /**
     * The largest depth of shared windows. Smaller windows, as at jumps of a denoiser, differ between trajectories and would fill the memory.
     */
    private static final int SHARED_DEPTH = 4;

    private final double radius;
    private final double fromSigma;
    private final double toSigma;
    private final double top;
    private final double bottom;
    private final int parts;
    private final ChebyshevLobatto[] nodes;
    private final ConcurrentHashMap<Key, Window> windows = new ConcurrentHashMap<>();

    /** Window {@code index} of the {@code parts * 2^depth} windows of one depth, with a polynomial of degree {@code degree}. */
    record Key(int depth, long index, int degree) {}

    Mesh(Problem problem, int maxDegree) {
        this.radius = problem.radius();
        this.fromSigma = problem.fromSigma();
        this.toSigma = problem.toSigma();
        this.top = u(fromSigma);
        this.bottom = u(toSigma);
        this.parts = Math.max(1, (int) Math.ceil((top - bottom) / PART));
        this.nodes = new ChebyshevLobatto[maxDegree + 1];
        for (int degree = Parallel.LEAST_DEGREE; degree <= maxDegree; degree++) {
            nodes[degree] = new ChebyshevLobatto(degree);
        }
    }

    /** Returns the number of windows of depth 0. */
    int parts() {
        return parts;
    }

    /** Returns the lower end of a range that starts at the same noise level and has the given number of windows of depth 0. */
    double end(int windows) {
        return sigma(top - windows * PART);
    }

    Window window(int depth, long index, int degree) {
        Key key = new Key(depth, index, degree);
        if (depth > SHARED_DEPTH) {
            return make(key);
        }
        // get() first: in computeIfAbsent(), trajectories that look up an existing window could block each other.
        Window known = windows.get(key);
        return known == null ? windows.computeIfAbsent(key, this::make) : known;
    }

    private Window make(Key key) {
        return new Window(this, key, nodes[key.degree]);
    }

    /**
     * Returns sigma at boundary {@code index} of the windows of depth {@code depth}. The value is exact at both ends of the range, and the same
     * for all windows that share the boundary.
     */
    double boundary(int depth, long index) {
        long all = (long) parts << depth;
        if (index == 0) {
            return fromSigma;
        }
        return index == all ? toSigma : sigma(top + (bottom - top) * ((double) index / all));
    }

    double radius() {
        return radius;
    }

    double u(double sigma) {
        return -StrictMath.log1p(radius / sigma);
    }

    double sigma(double u) {
        return radius / StrictMath.expm1(-u);
    }
}
