package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.scan.SqlScan;
import dev.tenantgate.gateway.settings.AnalysisSettings;
import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.settings.Whereabouts;
import io.netty.buffer.ByteBuf;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The analysis of a statement depends on more than its text: on the parameters that tell what a
 * literal means, and on the rights by which names are looked up. PostgreSQL analyses a statement
 * once, when the client prepares it; where the gateway prepares it anew, the session has for that
 * moment what it had then. Event-loop confined.
 */
final class AnalysisContext {

  private final Relay relay;
  private final Requests requests;

  /** The client's settings when they were last looked at, and those of them that analysis reads. */
  private SessionSettings lastSettings = SessionSettings.NONE;

  private SessionSettings lastRead = SessionSettings.NONE;

  AnalysisContext(Relay relay, Requests requests) {
    this.relay = relay;
    this.requests = requests;
  }

  /** The client's settings, as far as analysis reads them; null where nobody can say. */
  @Nullable SessionSettings settings() {
    if (relay.effects().isAnalysisInDoubt()) {
      return null;
    }
    SessionSettings now = relay.carried().current();
    if (!now.equals(lastSettings)) {
      lastSettings = now;
      lastRead = AnalysisSettings.of(now);
    }
    return lastRead;
  }

  /** By whose rights names are looked up; null where nobody can say. */
  @Nullable Whereabouts user() {
    PooledBackend backend = relay.backend();
    if (backend != null
        && relay.effects().isUserOfAnother(requests.batch())
        && (backend.owed().hasReady() || relay.effects().hasErrored())) {
      return null; // the batch that has said so may still fail, or has
    }
    return relay.effects().user(relay.carried().current());
  }

  /**
   * Writes what a Parse of ours is to stand behind, within the same batch, so that an error takes
   * both back.
   *
   * @param text with the NUL
   * @param settings when the client prepared it; null where nobody could say
   * @param user likewise
   * @return what is to be written behind it, by {@link BatchResets#write}
   */
  List<String> enter(
      PooledBackend backend, ByteBuf text, @Nullable Object settings, @Nullable Object user) {
    AnalysisDetour detour = detour(now(), text, settings, user);
    BatchResets.write(backend, detour.there());
    return detour.back();
  }

  /** The session as it is before what is to be written next. */
  Now now() {
    return new Now(settings(), user());
  }

  /**
   * The parts of a session that analysis reads.
   *
   * @param settings null where nobody can say
   * @param user likewise
   */
  record Now(@Nullable SessionSettings settings, @Nullable Whereabouts user) {}

  /** The same, for a caller who writes both. */
  static AnalysisDetour detour(
      Now session, ByteBuf text, @Nullable Object settings, @Nullable Object user) {
    SessionSettings now = session.settings();
    Map<String, @Nullable String> others =
        now != null && settings instanceof SessionSettings then ? differences(now, then) : Map.of();
    Whereabouts current = session.user();
    boolean another =
        user instanceof Whereabouts then
            && isAscii(then)
            && (current == null || !then.isAs(current));
    // Other commands are looked at when they are run; some of them where nothing else may be.
    if ((others.isEmpty() && !another) || !SqlScan.isAboutRows(text, 0, text.readableBytes())) {
      return AnalysisDetour.NONE;
    }
    AnalysisDetour detour =
        new AnalysisDetour(current != null && isAscii(current) ? current : null);
    if (now != null && !others.isEmpty()) {
      detour.becomeLogin();
      others.forEach((name, value) -> detour.set(name, value, now.get(name)));
    }
    if (another && user instanceof Whereabouts then) {
      detour.become(then);
    } else {
      detour.becomeOrigin();
    }
    return detour;
  }

  private static Map<String, @Nullable String> differences(
      SessionSettings now, SessionSettings then) {
    Map<String, @Nullable String> differences = new LinkedHashMap<>();
    now.differences(
        then,
        (name, value) -> {
          if (isAscii(value) && isAscii(now.get(name))) {
            differences.put(name, value);
          }
        });
    return differences;
  }

  private static boolean isAscii(Whereabouts user) {
    return isAscii(user.role()) && isAscii(user.authorization());
  }

  private static boolean isAscii(@Nullable String value) {
    return value == null || RestoringQuery.isAscii(value);
  }
}
