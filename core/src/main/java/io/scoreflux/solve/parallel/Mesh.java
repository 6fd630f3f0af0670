package io.scoreflux.solve.parallel;

import io.scoreflux.internal.collocation.ChebyshevLobatto;
import io.scoreflux.solve.Problem;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The windows that trajectories choose from. The noise range is divided into equal parts in the coordinate {@code u = -ln(1 + R / sigma)},
 * each of which may be halved repeatedly. In u both the range far above the radius R, where D is a power series in 1 / sigma, and that below,
 * where u is ln sigma, are short.
 *
 * <p>Nodes and weights of a window are computed at its first use. Those of large windows are then shared. Thread-safe.
 */
final class Mesh {
    /** The approximate length of a part in u. */
    private static final double PART = 0.75;
    /** Smaller windows, as at jumps of a denoiser, lie at other levels for each trajectory: keeping them would fill the memory. */
    private static final int SHARED_DEPTH = 4;

    private final double radius;
    private final double fromSigma;
    private final double toSigma;
    private final double top;
    private final double bottom;
    private final int parts;
    private final ChebyshevLobatto[] nodes;
    private final ConcurrentHashMap<Key, Window> windows = new ConcurrentHashMap<>();

    /** Part {@code index} of {@code 2^depth parts}, with a polynomial of degree {@code degree}. */
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

    /** The number of windows of depth 0. */
    int parts() {
        return parts;
    }

    /** The end of a range from the same noise level that has the given number of windows of depth 0. */
    double end(int windows) {
        return sigma(top - windows * PART);
    }

    Window window(int depth, long index, int degree) {
        Key key = new Key(depth, index, degree);
        if (depth > SHARED_DEPTH) {
            return make(key);
        }
        // get() first: in computeIfAbsent() trajectories that find their window might wait for each other.
        Window known = windows.get(key);
        return known == null ? windows.computeIfAbsent(key, this::make) : known;
    }

    private Window make(Key key) {
        return new Window(this, key, nodes[key.degree]);
    }

    /** sigma at boundary {@code index} of {@code 2^depth parts}: exact at both ends, and the same for all windows that share it. */
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
