package io.scoreflux.diffusion;

/** The native libraries that pipelines need. */
final class NativeCode {
    private NativeCode() {}

    /** Returns what to say if a library has none for this machine. */
    static String missing(String library) {
        return library + " cannot load its native library for " + System.getProperty("os.name") + " on "
                + System.getProperty("os.arch")
                + "; use an artifact of this library that has native code for this platform";
    }

    /** Returns whether a native library could not be loaded, now or at an earlier attempt. Otherwise a class is missing. */
    static boolean isCauseOf(LinkageError e) {
        return e instanceof UnsatisfiedLinkError
                || e instanceof ExceptionInInitializerError
                || e.getCause() instanceof ExceptionInInitializerError;
    }
}
