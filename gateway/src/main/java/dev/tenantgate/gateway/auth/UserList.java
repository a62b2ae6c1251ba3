package dev.tenantgate.gateway.auth;

import dev.tenantgate.config.SettingsError;
import dev.tenantgate.config.SettingsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Users and their secrets, from a file in the format of PgBouncer's {@code userlist.txt}: on each
 * line a name and a secret, both in double quotes, a quote in them doubled; what follows on the
 * line is ignored, and so are lines that begin with a semicolon. Of two lines for one user the last
 * counts. Immutable.
 */
public final class UserList {

  static final UserList EMPTY = new UserList(Map.of());

  private static final String KEY = "auth.user-list";

  private final Map<String, UserSecret> secrets;

  private UserList(Map<String, UserSecret> secrets) {
    this.secrets = secrets;
  }

  /**
   * Reads a file.
   *
   * @param checksClients whether clients are checked by it, which takes more than an MD5 hash
   * @throws SettingsException with every line that can't be read, or can't be used; secrets aren't
   *     repeated
   */
  public static UserList read(Path file, boolean checksClients) throws SettingsException {
    return parse(file.toString(), new SecretFile(KEY, file, 64, "secrets").read(), checksClients);
  }

  /** Reads the content of a file, which errors name. */
  static UserList parse(String name, String content, boolean checksClients)
      throws SettingsException {
    return new Reading(name, checksClients).read(content);
  }

  /** A user's secret; null for one who isn't listed, or has none. */
  @Nullable UserSecret find(String user) {
    return secrets.get(user);
  }

  /** The same without all other users. */
  UserList only(Predicate<String> users) {
    Map<String, UserSecret> some = new LinkedHashMap<>(secrets);
    some.keySet().removeIf(users.negate());
    return new UserList(Map.copyOf(some));
  }

  /** All users that have a secret. */
  Map<String, UserSecret> secrets() {
    return secrets;
  }

  private static final class Reading {
    private final String name;
    private final boolean checksClients;
    private final Map<String, UserSecret> secrets = new LinkedHashMap<>();

    /** Where the MD5 hashes stand that no later line replaces, by user. */
    private final Map<String, Integer> hashes = new LinkedHashMap<>();

    private final List<SettingsError> errors = new ArrayList<>();

    Reading(String name, boolean checksClients) {
      this.name = name;
      this.checksClients = checksClients;
    }

    UserList read(String content) throws SettingsException {
      // As a BOM some editors leave; nobody's name begins with it.
      String text = content.startsWith("\uFEFF") ? content.substring(1) : content;
      int number = 0;
      for (String line : text.split("\n", -1)) {
        readLine(++number, line);
      }
      if (checksClients) {
        hashes.forEach(this::refuseHash);
      }
      if (!errors.isEmpty()) {
        throw new SettingsException(errors);
      }
      return new UserList(Map.copyOf(secrets));
    }

    private void refuseHash(String user, int number) {
      errors.add(
          new SettingsError(
              KEY,
              name + ":" + number,
              ("the secret of \"%s\" is an MD5 hash, by which SCRAM can't check a client;"
                      + " give its password or its SCRAM-SHA-256 verifier")
                  .formatted(user)));
    }

    private void readLine(int number, String line) {
      String text = line.strip();
      if (text.isEmpty() || text.startsWith(";")) {
        return;
      }
      try {
        readUser(number, text);
      } catch (IllegalArgumentException e) {
        errors.add(new SettingsError(KEY, name + ":" + number, String.valueOf(e.getMessage())));
      }
    }

    private void readUser(int number, String line) {
      if (line.charAt(0) != '"') {
        throw new IllegalArgumentException("must begin with the user's name in double quotes");
      }
      int nameEnd = closingQuote(line, 0);
      int secretStart = line.indexOf('"', nameEnd + 1);
      if (secretStart < 0) {
        throw new IllegalArgumentException("must have a secret in double quotes behind the name");
      }
      int secretEnd = closingQuote(line, secretStart);
      String user = unquoted(line, 0, nameEnd);
      String secret = unquoted(line, secretStart, secretEnd);
      if (user.isEmpty()) {
        throw new IllegalArgumentException("must have the name of a user");
      }
      if (user.indexOf('\0') >= 0 || secret.indexOf('\0') >= 0) {
        throw new IllegalArgumentException("must not have a NUL character in it");
      }
      UserSecret read = UserSecret.parse(secret);
      if (read instanceof UserSecret.Md5) {
        hashes.put(user, number);
      } else {
        hashes.remove(user);
      }
      if (read == null) {
        secrets.remove(user);
      } else {
        secrets.put(user, read);
      }
    }

    private static int closingQuote(String line, int opening) {
      int at = opening + 1;
      while (true) {
        int quote = line.indexOf('"', at);
        if (quote < 0) {
          throw new IllegalArgumentException("must have a double quote that ends what one begins");
        }
        if (quote + 1 == line.length() || line.charAt(quote + 1) != '"') {
          return quote;
        }
        at = quote + 2;
      }
    }

    private static String unquoted(String line, int opening, int closing) {
      return line.substring(opening + 1, closing).replace("\"\"", "\"");
    }
  }
}
