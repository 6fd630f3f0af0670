package io.scoreflux.stream;

import io.scoreflux.model.Denoiser;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The way to a synchronous denoiser: calls of at most {@code maxRows} rows; a call that throws is repeated on halves until
 * the rows that make it throw stand alone. Private to one lane.
 */
final class Gateway {
    private final Denoiser denoiser;
    private final int maxRows;
    private final int dimension;
    private final Rows part;
    private double[] answers;
    private double[] partAnswers;
    /** What the denoiser threw for single rows, or null if it threw nothing. */
    private @Nullable Throwable @Nullable [] thrown;

    Gateway(Denoiser denoiser, int maxRows) {
        this.denoiser = denoiser;
        this.maxRows = maxRows;
        this.dimension = denoiser.dimension();
        this.part = new Rows(dimension, 1);
        this.answers = new double[0];
        this.partAnswers = new double[0];
    }

    /** The answers to the last batch, row-major; NaN where there is none. */
    double[] answers() {
        return answers;
    }

    /** What the denoiser threw for a row, or null. */
    @Nullable
    Throwable thrown(int row) {
        return thrown == null ? null : thrown[row];
    }

    int dimension() {
        return dimension;
    }

    /**
     * Has a batch answered.
     *
     * @param cancelled looked at between calls; once true, the rest stays NaN
     * @throws Error if the virtual machine or the linking of the denoiser fails: that concerns more than a row
     */
    void answer(Rows batch, BooleanSupplier cancelled) {
        int numbers = Math.multiplyExact(batch.count(), dimension);
        if (answers.length < numbers) {
            answers = new double[Math.max(numbers, 2 * answers.length)];
        }
        // A row that the denoiser leaves out must not show the answer of another round.
        Arrays.fill(answers, 0, numbers, Double.NaN);
        thrown = null;
        for (int first = 0; first < batch.count() && !cancelled.getAsBoolean(); first += maxRows) {
            answer(batch, first, Math.min(maxRows, batch.count() - first), cancelled);
        }
    }

    private void answer(Rows batch, int first, int rows, BooleanSupplier cancelled) {
        try {
            if (rows == batch.count()) {
                denoiser.denoise(batch, answers);
            } else {
                answerPart(batch, first, rows);
            }
        } catch (VirtualMachineError | LinkageError e) {
            throw e;
        } catch (Throwable e) {
            Arrays.fill(answers, first * dimension, (first + rows) * dimension, Double.NaN);
            if (rows == 1) {
                note(batch.count(), first, e);
                return;
            }
            int half = rows / 2;
            if (!cancelled.getAsBoolean()) {
                answer(batch, first, half, cancelled);
            }
            if (!cancelled.getAsBoolean()) {
                answer(batch, first + half, rows - half, cancelled);
            }
        }
    }

    private void answerPart(Rows batch, int first, int rows) {
        int numbers = rows * dimension;
        if (partAnswers.length < numbers) {
            partAnswers = new double[numbers];
        }
        Arrays.fill(partAnswers, 0, numbers, Double.NaN);
        part.clear();
        part.appendAll(batch, first, rows);
        denoiser.denoise(part, partAnswers);
        System.arraycopy(partAnswers, 0, answers, first * dimension, numbers);
    }

    private void note(int rows, int row, Throwable e) {
        if (thrown == null) {
            thrown = new Throwable[rows];
        }
        thrown[row] = e;
    }
}
