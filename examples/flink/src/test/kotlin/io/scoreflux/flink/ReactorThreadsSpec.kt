package io.scoreflux.flink

import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.booleans.shouldBeFalse
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import org.reactivestreams.Publisher
import reactor.core.scheduler.Scheduler
import reactor.core.scheduler.Schedulers
import java.net.URLClassLoader
import java.util.concurrent.CompletableFuture
import java.util.function.BiConsumer

/** Loads Reactor and this library itself, as Flink does with the jar of a job, and the rest from the cluster. */
private class OfJob :
    URLClassLoader(
        listOf(Schedulers::class, ReactorThreads::class, Publisher::class)
            .map { it.java.protectionDomain.codeSource.location }.toTypedArray(),
        ReactorThreads::class.java.classLoader,
    ) {
    override fun loadClass(name: String, resolve: Boolean): Class<*> = synchronized(getClassLoadingLock(name)) {
        val own = name.startsWith("reactor.") || name.startsWith("io.scoreflux.")
        if (own) findLoadedClass(name) ?: findClass(name) else super.loadClass(name, resolve)
    }
}

class ReactorThreadsSpec : StringSpec({
    fun hooks(ofThreads: Class<*>): Map<String, Runnable> {
        val hooks = HashMap<String, Runnable>()
        ofThreads.getDeclaredMethod("endWith", BiConsumer::class.java).apply { isAccessible = true }
            .invoke(null, BiConsumer<String, Runnable> { name, hook -> hooks[name] = hook })
        return hooks
    }

    "threads of a job with its own Reactor end when Flink releases its class loader" {
        OfJob().use { loader ->
            val schedulers = loader.loadClass(Schedulers::class.java.name)
            (schedulers === Schedulers::class.java).shouldBeFalse()
            val scheduler = schedulers.getMethod("parallel").invoke(null)
            val thread = CompletableFuture<Thread>()
            loader.loadClass(Scheduler::class.java.name).getMethod("schedule", Runnable::class.java)
                .invoke(scheduler, Runnable { thread.complete(Thread.currentThread()) })
            thread.get().isAlive.shouldBeTrue()
            val hooks = hooks(loader.loadClass(ReactorThreads::class.java.name))
            hooks.keys shouldContainExactly setOf("reactor")
            hooks.values.forEach { it.run() }
            thread.get().join()
        }
    }

    "threads of Reactor on the class path of the cluster are not ended" {
        hooks(ReactorThreads::class.java).keys.shouldBeEmpty()
    }
})
