package io.scoreflux.spring;

import io.scoreflux.error.HasViolation;
import io.scoreflux.error.Violation;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Reports a setting {@code scoreflux.*} or {@code server.*} that is not possible by its name, rule, value and remedy. It precedes Spring Boot's analyzer of
 * failed bindings, which names the classes of the settings.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class SettingFailureAnalyzer implements FailureAnalyzer {
    private static final int MOST_CAUSES = 20;
    private static final Pattern SETTING = Pattern.compile("(scoreflux|server)\\.");

    @Override
    public @Nullable FailureAnalysis analyze(Throwable failure) {
        int depth = 0;
        for (Throwable each = failure; each != null && depth < MOST_CAUSES; each = each.getCause(), depth++) {
            if (each instanceof HasViolation has
                    && SETTING.matcher(has.violation().setting()).lookingAt()) {
                Violation violation = has.violation();
                List<String> remedies = violation.remedies();
                return new FailureAnalysis(
                        violation.withRemedies().message(),
                        remedies.isEmpty()
                                ? "Correct the setting."
                                : ModelFailureAnalyzer.sentence(String.join(", or ", remedies)),
                        each);
            }
        }
        return null;
    }
}
