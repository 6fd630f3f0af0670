package io.scoreflux.files.targets;

import io.scoreflux.error.Violation;
import io.scoreflux.files.text.Decimal;
import io.scoreflux.files.text.UserError;

/** The kind of responses in a regression. */
enum ResponseKind {
    /** 0 or 1. */
    BINARY("0 or 1", "write 1 for one class and 0 for the other") {
        @Override
        boolean allows(double answer) {
            return answer == 0 || answer == 1;
        }
    },
    /** A count. */
    COUNT("a count, a whole number from 0 to 1e9", "correct it or remove the line") {
        @Override
        boolean allows(double answer) {
            return answer >= 0 && answer <= LARGEST_COUNT && answer == Math.rint(answer);
        }
    };

    private static final double LARGEST_COUNT = 1e9;

    private final String rule;
    private final String remedy;

    ResponseKind(String rule, String remedy) {
        this.rule = rule;
        this.remedy = remedy;
    }

    abstract boolean allows(double answer);

    /** Parses the response in a cell. */
    double parse(String where, String cell) {
        double answer = Decimal.isNumber(cell) ? Decimal.parse(where, cell) : Double.NaN;
        if (!allows(answer)) {
            throw wrong(where, "'" + Decimal.abridged(cell) + "'");
        }
        return answer;
    }

    /** Checks a label. */
    double check(String where, double answer) {
        if (!allows(answer)) {
            throw wrong(where, Violation.text(answer));
        }
        return answer;
    }

    private UserError wrong(String where, String answer) {
        return new UserError(where + ": the label must be " + rule + ", was " + answer + "; " + remedy);
    }
}
