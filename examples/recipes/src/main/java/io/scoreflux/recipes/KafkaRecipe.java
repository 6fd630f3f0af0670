package io.scoreflux.recipes;

import io.scoreflux.Sample;
import io.scoreflux.Sampler;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes each sample once to a topic, as JSON with the index as its key. A program that is interrupted continues where its last transaction ended,
 * because sample k is a function of the seed and k.
 *
 * <p>The producer has a {@code transactional.id}. A second program with the same one ends the first. The consumer has {@code isolation.level}
 * {@code read_committed}.
 */
public final class KafkaRecipe {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration POLL = Duration.ofMillis(100);
    private static final int MOST_POLLS = 300;

    private final Producer<Long, byte[]> producer;
    private final String topic;
    private final int batch;

    /**
     * Creates a writer and ends the open transaction of an earlier program.
     *
     * @param batch number of samples in a transaction, at least 1; at most two batches are computed ahead of the topic
     */
    public KafkaRecipe(Producer<Long, byte[]> producer, String topic, int batch) {
        this.producer = producer;
        this.topic = topic;
        this.batch = batch;
        producer.initTransactions();
    }

    /**
     * Writes the samples from the first index, which {@link #next} returns, to the end, which is exclusive.
     *
     * @throws RuntimeException if a transaction failed; close the producer then, and create another writer
     */
    public void write(Sampler sampler, long from, long to) {
        sampler.samples(from, to)
                .buffer(batch)
                .concatMap(samples -> Mono.fromRunnable(() -> writeAll(samples)), 1)
                .blockLast();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // commitTransaction fails if a record was not written.
    private void writeAll(List<Sample> samples) {
        producer.beginTransaction();
        try {
            for (Sample sample : samples) {
                producer.send(new ProducerRecord<>(topic, sample.index(), JSON.writeValueAsBytes(sample)));
            }
            producer.commitTransaction();
        } catch (RuntimeException e) {
            try {
                producer.abortTransaction();
            } catch (KafkaException notAborted) {
                // Another program may have ended this one. The next program ends the transaction.
                e.addSuppressed(notAborted);
            }
            throw e;
        }
    }

    /**
     * The index after the last sample in the topic, or 0. Call it before {@link #write}. Reads the last records of each partition: transactions are
     * written in the order of the indices, so the largest key is that of the last sample.
     *
     * @throws IllegalStateException if the topic has lost its samples, or does not answer
     */
    public long next(Consumer<Long, byte[]> consumer) {
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
        long next = 0;
        for (Map.Entry<TopicPartition, Long> end :
                consumer.endOffsets(partitions).entrySet()) {
            next = Math.max(next, next(consumer, end.getKey(), end.getValue()));
        }
        return next;
    }

    private static long next(Consumer<Long, byte[]> consumer, TopicPartition partition, long end) {
        consumer.assign(List.of(partition));
        // The last offsets may be markers of transactions, or samples of one that was ended, so the distance grows
        // until there is a sample.
        long beginning = consumer.beginningOffsets(List.of(partition))
                .values()
                .iterator()
                .next();
        long start = end;
        long next = 0;
        for (long back = 1; start > beginning && next == 0; back *= 2) {
            start = Math.max(beginning, end - back);
            consumer.seek(partition, start);
            for (int silent = 0; consumer.position(partition) < end; silent++) {
                if (silent == MOST_POLLS) {
                    throw new IllegalStateException(partition + " must have records up to " + end
                            + ", but gave none in " + POLL.multipliedBy(MOST_POLLS));
                }
                for (ConsumerRecord<Long, byte[]> record : consumer.poll(POLL)) {
                    next = Math.max(next, record.key() + 1);
                    silent = 0;
                }
            }
        }
        if (next == 0 && beginning > 0) {
            throw new IllegalStateException(partition + " must keep its last sample, but begins at offset " + beginning
                    + " without one; set retention.ms to -1");
        }
        return next;
    }
}
