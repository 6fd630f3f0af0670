package io.scoreflux.cli.command;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The program's name and version, which the build writes into a resource. */
public final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("/io/scoreflux/cli/version.properties")) {
            if (in != null) {
                properties.load(in);
            }
        }
        return new String[] {"scoreflux " + properties.getProperty("version", "(unknown version)")};
    }
}
