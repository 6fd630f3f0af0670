package io.scoreflux.cli.output;

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

/** Owner, group and permissions of a file that will be replaced, on file systems with POSIX attributes. */
final class FileAccess {
    /** The mode of new files, as for the shell's redirections; the process's umask applies. */
    private static final Set<PosixFilePermission> OF_NEW_FILES = PosixFilePermissions.fromString("rw-rw-rw-");
    /** The mode while the file is written, because only the owner may be allowed to read it. */
    private static final Set<PosixFilePermission> OF_OWNER = PosixFilePermissions.fromString("rw-------");

    private final boolean isPosix;
    private final @Nullable PosixFileAttributes replaced;

    private FileAccess(boolean isPosix, @Nullable PosixFileAttributes replaced) {
        this.isPosix = isPosix;
        this.replaced = replaced;
    }

    /** The access rights of a file, which need not exist. */
    static FileAccess of(Path file) throws IOException {
        boolean isPosix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        return new FileAccess(
                isPosix, isPosix && Files.exists(file) ? Files.readAttributes(file, PosixFileAttributes.class) : null);
    }

    /** The attributes with which the new file is created. */
    FileAttribute<?>[] initial() {
        return isPosix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(replaced == null ? OF_NEW_FILES : OF_OWNER)
                }
                : new FileAttribute<?>[0];
    }

    /** Sets owner, group and permissions of the new file, as far as that is allowed. */
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
                // Only the superuser may change the owner; otherwise the writer owns the file.
            }
        }
        view.setPermissions(permissions);
    }

    /** Reduces the permissions of a group that could not be set to those of others. */
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
