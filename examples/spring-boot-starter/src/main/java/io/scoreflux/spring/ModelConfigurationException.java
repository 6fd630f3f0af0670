package io.scoreflux.spring;

/** A model of the configuration cannot be opened. The message is one line: setting, rule, value, remedy. */
public final class ModelConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String model;

    ModelConfigurationException(String model, String message, Throwable cause) {
        super(message, cause);
        this.model = model;
    }

    /** Returns the name of the model. */
    public String model() {
        return model;
    }
}
