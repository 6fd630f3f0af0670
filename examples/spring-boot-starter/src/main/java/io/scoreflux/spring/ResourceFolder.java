package io.scoreflux.spring;

import io.scoreflux.files.text.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.core.io.Resource;
import org.springframework.core.io.ResourceLoader;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.util.FileSystemUtils;

/**
 * A copy of a folder of the class path in a temporary folder. ONNX Runtime and target files read files, and resources of a jar are none.
 *
 * @param folder the temporary folder
 * @param file the file that was asked for
 */
record ResourceFolder(Path folder, Path file) implements AutoCloseable {

    /** Copies the folder of a resource. */
    static ResourceFolder copyOf(ResourceLoader loader, String location) {
        int slash = location.lastIndexOf('/');
        String pattern = slash < 0 ? location : location.substring(0, slash + 1) + "*";
        String name = location.substring(Math.max(slash, location.indexOf(':')) + 1);
        try {
            Path folder = Files.createTempDirectory("scoreflux");
            for (Resource resource : new PathMatchingResourcePatternResolver(loader).getResources(pattern)) {
                String each = resource.getFilename();
                if (resource.isReadable() && each != null && !each.isEmpty()) {
                    try (InputStream in = resource.getInputStream()) {
                        Files.copy(in, folder.resolve(each));
                    }
                }
            }
            Path file = folder.resolve(name);
            if (!Files.exists(file)) {
                FileSystemUtils.deleteRecursively(folder);
                throw new UserError("no resource " + location + "; correct the name, or name a file");
            }
            return new ResourceFolder(folder, file);
        } catch (IOException e) {
            throw new UserError("cannot copy " + location + ": " + UserError.reason(e), e);
        }
    }

    @Override
    public void close() throws IOException {
        FileSystemUtils.deleteRecursively(folder);
    }
}
