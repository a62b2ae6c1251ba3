package dev.tenantgate.gateway.auth;

import dev.tenantgate.config.AuthSettings;
import dev.tenantgate.config.UnixSocketSettings.PeerName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The roles that users of the operating system may log in as over a Unix-domain socket, as with
 * PostgreSQL's {@code peer}. Names of users are those of {@code /etc/passwd}; a user of a directory
 * service, or of another container, is given by number. Immutable.
 */
public final class PeerRoles {

  private static final Logger log = LoggerFactory.getLogger(PeerRoles.class);

  private static final Path PASSWD = Path.of("/etc/passwd");

  private final Map<Integer, String> names;
  private final List<PeerName> map;

  private PeerRoles(Map<Integer, String> names, List<PeerName> map) {
    this.names = Map.copyOf(names);
    this.map = List.copyOf(map);
  }

  /** As the settings say; the users' names are read now. */
  static PeerRoles of(AuthSettings settings) {
    try {
      return of(Files.readString(PASSWD, StandardCharsets.ISO_8859_1), settings.peerMap());
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue("file", PASSWD)
          .addKeyValue("error", String.valueOf(e))
          .log("users' names can't be read; auth.peer-map may have their numbers");
      return new PeerRoles(Map.of(), settings.peerMap());
    }
  }

  /** From the text of a {@code passwd} file; lines that aren't of its form are left out. */
  static PeerRoles of(String passwd, List<PeerName> map) {
    Map<Integer, String> names = new HashMap<>();
    for (String line : passwd.lines().toList()) {
      String[] fields = line.split(":", -1);
      if (fields.length >= 4 && fields[2].matches("[0-9]{1,10}")) {
        // As getpwuid has it, the first of several names for a number.
        names.putIfAbsent((int) Long.parseLong(fields[2]), fields[0]);
      }
    }
    return new PeerRoles(names, map);
  }

  /**
   * Whether a user may log in as a role: those that the map has for it, or without a map the one of
   * its own name.
   *
   * @param uid the user's number
   */
  public boolean allow(int uid, String role) {
    String name = names.getOrDefault(uid, "");
    String number = Integer.toUnsignedString(uid);
    return map.isEmpty()
        ? !name.isEmpty() && name.equals(role)
        : map.stream()
            .anyMatch(
                entry ->
                    entry.role().equals(role)
                        && (entry.user().equals(number)
                            || (!name.isEmpty() && entry.user().equals(name))));
  }

  /** A user as logs have it: {@code 33 (www-data)}. */
  public String describe(int uid) {
    String name = names.get(uid);
    String number = Integer.toUnsignedString(uid);
    return name == null ? number : "%s (%s)".formatted(number, name);
  }
}
