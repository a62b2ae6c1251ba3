package dev.tenantgate.config;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the texts of migrations are understood ({@code migrations.*}).
 *
 * @param replace in whose files placeholders are replaced. Default {@code flyway}.
 * @param placeholders what stands for {@code ${name}}, by name, beside those that there are always.
 *     Default none.
 * @param dumpSchema the schema whose place each tenant's takes in a dump by pg_dump. Null for the
 *     one that the dump makes objects in; no default.
 * @param searchPath the schemas that migrations find names in. Default {@code [tenant]}.
 */
public record SqlSettings(
    Replace replace,
    Map<String, String> placeholders,
    @Nullable String dumpSchema,
    List<String> searchPath) {

  /** Stands for the schema that is migrated in a search path. */
  public static final String TENANT = "tenant";

  /** The defaults. */
  public static final SqlSettings STANDARD =
      new SqlSettings(Replace.FLYWAY, Map.of(), null, List.of(TENANT));

  public SqlSettings {
    placeholders = Map.copyOf(placeholders);
    searchPath = List.copyOf(searchPath);
  }

  /** The files in which placeholders are replaced. */
  public enum Replace {
    /** Files of Flyway, which does so itself. */
    FLYWAY,
    /** All files. */
    ALL,
    /** No files. */
    NONE
  }
}
