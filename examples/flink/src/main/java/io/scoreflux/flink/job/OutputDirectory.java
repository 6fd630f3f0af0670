package io.scoreflux.flink.job;

import io.scoreflux.files.text.UserError;
import java.io.IOException;
import java.io.Serializable;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/**
 * The directory of {@code --out}, which must not have the files of an earlier job: new files would be mixed with them.
 *
 * @param name the name that the user has given
 * @param path the directory
 */
record OutputDirectory(String name, String path) implements Serializable {
    /** The name of the report. */
    static final String REPORT = "_report.json";

    /** The beginning of the names of its subdirectories. */
    static final String BUCKET = "first-index=";

    /**
     * Returns the directory for a name. A relative name is resolved against the working directory of the client, not of a task manager.
     *
     * @throws UserError if the name is not a valid path
     */
    static OutputDirectory of(String name) {
        Path given = new Path(name);
        Path directory = given.isAbsolute() || given.toUri().getScheme() != null
                ? given
                : new Path(UserError.path("--out", name).toAbsolutePath().toUri());
        return new OutputDirectory(name, directory.toString());
    }

    Path root() {
        return new Path(path);
    }

    Path report() {
        return new Path(path, REPORT);
    }

    /**
     * For the client of a new job: refuses a directory with any files of a job, complete or not.
     *
     * @throws UserError if it has such files, or its file system is unknown
     */
    void requireUnused() {
        try {
            FileSystem files = root().getFileSystem();
            if (files.exists(report())) {
                throw used("the files of an earlier job", REPORT);
            }
            for (FileStatus entry : list(files, root())) {
                FileStatus[] inside = bucket(entry) ? list(files, entry.getPath()) : new FileStatus[0];
                if (inside.length > 0) {
                    throw used("files of a job that has not ended or was cancelled", file(entry, inside[0]));
                }
            }
        } catch (IOException e) {
            throw new UserError("--out " + name + ": " + UserError.reason(e), e);
        }
    }

    /**
     * For the task managers, when a job starts without a checkpoint: refuses a directory with complete files. Those that are not complete may be
     * of an earlier attempt of the same job.
     *
     * @throws SuppressRestartsException if it contains such files, because a restart would find them too
     */
    void requireNoCompleteFiles() throws IOException {
        FileSystem files = root().getFileSystem();
        for (FileStatus entry : list(files, root())) {
            if (!bucket(entry)) {
                continue;
            }
            for (FileStatus file : list(files, entry.getPath())) {
                if (!file.getPath().getName().startsWith(".")) {
                    throw new SuppressRestartsException(used("the files of an earlier job", file(entry, file)));
                }
            }
        }
    }

    private static boolean bucket(FileStatus entry) {
        return entry.isDir() && entry.getPath().getName().startsWith(BUCKET);
    }

    private static FileStatus[] list(FileSystem files, Path directory) throws IOException {
        FileStatus[] entries = files.exists(directory) ? files.listStatus(directory) : null;
        return entries == null ? new FileStatus[0] : entries;
    }

    private static String file(FileStatus directory, FileStatus file) {
        return directory.getPath().getName() + "/" + file.getPath().getName();
    }

    private UserError used(String what, String file) {
        return new UserError("--out " + name + " must not have " + what + ", has " + file
                + "; name another directory, or remove this one");
    }
}
