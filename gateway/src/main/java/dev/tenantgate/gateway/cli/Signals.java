package dev.tenantgate.gateway.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handlers of the process's signals. Java has no public way: {@code sun.misc.Signal} is the one
 * that every JVM from 17 on supports (module {@code jdk.unsupported}), reached by reflection
 * because compilers warn of it.
 */
public final class Signals {

  private static final Logger log = LoggerFactory.getLogger(Signals.class);

  private Signals() {}

  /**
   * Runs an action, on a thread of its own, each time the signal comes, instead of what the JVM
   * would do.
   *
   * @param name without SIG: {@code TERM}
   * @return puts back what the JVM did before
   */
  public static Handling on(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      InvocationHandler invocation = (proxy, method, arguments) -> handle(method, action);
      Object proxy =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(), new Class<?>[] {handler}, invocation);
      Object number = signal.getConstructor(String.class).newInstance(name);
      Method handle = signal.getMethod("handle", signal, handler);
      Object before = handle.invoke(null, number, proxy);
      return () -> restore(handle, number, before);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      // Windows has no SIGHUP; a JVM may be told to leave signals alone (-Xrs).
      log.atDebug().addKeyValue("signal", name).setCause(e).log("signal can't be handled");
      return () -> {};
    }
  }

  private static void restore(Method handle, Object signal, Object before) {
    try {
      handle.invoke(null, signal, before);
    } catch (ReflectiveOperationException e) {
      log.atDebug().setCause(e).log("a signal's handling can't be put back");
    }
  }

  /** A signal that is handled as said, until this is called. */
  @FunctionalInterface
  public interface Handling {
    void end();
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
