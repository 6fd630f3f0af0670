package io.scoreflux.recipes

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.shouldBe
import org.apache.kafka.clients.admin.Admin
import org.apache.kafka.clients.admin.NewTopic
import org.apache.kafka.clients.consumer.KafkaConsumer
import org.apache.kafka.clients.producer.KafkaProducer
import org.apache.kafka.clients.producer.ProducerRecord
import org.apache.kafka.common.KafkaException
import org.apache.kafka.common.TopicPartition
import org.apache.kafka.common.serialization.ByteArrayDeserializer
import org.apache.kafka.common.serialization.ByteArraySerializer
import org.apache.kafka.common.serialization.LongDeserializer
import org.apache.kafka.common.serialization.LongSerializer
import org.apache.kafka.common.test.KafkaClusterTestKit
import org.apache.kafka.common.test.TestKitNodes
import tools.jackson.databind.json.JsonMapper
import java.time.Duration
import java.util.Optional

/** Against a broker in this process. */
class KafkaSpec :
    StringSpec({
        val nodes = TestKitNodes.Builder().setCombined(true).setNumBrokerNodes(1).setNumControllerNodes(1).build()
        val cluster = KafkaClusterTestKit.Builder(nodes)
            .setConfigProp("offsets.topic.replication.factor", "1")
            .setConfigProp("transaction.state.log.replication.factor", "1")
            .setConfigProp("transaction.state.log.min.isr", "1")
            .build()
        beforeSpec {
            cluster.format()
            cluster.startup()
            cluster.waitForReadyBrokers()
        }
        afterSpec { cluster.close() }

        fun producer() =
            KafkaProducer(
                mapOf<String, Any>(
                    "bootstrap.servers" to cluster.bootstrapServers(),
                    "transactional.id" to "samples",
                ),
                LongSerializer(),
                ByteArraySerializer(),
            )

        fun consumer() =
            KafkaConsumer(
                mapOf<String, Any>(
                    "bootstrap.servers" to cluster.bootstrapServers(),
                    "isolation.level" to "read_committed",
                ),
                LongDeserializer(),
                ByteArrayDeserializer(),
            )

        /** Writes the samples that are missing, up to an index, and returns that of the first. */
        fun write(
            topic: String,
            to: Long,
        ) = producer().use { producer ->
            val writer = KafkaRecipe(producer, topic, 7)
            val next = consumer().use { writer.next(it) }
            if (next < to) writer.write(ring().build(), next, to)
            next
        }

        fun create(
            topic: String,
            partitions: Int,
        ) = Admin.create(mapOf<String, Any>("bootstrap.servers" to cluster.bootstrapServers())).use {
            it.createTopics(listOf(NewTopic(topic, Optional.of(partitions), Optional.of(1.toShort())))).all().get()
        }

        /** All committed samples of a topic, in the order of their indices. */
        fun all(
            topic: String,
            count: Int,
        ) = consumer().use { consumer ->
            val records = ArrayList<Pair<Long, String>>()
            val partitions = consumer.partitionsFor(topic).map { TopicPartition(topic, it.partition()) }
            consumer.assign(partitions)
            consumer.seekToBeginning(partitions)
            val ends = consumer.endOffsets(partitions)
            while (partitions.any { consumer.position(it) < ends.getValue(it) }) {
                consumer.poll(Duration.ofMillis(100)).forEach { records += it.key() to it.value().decodeToString() }
            }
            records.size shouldBe count
            records.sortedBy { it.first }
        }

        val json = JsonMapper()
        val expected = ring().build().samples(0, 100).collectList().block()!!
            .map { it.index() to json.writeValueAsString(it) }

        "each sample is in the topic once, also after an interruption in the middle of a transaction" {
            for (partitions in listOf(1, 3)) {
                val topic = "samples-$partitions"
                create(topic, partitions)
                write(topic, 30) shouldBe 0
                // A program that is killed leaves an open transaction.
                val killed = producer()
                killed.initTransactions()
                killed.beginTransaction()
                for (k in 30L..33L) killed.send(ProducerRecord(topic, k, "cut".toByteArray()))
                killed.flush()
                write(topic, 100) shouldBe 30
                // The first program, if it still lives, cannot commit any more.
                shouldThrow<KafkaException> { killed.commitTransaction() }
                killed.close(Duration.ZERO)
                all(topic, 100) shouldBe expected
                write(topic, 100) shouldBe 100
            }
        }
    })
