package io.scoreflux.diffusion;

/** The native libraries that pipelines need. */
final class NativeCode {
    private NativeCode() {}

    /** Returns what to say if a library has none for this machine. */
    static String missing(String library) {
        return library + " cannot load its native library for " + System.getProperty("os.name") + " on "
                + System.getProperty("os.arch")
                + "; use a jar that has it: the command line's is built on such a machine or with -Pall-platforms";
    }
}
