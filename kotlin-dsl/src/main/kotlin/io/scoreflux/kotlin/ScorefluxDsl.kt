package io.scoreflux.kotlin

/** Marks the scopes of `sampler { }` and `posterior { }`: inside one of them the words of those around it cannot be used by mistake. */
@DslMarker
@Target(AnnotationTarget.CLASS)
@Retention(AnnotationRetention.BINARY)
public annotation class ScorefluxDsl
