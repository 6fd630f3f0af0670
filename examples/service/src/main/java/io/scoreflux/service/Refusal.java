package io.scoreflux.service;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/** Answers with problem JSON (RFC 9457) instead of samples, whatever the client accepts: one line that says what to do. */
final class Refusal extends ErrorResponseException {

    Refusal(HttpStatus status, String line) {
        super(status, ProblemDetail.forStatusAndDetail(status, line), null);
        getHeaders().setContentType(MediaType.APPLICATION_PROBLEM_JSON);
    }
}
