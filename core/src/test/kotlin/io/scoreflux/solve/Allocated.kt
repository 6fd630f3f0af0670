package io.scoreflux.solve

import com.sun.management.ThreadMXBean
import io.kotest.core.test.Enabled
import java.lang.management.ManagementFactory

/** The bytes that the virtual machine allocates for the current thread. */
internal object Allocated {
    private val threads = ManagementFactory.getThreadMXBean() as? ThreadMXBean

    // From JDK 21 on the sine and cosine of StrictMath are written in Java and allocate an array in each call, so that every normal does.
    private const val FIRST_WITH_ALLOCATING_SINE = 21

    fun bytes(): Long = checkNotNull(threads).currentThreadAllocatedBytes

    /** Enables a case on virtual machines that count allocated bytes. */
    val counted: (Any) -> Enabled = {
        if (threads?.isThreadAllocatedMemorySupported == true) {
            Enabled.enabled
        } else {
            Enabled.disabled("this virtual machine does not count allocated bytes")
        }
    }

    /** Enables a case of a solver; one that draws noise only where noise does not allocate. */
    fun countedFor(drawsNoise: Boolean): (Any) -> Enabled = { case ->
        if (drawsNoise && Runtime.version().feature() >= FIRST_WITH_ALLOCATING_SINE) {
            Enabled.disabled("StrictMath.sin of this virtual machine allocates, so that noise does")
        } else {
            counted(case)
        }
    }
}
