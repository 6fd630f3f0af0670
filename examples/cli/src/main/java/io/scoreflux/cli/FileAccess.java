package io.scoreflux.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who may read and write a file that is about to be replaced, on file systems that know this of POSIX. */
final class FileAccess {
    /** As the shell's redirections ask for; the process's mask takes away from it. */
    private static final Set<PosixFilePermission> OF_NEW_FILES = PosixFilePermissions.fromString("rw-rw-rw-");
    /** While it is written, nobody else may read what may be readable to its owner alone. */
    private static final Set<PosixFilePermission> OF_OWNER = PosixFilePermissions.fromString("rw-------");

    private final boolean isPosix;
    private final @Nullable PosixFileAttributes replaced;

    private FileAccess(boolean isPosix, @Nullable PosixFileAttributes replaced) {
        this.isPosix = isPosix;
        this.replaced = replaced;
    }

    /** Access to a file, which need not exist. */
    static FileAccess of(Path file) throws IOException {
        boolean isPosix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        return new FileAccess(
                isPosix, isPosix && Files.exists(file) ? Files.readAttributes(file, PosixFileAttributes.class) : null);
    }

    /** What the file that takes its place is created with. */
    FileAttribute<?>[] initial() {
        return isPosix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(replaced == null ? OF_NEW_FILES : OF_OWNER)
                }
                : new FileAttribute<?>[0];
    }

    /** Gives the file that takes its place the owner, the group and the permissions, as far as that is allowed. */
    void give(Path file) throws IOException {
        if (replaced == null) {
            return;
        }
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        PosixFileAttributes now = view.readAttributes();
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        permissions.addAll(replaced.permissions());
        if (!now.group().equals(replaced.group())) {
            try {
                view.setGroup(replaced.group());
            } catch (IOException e) {
                withoutGroup(permissions);
            }
        }
        if (!now.owner().equals(replaced.owner())) {
            try {
                view.setOwner(replaced.owner());
            } catch (IOException e) {
                // Only the superuser gives files away; the writer owns it then.
            }
        }
        view.setPermissions(permissions);
    }

    /** A group that could not be kept must not have more than everybody has. */
    private static void withoutGroup(Set<PosixFilePermission> permissions) {
        if (!permissions.contains(PosixFilePermission.OTHERS_READ)) {
            permissions.remove(PosixFilePermission.GROUP_READ);
        }
        if (!permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            permissions.remove(PosixFilePermission.GROUP_WRITE);
        }
        if (!permissions.contains(PosixFilePermission.OTHERS_EXECUTE)) {
            permissions.remove(PosixFilePermission.GROUP_EXECUTE);
        }
    }
}
