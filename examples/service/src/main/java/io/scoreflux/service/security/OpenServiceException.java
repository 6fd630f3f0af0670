package io.scoreflux.service.security;

/** The service would be open to other machines without a token. */
final class OpenServiceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OpenServiceException(String setting, String address) {
        super(setting + " is " + address + ", which other machines can reach, and scoreflux.service.token is not set");
    }
}
