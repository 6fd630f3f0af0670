package io.scoreflux.reject;

/** Products with the Jacobian of a denoiser, for those who have them: by automatic differentiation, or in closed form. */
@FunctionalInterface
public interface JacobianProduct {
    /**
     * Writes {@code J(z; sigma) v} with {@code J = dD/dz}; called from several threads at once.
     *
     * @param z the state; not to be modified
     * @param sigma its canonical noise level
     * @param v the vector; not to be modified
     * @param out receives the product, as long as z
     */
    void multiply(double[] z, double sigma, double[] v, double[] out);
}
