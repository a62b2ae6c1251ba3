package dev.tenantgate.gateway.log;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.IThrowableProxy;

/**
 * A stack trace, each line of it indented, so that none can pass for an event of its own. The
 * pattern's word is {@code trace}. Thread-safe.
 */
public final class IndentedTrace extends ThrowableProxyConverter {

  @Override
  protected String throwableProxyToString(IThrowableProxy proxy) {
    StringBuilder indented = new StringBuilder();
    super.throwableProxyToString(proxy)
        .lines()
        .forEach(line -> indented.append('\t').append(line.strip()).append('\n'));
    return indented.toString();
  }
}
