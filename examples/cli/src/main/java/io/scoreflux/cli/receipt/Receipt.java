package io.scoreflux.cli.receipt;

import io.scoreflux.Sample;
import io.scoreflux.files.input.Sha256;
import io.scoreflux.solve.Certificate;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * What identifies the result of one sample.
 *
 * @param index its index
 * @param status the status of its certificate
 * @param calls its number of denoiser calls
 * @param sha256 the hash of its values, or null if it failed
 */
public record Receipt(
        long index, String status, long calls, @Nullable String sha256) {

    /** The receipt of a sample. */
    public static Receipt of(Sample sample) {
        Certificate certificate = sample.certificate();
        return new Receipt(
                sample.index(),
                certificate.status().toString(),
                certificate.calls(),
                sample.failed() ? null : hash(sample.values()));
    }

    /** The SHA-256 hash of the bits of values, eight bytes each with the most significant byte first, in hexadecimal digits. */
    public static String hash(double[] values) {
        MessageDigest digest = Sha256.digest();
        ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES);
        for (double value : values) {
            digest.update(bytes.putDouble(0, value).array());
        }
        return Sha256.text(digest);
    }
}
