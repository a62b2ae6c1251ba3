package dev.tenantgate.gateway.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the process does when it is sent a signal. Java has no public way: {@code sun.misc.Signal}
 * is the one that every JVM from 17 on supports (module {@code jdk.unsupported}), reached by
 * reflection because compilers warn of it.
 */
final class Signals {

  private static final Logger log = LoggerFactory.getLogger(Signals.class);

  private Signals() {}

  /**
   * Runs an action, on a thread of its own, each time the signal comes, instead of what the JVM
   * would do.
   *
   * @param name without SIG: {@code TERM}
   */
  static void on(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      InvocationHandler invocation = (proxy, method, arguments) -> handle(method, action);
      Object proxy =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(), new Class<?>[] {handler}, invocation);
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      // Windows has no SIGHUP; a JVM may be told to leave signals alone (-Xrs).
      log.atDebug().addKeyValue("signal", name).setCause(e).log("signal can't be handled");
    }
  }

  private static Object handle(Method method, Runnable action) {
    return switch (method.getName()) {
      case "handle" -> {
        action.run();
        yield true;
      }
      case "hashCode" -> System.identityHashCode(action);
      case "toString" -> "signal handler";
      default -> false;
    };
  }
}
