package io.scoreflux.benchmarks.logconcave;

import io.scoreflux.benchmarks.logconcave.Density.Method;

/** Methods for comparison with the proximal sampler: one without bias correction, and two whose correction needs the density. */
final class Yardsticks {
    private Yardsticks() {}

    /** The unadjusted Langevin algorithm, which takes one gradient per draw and is biased. */
    static Method ula(double h) {
        return (density, start, draws, random, sink) -> {
            double[] x = start.clone();
            for (int k = 0; k < draws; k++) {
                double[] gradient = density.gradient(x);
                for (int i = 0; i < x.length; i++) {
                    x[i] += -h * gradient[i] + Math.sqrt(2 * h) * random.nextGaussian();
                }
                sink.accept(x.clone());
            }
            return draws;
        };
    }

    /** The Metropolis-adjusted Langevin algorithm, which takes one gradient and one value per draw. */
    static Method mala(double h) {
        return (density, start, draws, random, sink) -> {
            double[] x = start.clone();
            double f = density.value(x);
            double[] gradient = density.gradient(x);
            for (int k = 0; k < draws; k++) {
                double[] to = new double[x.length];
                double forth = 0;
                for (int i = 0; i < x.length; i++) {
                    double noise = random.nextGaussian();
                    to[i] = x[i] - h * gradient[i] + Math.sqrt(2 * h) * noise;
                    forth += 0.5 * noise * noise;
                }
                double there = density.value(to);
                double[] gradientThere = density.gradient(to);
                double back = 0;
                for (int i = 0; i < x.length; i++) {
                    double noise = (x[i] - to[i] + h * gradientThere[i]) / Math.sqrt(2 * h);
                    back += 0.5 * noise * noise;
                }
                if (Math.log(random.nextDouble()) < f - there + forth - back) {
                    x = to;
                    f = there;
                    gradient = gradientThere;
                }
                sink.accept(x.clone());
            }
            return draws;
        };
    }

    /**
     * Hamiltonian Monte Carlo with steps jittered by a tenth and up to twice as many leaps. It takes one gradient per leap and one value
     * per draw.
     */
    static Method hmc(double h, int leaps) {
        return (density, start, draws, random, sink) -> {
            double[] x = start.clone();
            double f = density.value(x);
            double[] gradient = density.gradient(x);
            long gradients = 0;
            for (int k = 0; k < draws; k++) {
                double step = h * (0.9 + 0.2 * random.nextDouble());
                double[] to = x.clone();
                double[] momentum = new double[x.length];
                double before = f;
                for (int i = 0; i < x.length; i++) {
                    momentum[i] = random.nextGaussian();
                    before += 0.5 * momentum[i] * momentum[i];
                }
                double[] there = gradient;
                int length = 1 + random.nextInt(2 * leaps - 1);
                gradients += length;
                for (int leap = 0; leap < length; leap++) {
                    for (int i = 0; i < x.length; i++) {
                        momentum[i] -= 0.5 * step * there[i];
                        to[i] += step * momentum[i];
                    }
                    there = density.gradient(to);
                    for (int i = 0; i < x.length; i++) {
                        momentum[i] -= 0.5 * step * there[i];
                    }
                }
                double value = density.value(to);
                double after = value;
                for (double entry : momentum) {
                    after += 0.5 * entry * entry;
                }
                if (Math.log(random.nextDouble()) < before - after) {
                    x = to;
                    f = value;
                    gradient = there;
                }
                sink.accept(x.clone());
            }
            return gradients;
        };
    }
}
