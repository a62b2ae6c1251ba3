package dev.tenantgate.config;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The rights of a role in every new tenant's schema ({@code tenants.grants}).
 *
 * @param role the role's name, as the catalog has it
 * @param access what it may do
 */
public record TenantGrant(String role, Access access) {

  /** A role's rights. */
  public enum Access {
    /** See every table, and call every function. */
    READ_ONLY,
    /** Besides, change rows and draw from sequences; not the history's. */
    READ_WRITE,
    /** Everything there is. */
    ALL
  }

  public TenantGrant {
    if (role.isBlank()) {
      throw new IllegalArgumentException("a grant needs a role's name");
    }
  }

  /** Reads {@code app} or {@code reports=read-only}. */
  static TenantGrant parse(String text) throws InvalidValueException {
    int equals = text.lastIndexOf('=');
    String role = (equals < 0 ? text : text.substring(0, equals)).strip();
    String wanted = equals < 0 ? "read-write" : text.substring(equals + 1).strip();
    for (Access access : Access.values()) {
      if (ValueTypes.wordOf(access).equals(wanted) && !role.isEmpty()) {
        return new TenantGrant(role, access);
      }
    }
    throw InvalidValueException.of(
        "must be roles, each like app or reports=read-only; there are "
            + Arrays.stream(Access.values())
                .map(ValueTypes::wordOf)
                .collect(Collectors.joining(", ")),
        text);
  }

  /** As settings have it: {@code reports=read-only}. */
  @Override
  public String toString() {
    return role + "=" + ValueTypes.wordOf(access);
  }
}
