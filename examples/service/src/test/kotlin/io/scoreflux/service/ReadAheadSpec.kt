package io.scoreflux.service

import io.kotest.core.spec.style.FreeSpec
import io.kotest.matchers.longs.shouldBeInRange
import io.kotest.matchers.longs.shouldBeLessThan
import io.netty.channel.ChannelOption
import org.springframework.beans.factory.config.BeanPostProcessor
import org.springframework.boot.reactor.netty.NettyServerCustomizer
import org.springframework.context.support.GenericApplicationContext

private const val COUNT = 10_000
private const val ROUND_TRIPS = 50

/** Samples that are computed for a client that reads nothing. `-Dread-ahead.table` prints the table of the README. */
class ReadAheadSpec : FreeSpec({
    val exact = twoModes()
    val receiveBuffers = listOf(1_024, 16 * 1_024, null)

    /** The samples that are started for each size of the receive buffer, until the model is idle. */
    fun started(beans: (GenericApplicationContext) -> Unit): List<Long> = receiveBuffers.map { receiveBuffer ->
        val desk = Desk(exact)
        Running(desk, "--scoreflux.service.write-timeout=1h", beans = beans).use { service ->
            service.send("GET $PATH?count=$COUNT HTTP/1.1\r\nHost: localhost\r\n\r\n", receiveBuffer).use { client ->
                client.awaitAnswer()
                // Each request passes through the threads of the web server and of the model.
                var same = 0
                await("an idle model") {
                    val before = desk.started.get()
                    service.get("?count=0")
                    service.awaitModel()
                    same = if (desk.started.get() == before) same + 1 else 0
                    same == ROUND_TRIPS
                }
                desk.started.get()
            }
        }
    }

    "a client that reads nothing: the buffers fill up, and the work stops".config(
        enabled = System.getProperty("read-ahead.table") != null,
    ) {
        val limited = started {}
        val unlimited = started { it.beanFactory.addBeanPostProcessor(WithoutSendBuffer) }
        println("receive buffer         1 KiB, 16 KiB, the system's default")
        println("send buffer of 32 KiB  ${limited.joinToString()} of $COUNT samples")
        println("the system's           ${unlimited.joinToString()} of $COUNT samples")
        // Systems differ in what they make of a size.
        if (System.getProperty("os.name") == "Linux") {
            limited[0].shouldBeInRange(1L..500L)
            limited[1].shouldBeInRange(1L..800L)
            limited[2] shouldBeLessThan unlimited[2]
        }
    }
})

/** Leaves the send buffer to the system. */
private object WithoutSendBuffer : BeanPostProcessor {
    override fun postProcessAfterInitialization(
        bean: Any,
        name: String,
    ): Any = if (bean is NettyServerCustomizer && name == "connectionSettings") {
        NettyServerCustomizer { bean.apply(it).childOption(ChannelOption.SO_SNDBUF, null) }
    } else {
        bean
    }
}
