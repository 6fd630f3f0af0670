package io.scoreflux.kotlin

import kotlin.properties.ReadWriteProperty
import kotlin.reflect.KProperty

private val ONE_WORD = Regex("^\\w+ must ")

/**
 * Runs a check of the Java side, whose sentence begins with its own name for the value; it is told with the property's name as it
 * is written here, and with what to do, unless it says so itself.
 */
@JvmSynthetic
internal inline fun <T> named(property: String, remedy: String, check: () -> T): T =
    try {
        check()
    } catch (e: IllegalArgumentException) {
        throw IllegalArgumentException(sentence(property, e.message.orEmpty(), remedy), e)
    }

/** The same for a function of several values, of which the Java side names one. */
@JvmSynthetic
internal inline fun <T> called(function: String, remedy: String, check: () -> T): T =
    try {
        check()
    } catch (e: IllegalArgumentException) {
        throw IllegalArgumentException(remedied("$function: ${inDslWords(e.message.orEmpty())}", remedy), e)
    }

@JvmSynthetic
internal fun sentence(property: String, rule: String, remedy: String): String {
    val told = inDslWords(if (ONE_WORD in rule) rule.replace(ONE_WORD, "$property must ") else "$property: $rule")
    return remedied(told, remedy)
}

@JvmSynthetic
internal fun remedied(told: String, remedy: String): String = if (';' in told) told else "$told; $remedy"

/** What the Java builders call by names that are written otherwise here. */
private val WORDS = listOf(
    Regex("\\bfromSigma\\b") to "reverseProcess.from",
    Regex("\\btoSigma\\b") to "reverseProcess.to",
    Regex("^OnnxDenoiser takes\\b") to "target.onnx takes",
    Regex("^cuts must\\b") to "reverseProcess.cuts must",
    Regex("^a stage is to come\\b") to "reverseProcess.after: a stage is to come",
    Regex("^memory must hold\\b") to "engine.memory must hold",
    Regex("^lanes must\\b") to "engine.lanes must",
    Regex("ask without a condition, or take a denoiser .*") to "leave it out, or give the target classes",
    Regex("^starts\\b") to "chains.starts",
    Regex("^start must\\b") to "chains.start must",
    Regex("^the term must\\b") to "constraint and prior must",
    Regex("\\buse sliding\\b") to "use collocation",
    Regex("^firstChain and chains\\b") to "chains.first and chains.count",
)

@JvmSynthetic
internal fun inDslWords(sentence: String): String =
    WORDS.fold(sentence) { told, (java, here) -> told.replace(java, here) }

/** Builds; what the Java side refuses is told in the words of the DSL. */
@JvmSynthetic
internal inline fun <T> built(build: () -> T): T =
    try {
        build()
    } catch (e: IllegalArgumentException) {
        throw IllegalArgumentException(inDslWords(e.message.orEmpty()), e)
    } catch (e: IllegalStateException) {
        throw IllegalStateException(inDslWords(e.message.orEmpty()), e)
    }

/** One of several words, which exclude each other. */
internal class Choice<T : Any>(private val scope: String) {
    private var word: String? = null
    var chosen: T? = null
        private set

    fun choose(newWord: String, value: () -> T) {
        val before = word
        check(before == null) {
            if (before == newWord) {
                "$scope has $newWord twice; leave one out"
            } else {
                "$scope has both $before and $newWord; leave one out"
            }
        }
        word = newWord
        chosen = value()
    }
}

/**
 * The properties of a scope that are settings of a Java builder: each is checked by a builder of its own where it is written, and
 * passed on when the sampler is built. What is not written is not passed on, so that defaults are the builder's.
 */
internal class Settings<B>(private val scope: String, private val probe: () -> B) {
    private val told = LinkedHashMap<String, (B) -> Unit>()

    fun applyTo(builder: B) {
        told.values.forEach { it(builder) }
    }

    /** The properties that were written, with their scope. */
    fun written(): Set<String> = told.keys.mapTo(LinkedHashSet()) { path(it) }

    /** What has a [key] of its own is there as often as it is written. */
    fun put(name: String, remedy: String, key: String = name, setting: (B) -> Unit) {
        named(path(name), remedy) { setting(probe()) }
        told[key] = setting
    }

    /** A property of which null is the builder's default. */
    fun <V : Any> of(remedy: String, setting: B.(V) -> Unit): ReadWriteProperty<Any?, V?> =
        object : ReadWriteProperty<Any?, V?> {
            private var value: V? = null

            override fun getValue(thisRef: Any?, property: KProperty<*>): V? = value

            override fun setValue(thisRef: Any?, property: KProperty<*>, value: V?) {
                if (value == null) {
                    told -= property.name
                } else {
                    put(property.name, remedy) { it.setting(value) }
                }
                this.value = value
            }
        }

    private fun path(name: String) = if (scope.isEmpty()) name else "$scope.$name"
}
