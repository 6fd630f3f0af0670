package io.scoreflux.noise;

/** The noise schedules of the library. */
final class Schedules {
    private Schedules() {}

    static final NoiseSchedule VE = new Ve();
    static final NoiseSchedule VP_COSINE = new VpCosine();
    static final NoiseSchedule FLOW = new Flow();

    private record Ve() implements NoiseSchedule {
        @Override
        public String name() {
            return "ve";
        }

        @Override
        public double alpha(double sigma) {
            return 1;
        }

        @Override
        public double time(double sigma) {
            return sigma;
        }

        @Override
        public double sigma(double time) {
            return time;
        }

        @Override
        public double maxSigma() {
            return Double.POSITIVE_INFINITY;
        }
    }

    record VpLinear(double betaMin, double betaMax) implements NoiseSchedule {
        @Override
        public String name() {
            return "vp-linear";
        }

        @Override
        public double alpha(double sigma) {
            return vpAlpha(sigma);
        }

        /** Returns the positive root of betaMin t + (betaMax - betaMin) t^2 / 2 = log1p(s^2), in the form without cancellation. */
        @Override
        public double time(double sigma) {
            // s^2 overflows only above 1e154, far above maxSigma.
            double integral = StrictMath.log1p(sigma * sigma);
            return 2 * integral / (betaMin + Math.sqrt(betaMin * betaMin + 2 * (betaMax - betaMin) * integral));
        }

        @Override
        public double sigma(double time) {
            return Math.sqrt(StrictMath.expm1(time * (betaMin + 0.5 * (betaMax - betaMin) * time)));
        }

        @Override
        public double maxSigma() {
            return sigma(1);
        }
    }

    private record VpCosine() implements NoiseSchedule {
        @Override
        public String name() {
            return "vp-cosine";
        }

        @Override
        public double alpha(double sigma) {
            return vpAlpha(sigma);
        }

        @Override
        public double time(double sigma) {
            return StrictMath.atan(sigma) * (2 / Math.PI);
        }

        @Override
        public double sigma(double time) {
            return StrictMath.tan(time * (Math.PI / 2));
        }

        @Override
        public double maxSigma() {
            return Double.POSITIVE_INFINITY;
        }
    }

    private record Flow() implements NoiseSchedule {
        @Override
        public String name() {
            return "flow";
        }

        @Override
        public double alpha(double sigma) {
            return 1 / (1 + sigma);
        }

        @Override
        public double time(double sigma) {
            return sigma / (1 + sigma);
        }

        @Override
        public double sigma(double time) {
            return time / (1 - time);
        }

        @Override
        public double maxSigma() {
            return Double.POSITIVE_INFINITY;
        }
    }

    record Edm(double sigmaData) implements NoiseSchedule {
        @Override
        public String name() {
            return "edm";
        }

        @Override
        public double alpha(double sigma) {
            return 1 / StrictMath.hypot(sigmaData, sigma);
        }

        @Override
        public double time(double sigma) {
            return sigma;
        }

        @Override
        public double sigma(double time) {
            return time;
        }

        @Override
        public double maxSigma() {
            return Double.POSITIVE_INFINITY;
        }
    }

    static double vpAlpha(double sigma) {
        return 1 / StrictMath.hypot(1, sigma);
    }
}
