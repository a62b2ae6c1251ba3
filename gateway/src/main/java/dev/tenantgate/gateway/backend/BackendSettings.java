package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.settings.SettingsReadback;
import dev.tenantgate.gateway.settings.SettingsReplay;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a backend's session: as they were when it was fresh, as the server reports
 * them, and as the client that has the lease wants them. Event-loop confined.
 */
public final class BackendSettings {

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
