package io.scoreflux.benchmarks.network;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The program {@code numpy/network.py}, which solves the network of digits with onnxruntime in Python. It runs only while a command does. */
final class PythonLoop implements AutoCloseable {
    private final Path folder;
    private final Process process;
    private final BufferedReader answers;
    private final PrintWriter commands;

    /**
     * The setting that reaches an error.
     *
     * @param version the version of onnxruntime
     * @param calls the number of steps
     * @param width the number of rows in a call, which is the fastest
     * @param error the error that is reached
     */
    record Setting(String version, int calls, int width, double error) {}

    /**
     * Starts the program.
     *
     * @param python the command of Python
     */
    PythonLoop(String python, Path examples, double[][] starts, double[][] ends) throws IOException {
        this.folder = Files.createTempDirectory("network-speed");
        write(folder.resolve("starts"), starts);
        write(folder.resolve("ends"), ends);
        this.process = new ProcessBuilder(
                        python,
                        examples.resolve("benchmarks/numpy/network.py").toString(),
                        Digits.network(examples).toString(),
                        folder.toString(),
                        Integer.toString(starts.length))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.commands = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    }

    private static void write(Path file, double[][] rows) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(rows.length * rows[0].length * Double.BYTES).order(ByteOrder.nativeOrder());
        for (double[] row : rows) {
            for (double value : row) {
                bytes.putDouble(value);
            }
        }
        Files.write(file, bytes.array());
    }

    /** Finds the fewest steps that reach an error, and keeps the setting for {@link #seconds}. */
    Setting solve(double error) {
        String[] words = ask("solve " + error).split(" ", -1);
        return new Setting(
                words[0], Integer.parseInt(words[1]), Integer.parseInt(words[2]), Double.parseDouble(words[3]));
    }

    /** Returns the processor time of a number of samples. */
    double seconds(int samples) {
        return Double.parseDouble(ask("run " + samples));
    }

    private String ask(String command) {
        commands.println(command);
        try {
            String answer = answers.readLine();
            if (answer == null) {
                throw new IllegalStateException("Python ended; it needs numpy and onnxruntime");
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        commands.close();
        process.destroy();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
