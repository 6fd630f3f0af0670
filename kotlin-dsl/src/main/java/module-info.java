/** The Kotlin DSL of scoreflux, with support for coroutines and Multik. */
module io.scoreflux.kotlin {
    requires transitive io.scoreflux;
    requires transitive kotlin.stdlib;
    requires transitive kotlinx.coroutines.core;
    requires kotlinx.coroutines.reactive;
    requires kotlinx.coroutines.reactor;
    // Multik's jars have no module name; this automatic name is derived from the file name.
    requires transitive multik.core.jvm;
    requires static com.microsoft.onnxruntime;
    requires static org.jspecify;

    exports io.scoreflux.kotlin;
}
