package io.scoreflux.spring;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Reports a model that cannot be opened without a stack trace. */
final class ModelFailureAnalyzer extends AbstractFailureAnalyzer<ModelConfigurationException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, ModelConfigurationException cause) {
        String message = String.valueOf(cause.getMessage());
        int remedy = message.lastIndexOf("; ");
        return new FailureAnalysis(
                "The model '" + cause.model() + "' cannot be opened: "
                        + (remedy < 0 ? message : message.substring(0, remedy)),
                remedy < 0 ? "Correct the settings of the model." : sentence(message.substring(remedy + 2)),
                cause);
    }

    static String sentence(String clause) {
        return Character.toUpperCase(clause.charAt(0)) + clause.substring(1) + ".";
    }
}
