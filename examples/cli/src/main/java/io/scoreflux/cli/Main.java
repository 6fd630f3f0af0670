package io.scoreflux.cli;

import io.scoreflux.cli.command.CompareCommand;
import io.scoreflux.cli.command.DecodeCommand;
import io.scoreflux.cli.command.EncodeCommand;
import io.scoreflux.cli.command.EvaluateCommand;
import io.scoreflux.cli.command.ExpectCommand;
import io.scoreflux.cli.command.ImageCommand;
import io.scoreflux.cli.command.MergeCommand;
import io.scoreflux.cli.command.PosteriorCommand;
import io.scoreflux.cli.command.SampleCommand;
import io.scoreflux.cli.command.VerifyCommand;
import io.scoreflux.cli.command.Version;
import io.scoreflux.cli.option.ArgumentErrors;
import io.scoreflux.cli.option.HelpTexts;
import io.scoreflux.cli.option.Numbers;
import io.scoreflux.cli.output.Console;
import io.scoreflux.files.text.MessageText;
import io.scoreflux.files.text.RunError;
import io.scoreflux.files.text.UserError;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The command line. The exit code is 0 on success, 1 if the run or some samples failed, and 2 if an argument or an input is invalid. */
@Command(
        name = "scoreflux",
        description = "Accurate sampling from diffusion models.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
public final class Main implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int BAD_INPUT = 2;

    private static final String HELP = "help";

    /** The names of the commands, in the order of the help. */
    private static final List<String> COMMANDS = List.of(
            "sample",
            "decode",
            "encode",
            "expect",
            "evaluate",
            "compare",
            "posterior",
            "image",
            "verify",
            "merge",
            HELP);

    @Spec
    @SuppressWarnings("NullAway.Init") // Picocli sets it.
    private CommandSpec spec;

    private Main() {}

    /** A strong reference, because {@code java.util.logging} may discard an unreferenced logger with its level. */
    private static final Logger LOG = Logger.getLogger("io.scoreflux");

    /** The loggers of libraries that report the search for their native code. */
    private static final List<Logger> LIBRARIES = List.of(
            Logger.getLogger("ai.djl"),
            Logger.getLogger("org.apache.arrow"),
            Logger.getLogger("org.apache.hadoop"),
            Logger.getLogger("org.apache.parquet"));

    /** Runs the program. Ends the virtual machine with the exit code if that is not 0. */
    public static void main(String[] args) {
        logToStandardError();
        // System.out swallows write errors, but a full disk or a closed pipe must end the run.
        int code = run(args, new FileOutputStream(FileDescriptor.out), System.err);
        if (code != 0) {
            System.exit(code);
        }
    }

    /** Sends Reactor's log messages to standard error. By default they would mix with the data on standard output. */
    private static void logToStandardError() {
        setIfMissing("reactor.logging.fallback", "JDK");
        if (System.getProperty("java.util.logging.SimpleFormatter.format") == null) {
            for (Handler handler : Logger.getLogger("").getHandlers()) {
                handler.setFormatter(new LogLine());
            }
        }
        // The commands report a pilot themselves, so its log message is suppressed.
        LOG.setLevel(Level.WARNING);
        LIBRARIES.forEach(logger -> logger.setLevel(Level.SEVERE));
    }

    /** Formats log messages of the library like the program's own messages. */
    private static final class LogLine extends Formatter {
        @Override
        public String format(LogRecord record) {
            return "scoreflux: " + MessageText.line(formatMessage(record)) + System.lineSeparator();
        }
    }

    private static void setIfMissing(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /**
     * Runs the program.
     *
     * @param out receives data
     * @param err receives progress, the table and errors
     * @return the exit code
     */
    static int run(String[] args, OutputStream out, PrintStream err) {
        setIfMissing("java.awt.headless", "true");
        Console console = Console.of(out, err);
        StringWriter help = new StringWriter();
        CommandLine program = commandLine(console, args).setOut(new PrintWriter(help));
        try {
            int code = program.execute(args);
            if (!help.toString().isEmpty()) {
                console.out().write(help.toString().getBytes(StandardCharsets.UTF_8));
                console.out().flush();
            }
            return code;
        } catch (IOException e) {
            return complain(err, FAILED, "cannot write to standard output: " + UserError.reason(e), e);
        } catch (OutOfMemoryError e) {
            return complain(err, FAILED, OutOfMemory.describe(program), e);
        } catch (Error e) { // Errors of the virtual machine or of AWT.
            return complain(err, FAILED, unexpected(e), e);
        }
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    /**
     * Creates the parser. Reading the options of all commands would dominate a short run. So the parser contains only the command that
     * the first argument names, and all commands only for help texts and error messages.
     */
    private static CommandLine commandLine(Console console, String[] args) {
        CommandLine program = new CommandLine(new Main());
        boolean isOne = args.length > 0 && COMMANDS.contains(args[0]) && !args[0].equals(HELP);
        List<String> names = isOne ? List.of(args[0]) : COMMANDS;
        for (String name : names) {
            program.addSubcommand(name, command(name, console));
        }
        Complaints complaints = new Complaints(console.err());
        program.setExpandAtFiles(false)
                .setResourceBundle(new HelpTexts())
                .setUsageHelpWidth(110)
                .setParameterExceptionHandler(complaints)
                .setExecutionExceptionHandler(complaints);
        Numbers.register(program);
        return program;
    }

    private static Object command(String name, Console console) {
        return switch (name) {
            case "sample" -> new SampleCommand(console);
            case "decode" -> new DecodeCommand(console);
            case "encode" -> new EncodeCommand(console);
            case "expect" -> new ExpectCommand(console);
            case "evaluate" -> new EvaluateCommand(console);
            case "compare" -> new CompareCommand(console);
            case "posterior" -> new PosteriorCommand(console);
            case "image" -> new ImageCommand(console);
            case "verify" -> new VerifyCommand(console);
            case "merge" -> new MergeCommand(console);
            case HELP -> new CommandLine.HelpCommand();
            default -> throw new IllegalArgumentException("no command is named " + name);
        };
    }

    /**
     * Turns exceptions into messages. A class rather than lambdas, because class-data archives cannot hold lambdas of Picocli's interfaces,
     * which were compiled for Java 5.
     */
    private record Complaints(PrintStream err) implements IParameterExceptionHandler, IExecutionExceptionHandler {
        @Override
        public int handleParseException(ParameterException e, String[] args) {
            return complain(err, BAD_INPUT, ArgumentErrors.describe(e), e);
        }

        @Override
        public int handleExecutionException(Exception e, CommandLine command, ParseResult result) {
            if (e instanceof UserError) {
                return complain(err, BAD_INPUT, e.getMessage() + remedy(e), e);
            }
            if (e instanceof RunError) {
                return complain(err, FAILED, String.valueOf(e.getMessage()), e);
            }
            return complain(err, FAILED, unexpected(e), e);
        }
    }

    /** What else to do if a native library is missing: the jar of the command line may be built without that of this platform. */
    private static String remedy(Throwable e) {
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof UnsatisfiedLinkError) {
                return "; build the jar of the command line on this platform or with -Pall-platforms";
            }
        }
        return "";
    }

    /** The message for an unexpected error. Only {@code -Dscoreflux.debug=true} shows its class and stack trace. */
    private static String unexpected(Throwable e) {
        String message = e.getMessage();
        return "the program failed unexpectedly" + (message == null || message.isBlank() ? "" : ": " + message)
                + "; run with -Dscoreflux.debug=true to see the stack trace";
    }

    /** Prints the message as one line without control characters, and the stack trace if debugging is on. */
    private static int complain(PrintStream err, int code, String message, Throwable cause) {
        err.println("scoreflux: " + MessageText.line(message));
        if (Boolean.getBoolean("scoreflux.debug")) {
            cause.printStackTrace(err);
        }
        return code;
    }
}
