package io.scoreflux.internal.stream

import com.sun.management.ThreadMXBean
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.scoreflux.stream.Desk
import io.scoreflux.stream.Gateway
import java.lang.management.ManagementFactory
import kotlin.random.Random

private class Element(val number: Int) : Linked<Element> {
    private var next: Element? = null

    override fun next() = next

    override fun next(value: Element?) {
        next = value
    }
}

/** The queues of the engine allocate nothing, so that a lack of memory cannot empty them. */
class LinkedQueueSpec : StringSpec({
    "any sequence of operations has the results of a deque" {
        for (seed in 0 until 200) {
            val random = Random(seed)
            val elements = List(12) { Element(it) }
            val queues = List(2) { LinkedQueue<Element>() }
            val deques = List(2) { java.util.ArrayDeque<Element>() }
            repeat(200) {
                val k = random.nextInt(2)
                val element = elements[random.nextInt(elements.size)]
                when (random.nextInt(5)) {
                    0, 1 -> if (deques.none { element in it }) {
                        queues[k].add(element)
                        deques[k].add(element)
                    }

                    2 -> queues[k].poll() shouldBe deques[k].poll()

                    3 -> queues[k].remove(element) shouldBe deques[k].remove(element)

                    else -> if (random.nextInt(5) == 0) {
                        queues[k].takeAll(queues[1 - k])
                        deques[k].addAll(deques[1 - k])
                        deques[1 - k].clear()
                    }
                }
                for (i in 0..1) {
                    queues[i].map { it.number } shouldBe deques[i].map { it.number }
                    queues[i].size shouldBe deques[i].size
                    queues[i].peek() shouldBe deques[i].peek()
                    queues[i].last() shouldBe deques[i].peekLast()
                    queues[i].isEmpty() shouldBe deques[i].isEmpty()
                }
            }
        }
    }

    "adding, moving and removing allocate nothing" {
        val threads = ManagementFactory.getThreadMXBean() as ThreadMXBean
        val elements = Array(10_000) { Element(it) }
        val one = LinkedQueue<Element>()
        val other = LinkedQueue<Element>()

        fun pass() {
            for (element in elements) one.add(element)
            other.takeAll(one)
            for (i in 0 until 10) other.remove(elements[i])
            while (other.poll() != null) continue
        }
        pass()
        threads.currentThreadAllocatedBytes
        val before = threads.currentThreadAllocatedBytes
        pass()
        val allocated = threads.currentThreadAllocatedBytes - before
        // Ten thousand references alone take 40 kB. The virtual machine allocates the rest.
        (allocated < 4_000) shouldBe true
    }

    "the queues of a gateway and of rails are linked" {
        for (type in listOf(BatchGateway::class.java, Rail::class.java)) {
            val gateway = BatchGateway.of(Gateway.builder(Desk(io.scoreflux.threeModes())).build())
            val owner: Any = if (type == BatchGateway::class.java) {
                gateway
            } else {
                Rail(gateway, null, null, ActiveTime(null))
            }
            type.declaredFields
                .onEach { it.isAccessible = true }
                .filter { it.get(owner) is java.util.ArrayDeque<*> || it.get(owner) is java.util.HashSet<*> }
                .map { it.name }
                .shouldBeEmpty()
        }
    }
})
