/** Accurate sampling from diffusion models, as a reactive stream. */
@SuppressWarnings("module") // The module of the Kotlin DSL is built after this one.
module io.scoreflux {
    requires java.net.http;
    requires org.apache.commons.numbers.gamma;
    requires org.apache.commons.rng.api;
    requires org.apache.commons.rng.core;
    requires org.apache.commons.statistics.distribution;
    requires ejml.core;
    requires ejml.ddense;
    requires transitive org.reactivestreams;
    requires transitive reactor.core;

    // Optional dependencies.
    requires static org.jspecify;
    requires static tools.jackson.core;
    requires static tools.jackson.databind;
    requires static context.propagation;
    requires static hipparchus.core;
    requires static com.microsoft.onnxruntime;
    requires static micrometer.core;

    exports io.scoreflux;
    exports io.scoreflux.error;
    exports io.scoreflux.logconcave;
    exports io.scoreflux.model;
    exports io.scoreflux.model.network;
    exports io.scoreflux.model.onnx;
    exports io.scoreflux.model.remote;
    exports io.scoreflux.noise;
    exports io.scoreflux.posterior;
    exports io.scoreflux.reject;
    exports io.scoreflux.solve;
    exports io.scoreflux.solve.budget;
    exports io.scoreflux.solve.fixedstep;
    exports io.scoreflux.solve.parallel;
    exports io.scoreflux.solve.picard;
    exports io.scoreflux.solve.sliding;
    exports io.scoreflux.state;
    exports io.scoreflux.stream;
    exports io.scoreflux.stream.micrometer;

    // Internal packages that the Kotlin DSL uses. No other module may.
    exports io.scoreflux.internal to
            io.scoreflux.kotlin;
    exports io.scoreflux.internal.stream to
            io.scoreflux.kotlin;
}
