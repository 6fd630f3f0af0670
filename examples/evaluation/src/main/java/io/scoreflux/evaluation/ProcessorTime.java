package io.scoreflux.evaluation;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** The processor time of this virtual machine, of all its threads. */
final class ProcessorTime {
    private ProcessorTime() {}

    /** The processor time during an action, in nanoseconds, at least 1. */
    static long nanos(Runnable action) {
        long start = now();
        action.run();
        return Math.max(1, now() - start);
    }

    private static long now() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                && system.getProcessCpuTime() >= 0) {
            return system.getProcessCpuTime();
        }
        throw new UnsupportedOperationException("this virtual machine does not know its processor time");
    }
}
