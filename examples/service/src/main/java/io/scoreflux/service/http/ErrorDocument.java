package io.scoreflux.service.http;

import io.scoreflux.service.api.RequestException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import tools.jackson.databind.json.JsonMapper;

/**
 * The document of a problem: problem JSON (RFC 9457), below {@code /v2} that of the Open Inference Protocol, and for images problem JSON with
 * the member that OpenAI's clients read.
 *
 * @param type the media type
 * @param body the document
 */
@SuppressWarnings("ArrayRecordComponent") // Written, never compared.
record ErrorDocument(MediaType type, byte[] body) {
    private static final String IMAGES = "/v1/images/generations";
    private static final String INFERENCE = "/v2";
    private static final JsonMapper JSON = JsonMapper.shared();

    /**
     * The document of a problem.
     *
     * @param path the path of the request, or null if it is unknown
     */
    static ErrorDocument of(Problem problem, @Nullable String path) {
        if (path != null && isInference(path)) {
            return new ErrorDocument(
                    MediaType.APPLICATION_JSON, JSON.writeValueAsBytes(Map.of("error", problem.detail())));
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("title", problem.title());
        document.put("status", problem.status().value());
        document.put("detail", problem.detail());
        if (path != null) {
            document.put("instance", path);
        }
        if (problem.field() != null) {
            document.put(RequestException.FIELD, problem.field());
        }
        if (IMAGES.equals(path)) {
            document.put("error", problem.openAiError());
        }
        return new ErrorDocument(MediaType.APPLICATION_PROBLEM_JSON, JSON.writeValueAsBytes(document));
    }

    /** Whether the Open Inference Protocol has this path. */
    static boolean isInference(String path) {
        return path.equals(INFERENCE) || path.startsWith(INFERENCE + "/");
    }
}
