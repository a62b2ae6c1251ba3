package dev.tenantgate.gateway.testing.wire;

import dev.tenantgate.config.PoolSettings;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A scenario at the wire: runs in session pooling and in transaction pooling, each with bytes that
 * come whole, one by one, and in random pieces. Takes a {@link Wire}, which has to be clean at the
 * end.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(WireTestExtension.class)
public @interface WireTest {

  /** The modes that it is about; both by default. */
  PoolSettings.Mode[] value() default {PoolSettings.Mode.SESSION, PoolSettings.Mode.TRANSACTION};

  /** Whether bytes only come whole: there are too many of them to come one by one. */
  boolean large() default false;
}
