package io.scoreflux.reject;

/** Computes products with the Jacobian of a denoiser, for example by automatic differentiation or in closed form. */
@FunctionalInterface
public interface JacobianProduct {
    /**
     * Writes {@code J(z; sigma) v} with {@code J = dD/dz}. Several threads call this method concurrently.
     *
     * @param z the state; must not be modified
     * @param sigma the canonical noise level of the state
     * @param v the vector; must not be modified
     * @param out receives the product; has the length of z
     */
    void multiply(double[] z, double sigma, double[] v, double[] out);
}
