package io.scoreflux.kotlin

import io.scoreflux.error.HasViolation
import io.scoreflux.error.InvalidArgumentException
import io.scoreflux.error.InvalidConfigurationException
import kotlin.properties.ReadWriteProperty
import kotlin.reflect.KProperty

/** The identifiers of settings in the Java API, and the properties and functions of the DSL for them. */
@get:JvmSynthetic
internal val NAMES: Map<String, String> = mapOf(
    "OnnxDenoiser" to "target.onnx",
    "gateway" to "target.gateway",
    "moments" to "target.moments",
    "noise" to "observe.noise",
    "particles" to "particles",
    "radius" to "target.radius",
    "fromSigma" to "reverseProcess.from",
    "toSigma" to "reverseProcess.to",
    "boundaries" to "reverseProcess.boundaries",
    "stages" to "reverseProcess.stages",
    "afterStage" to "reverseProcess.afterStage",
    "plan" to "plan",
    "label" to "label",
    "guidance" to "guidance",
    "negative" to "negative",
    "tensors" to "condition",
    "correct" to "correct",
    "solver" to "solver",
    "tolerance" to "tolerance",
    "maxCalls" to "maxCalls",
    "maxDegree" to "maxDegree",
    "sliding" to "collocation",
    "picard" to "picard",
    "parallel" to "parallel",
    "concurrency" to "engine.concurrency",
    "memory" to "engine.memory",
    "prefetch" to "engine.prefetch",
    "parallelism" to "engine.parallelism",
    "deadline" to "engine.deadline",
    "maxRows" to "engine.maxRows",
    "maxInFlight" to "engine.maxInFlight",
    "timeout" to "engine.timeout",
    "retries" to "engine.retries",
    "term" to "constraint and prior",
    "prior" to "prior",
    "gradient" to "gradient",
    "coordinates" to "coordinates",
    "chains" to "chains.count",
    "firstChain" to "chains.first",
    "burnIn" to "chains.burnIn",
    "thinning" to "chains.thinning",
    "initialState" to "chains.initialState",
    "initialStates" to "chains.initialStates",
    "bound" to "steps.bound",
    "safety" to "steps.safety",
    "step" to "steps.eta",
    "asymmetryLimit" to "steps.asymmetryLimit",
    "preconditioner" to "steps.preconditioner",
    "curvature" to "steps.curvature",
    "classes" to "label",
    "condition" to "condition",
    "fixedRows" to "fixedRows",
    "inputs" to "input",
    "learnedVariance" to "learnedVariance",
    "output" to "output",
    "shape" to "shape",
    "state" to "state",
    "time" to "time",
    "timeInput" to "time",
    "bounds" to "bounds",
    "within" to "within",
    "order" to "engine.order",
)

/** Runs a check of one value. Errors of the Java API are renamed to the [property] and get the [remedy] if they have none. */
@JvmSynthetic
internal inline fun <T> named(property: String, remedy: String, check: () -> T): T =
    try {
        check()
    } catch (e: IllegalArgumentException) {
        throw refused(e, remedy) { setting -> property + path(setting) }
    }

/** Runs a check of a function with several values. The error names the function and the value that the Java API rejects. */
@JvmSynthetic
internal inline fun <T> called(function: String, remedy: String, check: () -> T): T =
    try {
        check()
    } catch (e: IllegalArgumentException) {
        throw refused(e, remedy) { setting -> "$function: $setting" }
    }

/** Builds an object. Errors of the Java API get the names of the DSL. */
@JvmSynthetic
internal inline fun <T> built(build: () -> T): T =
    try {
        build()
    } catch (e: IllegalStateException) {
        throw if (e is HasViolation) InvalidConfigurationException(e.violation().named(NAMES::get), e) else e
    } catch (e: IllegalArgumentException) {
        throw refused(e, "") { null }
    }

/** Returns the error with the name of its setting from [naming], or else from [NAMES]. */
@JvmSynthetic
internal fun refused(
    e: IllegalArgumentException,
    remedy: String,
    naming: (setting: String) -> String?,
): IllegalArgumentException {
    if (e !is HasViolation) return e
    val violation = e.violation()
    val here = violation.named(NAMES::get)
    val own = naming(violation.setting())?.let(here::withSetting) ?: here
    val helpless = own.remedies().isEmpty() && remedy.isNotEmpty()
    return InvalidArgumentException(if (helpless) own.withRemedies(remedy) else own, e)
}

/** Returns the indices and members of a setting, such as `[3]` of `states[3]`. */
@JvmSynthetic
internal fun path(setting: String): String =
    setting.indexOfFirst { it == '[' || it == '.' }.let { if (it < 0) "" else setting.substring(it) }

/** Throws an [InvalidArgumentException] unless a rule [holds]. */
@JvmSynthetic
internal fun requireRule(holds: Boolean, setting: String, rule: String, value: Any?, vararg remedies: String) {
    if (!holds) throw InvalidArgumentException(setting, rule, value, *remedies)
}

/** Throws an [InvalidConfigurationException] unless a rule [holds]. */
@JvmSynthetic
internal fun checkRule(holds: Boolean, setting: String, rule: String, value: Any?, vararg remedies: String) {
    if (!holds) throw InvalidConfigurationException(setting, rule, value, *remedies)
}

/** Returns the [chosen] value of a setting without a default. */
@JvmSynthetic
internal fun <T : Any> given(chosen: T?, setting: String, remedy: String): T =
    chosen ?: throw InvalidConfigurationException(setting, "must be given", "missing", remedy)

/** A choice of one of several functions that exclude each other. */
internal class Choice<T : Any>(private val scope: String) {
    private var word: String? = null
    var chosen: T? = null
        private set

    fun choose(newWord: String, value: () -> T) {
        val before = word
        val both = if (before == newWord) "$newWord twice" else "both $before and $newWord"
        checkRule(before == null, scope, "must have at most one of its alternatives", both, "leave one out")
        word = newWord
        chosen = value()
    }

    /** Throws unless a function has been chosen. */
    fun requireChosen(setting: String, remedy: String) {
        checkRule(chosen != null, setting, "must have one of its functions", "empty", remedy, "leave it out")
    }
}

/**
 * The properties of a scope that are settings of a Java builder. A separate builder checks each property when it is set. [applyTo] passes the
 * properties that were set to the final builder, so that the builder's defaults apply to all others.
 */
internal class Settings<B>(private val scope: String, private val probe: () -> B) {
    private val told = LinkedHashMap<String, (B) -> Unit>()

    fun applyTo(builder: B) {
        told.values.forEach { it(builder) }
    }

    /** Returns the properties that were set, with their scope. */
    fun written(): Set<String> = told.keys.mapTo(LinkedHashSet()) { path(it) }

    /** Checks and stores a setting. It replaces an earlier setting with the same [key]. */
    fun put(name: String, remedy: String, key: String = name, setting: (B) -> Unit) {
        named(path(name), remedy) { setting(probe()) }
        told[key] = setting
    }

    /** Returns a property. Its value null means the builder's default. */
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
