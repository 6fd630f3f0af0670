package io.scoreflux.cli.format;

import java.util.ListResourceBundle;

/** Texts that help texts refer to as <code>${bundle:KEY}</code>, derived from the list of formats. */
public final class HelpTexts extends ListResourceBundle {
    @Override
    protected Object[][] getContents() {
        return new Object[][] {
            {"formats", Format.names()}, {"endings", Format.endings()}, {"read-endings", Format.readEndings()},
        };
    }
}
