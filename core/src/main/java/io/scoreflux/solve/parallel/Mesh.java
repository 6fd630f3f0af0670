package io.scoreflux.solve.parallel;

import io.scoreflux.collocation.ChebyshevLobatto;
import io.scoreflux.solve.Problem;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The windows that trajectories choose from: a range of equal parts in the coordinate {@code u = -ln(1 + R / sigma)}, each of
 * which may be halved again and again. In u both a window far above the radius R, where D is a power series in 1 / sigma, and one
 * below it, where u is ln sigma, are short.
 *
 * <p>What a window needs is computed when a trajectory first asks for it; that of large windows is then shared.
 */
final class Mesh {
    /** Length of a part in u, about. */
    private static final double PART = 0.75;
    /** Smaller windows, as at jumps of a denoiser, lie elsewhere for each trajectory: keeping them would fill the memory. */
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

    /** Windows of depth 0. */
    int parts() {
        return parts;
    }

    /** Where a range from the same noise level ends that has so many windows of depth 0. */
    double end(int windows) {
        return sigma(top - windows * PART);
    }

    Window window(int depth, long index, int degree) {
        Key key = new Key(depth, index, degree);
        if (depth > SHARED_DEPTH) {
            return make(key);
        }
        // The look before keeps trajectories that find their window from waiting for each other.
        Window known = windows.get(key);
        return known == null ? windows.computeIfAbsent(key, this::make) : known;
    }

    private Window make(Key key) {
        return new Window(this, key, nodes[key.degree]);
    }

    /** sigma at the cut {@code index} of {@code 2^depth parts}: exact at both ends, and the same for all windows that share it. */
    double cut(int depth, long index) {
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
