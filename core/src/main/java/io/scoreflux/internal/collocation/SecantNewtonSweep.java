package io.scoreflux.internal.collocation;

import io.scoreflux.internal.Kernels;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.decomposition.lu.LUDecompositionAlt_DDRM;
import org.ejml.dense.row.linsol.lu.LinearSolverLu_DDRM;
import org.ejml.interfaces.linsol.LinearSolverDense;

/**
 * One step of Newton's method for the states at the nodes of a window, with a scalar Jacobian c_k of D at each node. It solves {@code z_j =
 * e^{-h x_j} z_0 + sum_k W_jk (D_k + c_k (z_k - asked_k))} for z_1 .. z_m. Not thread-safe.
 */
public final class SecantNewtonSweep {
    private final int dimension;
    private final DMatrixRMaj matrix;
    private final DMatrixRMaj right;
    private final DMatrixRMaj solution;
    private final LinearSolverDense<DMatrixRMaj> solver;

    /** Returns the memory in bytes of the arrays that grow with the dimension. */
    public static long bytes(int dimension, int maxDegree) {
        return (long) Double.BYTES * 2 * maxDegree * dimension;
    }

    /** Allocates memory for windows of degree up to {@code maxDegree}. */
    public SecantNewtonSweep(int maxDegree, int dimension) {
        this.dimension = dimension;
        this.matrix = new DMatrixRMaj(maxDegree, maxDegree);
        this.right = new DMatrixRMaj(maxDegree, dimension);
        this.solution = new DMatrixRMaj(maxDegree, dimension);
        LUDecompositionAlt_DDRM factors = new LUDecompositionAlt_DDRM();
        factors.setExpectedMaxSize(maxDegree, maxDegree);
        this.solver = new LinearSolverLu_DDRM(factors);
    }

    /**
     * Writes the states of nodes 1 to {@code degree}.
     *
     * @param weights W_jk at {@code (j - 1) * (degree + 1) + k}
     * @param decay the weight of z_0 in z_j, at {@code j - 1}
     * @param states row k is the state at node k; row 0 is read
     * @param answers row k is D_k
     * @param asked row k is the state at which D_k was evaluated
     * @param slopes the c_k, from index 1 on
     * @return false if the system is singular; the states are then unchanged
     */
    public boolean solve(
            int degree,
            double[] weights,
            double[] decay,
            double[] states,
            double[] answers,
            double[] asked,
            double[] slopes) {
        matrix.reshape(degree, degree);
        right.reshape(degree, dimension);
        solution.reshape(degree, dimension);
        for (int j = 1; j <= degree; j++) {
            int row = (j - 1) * dimension;
            int first = (j - 1) * (degree + 1);
            Kernels.setScaled(right.data, row, decay[j - 1], states, 0, dimension);
            for (int k = 0; k <= degree; k++) {
                double weight = weights[first + k];
                Kernels.addScaled(right.data, row, weight, answers, k * dimension, dimension);
                if (k > 0) {
                    double product = weight * slopes[k];
                    Kernels.addScaled(right.data, row, -product, asked, k * dimension, dimension);
                    matrix.data[(j - 1) * degree + k - 1] = (j == k ? 1 : 0) - product;
                }
            }
        }
        if (!solver.setA(matrix)) {
            return false;
        }
        solver.solve(right, solution);
        System.arraycopy(solution.data, 0, states, dimension, degree * dimension);
        return true;
    }
}
