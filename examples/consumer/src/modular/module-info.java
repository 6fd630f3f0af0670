/** An application that requires scoreflux, and the optional library whose types it uses itself. */
module com.example.consumer {
    requires io.scoreflux;
    requires io.scoreflux.kotlin;
    requires micrometer.core;
}
