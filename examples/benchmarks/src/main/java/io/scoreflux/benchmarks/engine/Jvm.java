package io.scoreflux.benchmarks.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs a main class in a new virtual machine with the same class path. What ran before in this one may change the measurement, because the
 * compiler optimises for the types and lengths that it has seen.
 */
final class Jvm {
    private Jvm() {}

    /** Prints the command, runs it, and lets it print. */
    static void run(List<String> options, Class<?> main, String... arguments) {
        List<String> shown = new ArrayList<>(List.of("java"));
        shown.addAll(options);
        shown.add(main.getName());
        shown.addAll(List.of(arguments));
        System.out.println(String.join(" ", shown));
        await(start(command(options, main, arguments).inheritIO()));
    }

    /** Returns the last line that the main class prints. */
    static String lastLine(List<String> options, Class<?> main, String... arguments) {
        Process process = start(command(options, main, arguments).redirectError(ProcessBuilder.Redirect.INHERIT));
        try {
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            await(process);
            return text.lines().reduce("", (before, line) -> line);
        } catch (IOException e) {
            process.destroy();
            throw new UncheckedIOException(e);
        }
    }

    private static ProcessBuilder command(List<String> options, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    private static Process start(ProcessBuilder builder) {
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void await(Process process) {
        try {
            int exit = process.waitFor();
            if (exit != 0) {
                throw new IllegalStateException("the measurement ended with " + exit);
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the measurement was interrupted", e);
        }
    }
}
