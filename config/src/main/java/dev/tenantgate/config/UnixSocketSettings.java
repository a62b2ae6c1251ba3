package dev.tenantgate.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The Unix-domain socket for applications on this machine ({@code listen.unix-socket*}).
 *
 * @param directory where its file is, {@code .s.PGSQL.} and the port of {@code listen.address};
 *     null where there is none
 * @param mode the file's permissions, nine bits. Default {@code 0777}.
 */
public record UnixSocketSettings(@Nullable Path directory, int mode) {

  /** No such socket. */
  public static final UnixSocketSettings NONE = new UnixSocketSettings(null, 0777);

  /** The bytes of a path that every kernel takes; Linux has room for four more. */
  static final int LONGEST_PATH = 103;

  /** A directory whose sockets' paths every kernel takes. */
  static final ValueType<Path> DIRECTORY =
      new ValueType<>() {
        private final ValueType<Path> path = ValueTypes.path();

        @Override
        public String describe() {
          return path.describe();
        }

        @Override
        public Path parse(RawValue raw) throws InvalidValueException {
          return path.parse(raw);
        }

        @Override
        public String print(Path value) {
          return path.print(value);
        }

        @Override
        public @Nullable InvalidValueException objection(Path value) {
          String file = new NetworkAddress(value.toString(), 65_535).socketFile();
          return file.getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH
              ? InvalidValueException.of(
                  "must be a shorter path: that of a Unix-domain socket has at most %d bytes"
                      .formatted(LONGEST_PATH),
                  value.toString())
              : null;
        }
      };

  /** Nine bits in octal digits. */
  static final ValueType<Integer> MODE =
      new ValueType<>() {
        @Override
        public String describe() {
          return "octal permissions";
        }

        @Override
        public Integer parse(RawValue raw) throws InvalidValueException {
          String text = raw.text().strip();
          if (!text.matches("0?[0-7]{3}")) {
            throw InvalidValueException.of(
                "must be permissions in three octal digits (0770)", text);
          }
          return Integer.parseInt(text, 8);
        }

        @Override
        public String print(Integer value) {
          return "0%03o".formatted(value);
        }

        @Override
        public @Nullable InvalidValueException objection(Integer value) {
          return null;
        }
      };

  /**
   * Users of the operating system, and the roles that each may be at the server: {@code
   * [www-data=app, 1000=app]}.
   */
  static final ValueType<List<PeerName>> PEERS =
      new ListType<>("list of user=role", PeerName::parse);

  /**
   * An entry of {@code auth.peer-map}.
   *
   * @param user an operating system's user, by name or by number
   * @param role the role that it may be
   */
  public record PeerName(String user, String role) {

    static PeerName parse(String text) throws InvalidValueException {
      int equals = text.indexOf('=');
      String user = equals < 0 ? "" : text.substring(0, equals).strip();
      String role = text.substring(equals + 1).strip();
      if (user.isEmpty() || role.isEmpty()) {
        throw InvalidValueException.of(
            "must be an operating system's user and a role (www-data=app)", text);
      }
      return new PeerName(user, role);
    }

    @Override
    public String toString() {
      return user + "=" + role;
    }
  }
}
