package io.scoreflux.flink;

import io.scoreflux.Request;
import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.stream.Gateway;
import io.scoreflux.stream.Order;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import reactor.core.scheduler.Schedulers;

/** The examples of docs/flink.md. */
final class Examples {
    private Examples() {}

    static Denoiser denoiser() {
        return GaussianMixture.builder(1)
                .component(0.5, new double[] {-1}, 0.3)
                .component(0.5, new double[] {1}, 0.3)
                .build();
    }

    static DataStream<Sample> source(StreamExecutionEnvironment env) {
        var source = SampleSource.builder(() -> Sampler.builder(denoiser())
                        .noiseRange(20, 0.01)
                        .seed(42)
                        .build())
                .count(1_000)
                .build();
        var samples = env.fromSource(source, WatermarkStrategy.noWatermarks(), "samples"); // DataStream<Sample>
        return samples;
    }

    static DataStream<Sample> requests(DataStream<Long> users, SamplerFactory factory) {
        var requests =
                users.map(user -> Request.of(user, 0).withTolerance(1e-3)).returns(SampleTypes.REQUEST);
        var samples = AsyncDataStream.unorderedWait(requests, new SampleAsyncFunction(factory), 1, TimeUnit.HOURS, 256);
        return samples;
    }

    static SamplerFactory factory() {
        SamplerFactory factory = () -> {
            var gateway = Gateway.builder(denoiser(), Schedulers.boundedElastic())
                    .maxInFlight(2)
                    .build();
            return Sampler.builder(gateway)
                    .noiseRange(20, 0.01)
                    .order(Order.AS_READY)
                    .build();
        };
        return factory;
    }
}
