package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.scan.SqlScan;
import dev.tenantgate.gateway.settings.AnalysisSettings;
import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.settings.Whereabouts;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The analysis of a statement depends on more than its text: on the parameters that tell what a
 * literal means, and on the rights by which names are looked up. PostgreSQL analyses a statement
 * once, when the client prepares it; where the gateway prepares it anew, the session has for that
 * moment what it had then. Event-loop confined.
 */
final class AnalysisContext {

  private static final String ROLE = "role";
  private static final String USER = "session_authorization";

  /** Parameters of the gateway's own, which last as long as the transaction. */
  private static final String KEPT = "tenantgate.kept_";

  private final Relay relay;

  /** The client's settings when they were last looked at, and those of them that analysis reads. */
  private SessionSettings lastSettings = SessionSettings.NONE;

  private SessionSettings lastRead = SessionSettings.NONE;

  AnalysisContext(Relay relay) {
    this.relay = relay;
  }

  /** What the client has set, as far as analysis reads that; null where nobody can say. */
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
    List<String> there = new ArrayList<>(0);
    List<String> back = new ArrayList<>(0);
    SessionSettings now = settings();
    boolean others = now != null && settings instanceof SessionSettings then && !then.equals(now);
    Whereabouts current = user();
    boolean another = user instanceof Whereabouts then && (current == null || !then.isAs(current));
    // Other commands are looked at when they are run; some of them where nothing else may be.
    if ((others || another) && SqlScan.isAboutRows(text, 0, text.readableBytes())) {
      if (others && now != null && settings instanceof SessionSettings then) {
        addSettings(now, then, there, back);
      }
      if (another && user instanceof Whereabouts then) {
        addUser(current, then, there, back);
      }
      BatchResets.write(backend, there);
    }
    return back;
  }

  private static void addSettings(
      SessionSettings now, SessionSettings then, List<String> there, List<String> back) {
    now.differences(
        then,
        (name, value) -> {
          String current = now.get(name);
          if (isAscii(value) && isAscii(current)) {
            there.add(RestoringQuery.setting(name, value));
            back.add(RestoringQuery.setting(name, current));
          }
        });
  }

  /** The user goes first: whoever becomes another loses the role. */
  private static void addUser(
      @Nullable Whereabouts now, Whereabouts then, List<String> there, List<String> back) {
    if (!isAscii(then.role()) || !isAscii(then.authorization())) {
      return;
    }
    if (now == null || !isAscii(now.role()) || !isAscii(now.authorization())) {
      there.add(keep(USER));
      there.add(keep(ROLE));
      back.add(putBack(USER));
      back.add(putBack(ROLE));
    } else {
      if (!now.isOfSameUser(then)) {
        back.add(RestoringQuery.localSetting(USER, now.authorization()));
      }
      back.add(RestoringQuery.localSetting(ROLE, now.role()));
    }
    if (now == null || !now.isOfSameUser(then)) {
      there.add(RestoringQuery.localSetting(USER, then.authorization()));
    }
    there.add(RestoringQuery.localSetting(ROLE, then.role()));
  }

  private static String keep(String parameter) {
    return ";SELECT pg_catalog.set_config('%s%s', pg_catalog.current_setting('%s'), true)"
        .formatted(KEPT, parameter, parameter);
  }

  private static String putBack(String parameter) {
    return ";SELECT pg_catalog.set_config('%s', pg_catalog.current_setting('%s%s'), true)"
        .formatted(parameter, KEPT, parameter);
  }

  private static boolean isAscii(@Nullable String value) {
    return value == null || RestoringQuery.isAscii(value);
  }
}
