package io.scoreflux.flink.job;

import io.scoreflux.Sampler;
import io.scoreflux.cli.option.Workers;
import io.scoreflux.files.targets.Target;
import io.scoreflux.files.text.UserError;
import io.scoreflux.flink.SamplerFactory;
import io.scoreflux.model.remote.InferenceException;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.jspecify.annotations.Nullable;

/** Opens the target of the job's arguments on a task manager. */
final class TargetFactory implements SamplerFactory {
    private static final long serialVersionUID = 1L;

    private final String[] arguments;
    private transient @Nullable Target target;
    private transient @Nullable Workers workers;

    TargetFactory(String... arguments) {
        this.arguments = arguments.clone();
    }

    @Override
    public Sampler open() {
        SampleArguments parsed = SampleArguments.parse(arguments);
        try {
            Target opened = parsed.run.target();
            target = opened;
            Workers started = parsed.run.workers();
            workers = started;
            return parsed.run.sampler(opened, started);
        } catch (UserError e) {
            close();
            if (e.getCause() instanceof InferenceException unreachable) {
                // The client has reached the server, so Flink tries again.
                throw unreachable;
            }
            // The arguments are valid on the client, so it is the files that differ. Another attempt would find the
            // same.
            throw new SuppressRestartsException(new UserError(
                    "on a task manager: " + e.getMessage()
                            + "; every task manager must see the files of the client under the same names: use absolute"
                            + " names on a shared file system",
                    e));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public void close() {
        Workers started = workers;
        Target opened = target;
        workers = null;
        target = null;
        try {
            if (started != null) {
                started.close();
            }
        } finally {
            if (opened != null) {
                opened.close();
            }
        }
    }
}
