package io.scoreflux.flink

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import org.apache.flink.streaming.api.datastream.DataStream
import java.io.File

/** The examples of docs/flink.md are the compiled ones, and they run. */
class DocumentationSpec : StringSpec({
    val cluster = miniCluster(slots = 1)
    beforeSpec { cluster.before() }
    afterSpec { cluster.after() }

    fun <T> DataStream<T>.all(): List<T> = executeAndCollect().use { it.asSequence().toList() }

    "shows the examples as they are compiled" {
        val file = File("src/test/java/io/scoreflux/flink/Examples.java").readText()
        val blocks = Regex("(?s)```java\\n(.*?)```").findAll(File("../../docs/flink.md").readText()).toList()
        blocks.size shouldBe 3
        for (block in blocks) {
            val (imports, lines) = block.groupValues[1].lines().partition { it.startsWith("import ") }
            file.replace(Regex("\\s+"), "") shouldContain lines.joinToString("").replace(Regex("\\s+"), "")
            imports.forEach { file.lines() shouldContain it }
        }
    }

    "the source emits a thousand samples" {
        Examples.source(cluster.environment(2)).all().map { it.index() } shouldContainExactlyInAnyOrder
            (0L until 1000L).toList()
    }

    "each request has a sample" {
        val users = cluster.environment(2).fromData(3L, 1L, 4L)
        Examples.requests(users, Examples.factory()).all().map {
            it.request().get().seed()
        } shouldContainExactlyInAnyOrder
            listOf(3L, 1L, 4L)
    }
})
