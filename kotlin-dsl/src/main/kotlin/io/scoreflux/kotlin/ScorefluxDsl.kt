package io.scoreflux.kotlin

/** Marks the scopes of `sampler { }`, `posterior { }` and `expectation { }`. A nested scope cannot implicitly call functions of an enclosing scope. */
@DslMarker
@Target(AnnotationTarget.CLASS)
@Retention(AnnotationRetention.BINARY)
public annotation class ScorefluxDsl
