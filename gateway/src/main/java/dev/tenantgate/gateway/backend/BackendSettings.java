package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.settings.SettingsReadback;
import dev.tenantgate.gateway.settings.SettingsReplay;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a backend's session: as they were when it was fresh, as the server reports
 * them, and as the client that has the lease wants them. Event-loop confined.
 */
public final class BackendSettings {

  private static final String SEARCH_PATH = "search_path";

  /** Longer ones are rare, and may not be there whole. */
  private static final int MOST_PATH_CHARS = 1024;

  private static final byte[] REPORTED_PATH =
      (SEARCH_PATH + '\0').getBytes(StandardCharsets.US_ASCII);

  private final PooledBackend backend;
  private SessionSettings settings = SessionSettings.NONE;

  /** The session when it was fresh; null until the server has said all of it. */
  private @Nullable ServerProfile template;

  /** By name, if the server has reported them since the login. */
  private final Map<String, String> reported = new HashMap<>(4);

  private @Nullable LeaseHolder unknownOf;

  BackendSettings(PooledBackend backend) {
    this.backend = backend;
  }

  /** The session when it was fresh; the server has said so before anybody gets the backend. */
  public ServerProfile template() {
    return Objects.requireNonNull(template);
  }

  public void beganAs(ServerProfile fresh) {
    template = fresh;
  }

  /**
   * Takes a parameter's value as the server reports it.
   *
   * @return the value that it reported last; null if it never did
   */
  public @Nullable String reports(String name, String value) {
    String before = reported.put(name, value);
    return before == null && template != null ? template.parameters().get(name) : before;
  }

  /**
   * Takes a report that {@code search_path} is as it is wanted, which follows each change of
   * tenant.
   *
   * @param in the body of a ParameterStatus
   * @return the value; null for any other report, of which nothing is taken
   */
  @Nullable String reportsWantedPath(ByteBuf in, int at, int bytes) {
    String path = settings.get(SEARCH_PATH);
    if (path == null
        || path.length() > MOST_PATH_CHARS
        || bytes != REPORTED_PATH.length + path.length() + 1
        || in.getByte(at + bytes - 1) != 0) {
      return null;
    }
    for (int i = 0; i < REPORTED_PATH.length; i++) {
      if (in.getByte(at + i) != REPORTED_PATH[i]) {
        return null;
      }
    }
    int valueAt = at + REPORTED_PATH.length;
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      // A backslash and a tilde are others in some encodings of East Asia.
      if (c > 127 || c == '\\' || c == '~' || in.getByte(valueAt + i) != c) {
        return null;
      }
    }
    reported.put(SEARCH_PATH, path);
    return path;
  }

  /** The parameters that are set. */
  public SessionSettings current() {
    return settings;
  }

  /** Notes which parameters have been found to be set. */
  public void setTo(SessionSettings found) {
    settings = found;
  }

  /**
   * Writes what brings the session to a client's settings, if anything has to be done for that.
   *
   * @param done runs when the server has answered to all
   * @return whether the client's messages may follow at once
   */
  public boolean bringTo(SessionSettings wanted, SettingsChange.Listener done) {
    if (settings.equals(wanted)) {
      settings = wanted; // the same object from now on: the next comparison is quicker
      return true;
    }
    ByteBuf path =
        backend.statements().hasSetter()
            ? SettingsReplay.toPath(settings, wanted, backend.channel().alloc())
            : null;
    if (path != null) {
      settings = wanted;
      backend.owed().add(new SettingsChange(1, done));
      backend.write(path);
      return true;
    }
    SettingsReplay replay = new SettingsReplay(settings, wanted);
    settings = wanted;
    send(replay, done);
    return replay.isCertain();
  }

  /** Writes what sets parameters within a transaction, whatever is known about it otherwise. */
  public void set(SessionSettings values, SettingsChange.Listener done) {
    send(new SettingsReplay(SessionSettings.NONE, values), done);
  }

  private void send(SettingsReplay replay, SettingsChange.Listener done) {
    if (replay.isEmpty()) {
      return;
    }
    if (replay.endsUnnamedStatement()) {
      backend.unnamedIs(null, 0);
    }
    BackendStatements statements = backend.statements();
    backend.owed().add(new SettingsChange(replay.readies(), done));
    backend.write(
        replay.encode(backend.channel().alloc(), replay.sets() && !statements.hasSetter()));
    if (replay.sets()) {
      statements.addSetter();
    }
  }

  /**
   * Parameters may be set here whose names nobody knows, by what its holder ran: they are that
   * one's, and are put back before another gets it.
   */
  public void mayHoldUnknown() {
    unknownOf = backend.lessee();
  }

  /** Puts them back, unless they are of this lessee; all parameters are as fresh ones then. */
  public void clearUnknown(LeaseHolder next) {
    LeaseHolder owner = unknownOf;
    if (owner == null || owner == next) {
      return;
    }
    unknownOf = null;
    backend.ask("RESET ALL", () -> {});
    SessionSettings left = SessionSettings.NONE;
    for (String name : SettingsReadback.UNLISTED) { // which it leaves
      left = left.with(name, settings.get(name));
    }
    settings = left;
  }
}
