package io.scoreflux.flink;

import io.scoreflux.Request;
import io.scoreflux.Sample;
import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/**
 * Flink's types of samples and requests, whose serializers keep every bit. {@link SampleSource} and {@link SampleAsyncFunction} declare theirs.
 * For other operators call {@code returns(SampleTypes.SAMPLE)}, or name the factories in the configuration
 * {@code pipeline.serialization-config}. Without either, Flink would use Kryo, which cannot read samples.
 */
public final class SampleTypes {
    /** The type of samples. */
    public static final TypeInformation<Sample> SAMPLE = new ValueTypeInfo<>(Sample.class, new SampleSerializer());

    /** The type of requests. The payload of a condition, if there is one, must be {@link java.io.Serializable}. */
    public static final TypeInformation<Request> REQUEST = new ValueTypeInfo<>(Request.class, new RequestSerializer());

    private SampleTypes() {}

    /** Creates {@link #SAMPLE}, for {@code pipeline.serialization-config}. */
    public static final class SampleFactory extends TypeInfoFactory<Sample> {
        @Override
        public TypeInformation<Sample> createTypeInfo(Type type, Map<String, TypeInformation<?>> parameters) {
            return SAMPLE;
        }
    }

    /** Creates {@link #REQUEST}, for {@code pipeline.serialization-config}. */
    public static final class RequestFactory extends TypeInfoFactory<Request> {
        @Override
        public TypeInformation<Request> createTypeInfo(Type type, Map<String, TypeInformation<?>> parameters) {
            return REQUEST;
        }
    }
}
