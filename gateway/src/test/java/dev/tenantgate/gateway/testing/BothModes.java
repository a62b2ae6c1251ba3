package dev.tenantgate.gateway.testing;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A test of session and of transaction pooling: it takes the value of {@code pool.mode}. */
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest
@ValueSource(strings = {"session", "transaction"})
public @interface BothModes {}
