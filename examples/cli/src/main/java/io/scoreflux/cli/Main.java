package io.scoreflux.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program. Exit code 0: all done; 1: the run failed, or some samples did; 2: bad arguments or bad input. */
@Command(
        name = "scoreflux",
        description = "Accurate sampling from diffusion models.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class Main implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int BAD_INPUT = 2;

    @Spec
    @SuppressWarnings("NullAway.Init") // Picocli sets it.
    private CommandSpec spec;

    private Main() {}

    /** Runs and, unless all went well, ends the virtual machine with the exit code. */
    public static void main(String[] args) {
        // Not System.out, which forgets errors: a full disk or a closed pipe must end the run.
        int code = run(args, new FileOutputStream(FileDescriptor.out), System.err);
        if (code != 0) {
            System.exit(code);
        }
    }

    /**
     * Runs.
     *
     * @param out receives data
     * @param err receives progress, the table and complaints
     * @return the exit code
     */
    static int run(String[] args, OutputStream out, PrintStream err) {
        if (System.getProperty("java.awt.headless") == null) {
            System.setProperty("java.awt.headless", "true");
        }
        Console console = Console.of(out, err);
        StringWriter help = new StringWriter();
        try {
            int code = commandLine(console).setOut(new PrintWriter(help)).execute(args);
            if (!help.toString().isEmpty()) {
                console.out().write(help.toString().getBytes(StandardCharsets.UTF_8));
                console.out().flush();
            }
            return code;
        } catch (IOException e) {
            return complain(err, FAILED, "cannot write to standard output: " + UserError.reason(e), e);
        } catch (OutOfMemoryError e) {
            return complain(
                    err, FAILED, "out of memory; give Java more with -Xmx, or lower --batch, --budget or --stages", e);
        } catch (Error e) { // Of the virtual machine or of its graphics: still one line.
            return complain(err, FAILED, "unexpected " + e, e);
        }
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    private static CommandLine commandLine(Console console) {
        return new CommandLine(new Main())
                .addSubcommand(new SampleCommand(console))
                .addSubcommand(new DecodeCommand(console))
                .addSubcommand(new EvaluateCommand(console))
                .setExpandAtFiles(false)
                .setUsageHelpWidth(110)
                .setParameterExceptionHandler((e, args) -> complain(console.err(), BAD_INPUT, describe(e), e))
                .setExecutionExceptionHandler((e, command, result) -> {
                    if (e instanceof UserError) {
                        return complain(console.err(), BAD_INPUT, String.valueOf(e.getMessage()), e);
                    }
                    if (e instanceof RunError) {
                        return complain(console.err(), FAILED, String.valueOf(e.getMessage()), e);
                    }
                    return complain(
                            console.err(), FAILED, "unexpected " + e + "; -Dscoreflux.debug=true shows where", e);
                });
    }

    private static String describe(ParameterException e) {
        CommandLine command = e.getCommandLine();
        Collection<String> commands = command.getSubcommands().keySet();
        String available = commands.isEmpty() ? "" : "; available: " + String.join(", ", commands);
        String help = "; see " + command.getCommandSpec().qualifiedName() + " --help";
        if (!(e instanceof UnmatchedArgumentException unmatched)) {
            return e.getMessage() + available + help;
        }
        String argument = unmatched.getUnmatched().get(0);
        if (argument.startsWith("-")) {
            int value = argument.indexOf('=');
            String name = value < 0 ? argument : argument.substring(0, value);
            List<String> known = command.getCommandSpec().options().stream()
                    .filter(option -> !option.hidden())
                    .map(option -> option.longestName())
                    .toList();
            return "unknown option '" + name + "'" + Names.hint(name, known) + help;
        }
        if (!commands.isEmpty()) {
            return "unknown command '" + argument + "'" + Names.hint(argument, commands) + available + help;
        }
        return "unexpected argument '" + argument + "'" + help;
    }

    /** One line, whatever the message; the stack trace only for whoever asks for it. */
    private static int complain(PrintStream err, int code, String message, Throwable cause) {
        err.println("scoreflux: " + message.replaceAll("\\s*\\R\\s*", " "));
        if (Boolean.getBoolean("scoreflux.debug")) {
            cause.printStackTrace(err);
        }
        return code;
    }
}
