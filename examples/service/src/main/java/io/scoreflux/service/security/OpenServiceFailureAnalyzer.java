package io.scoreflux.service.security;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says how to start a service that other machines can reach. */
final class OpenServiceFailureAnalyzer extends AbstractFailureAnalyzer<OpenServiceException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, OpenServiceException cause) {
        return new FailureAnalysis(
                String.valueOf(cause.getMessage()),
                "Set scoreflux.service.token to a secret text of at least 16 characters, or bind the service to 127.0.0.1.",
                cause);
    }
}
