package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tenantgate.migrator.changelog.SeedValues;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A request for a new tenant: {@code {"name": "New Corp", "slug": "newcorp", …}}. The slug is the
 * tenant, and so is the name where there is no slug. All fields are values for seed data: those of
 * an object by its name, a dot and theirs, lists as JSON. Immutable.
 *
 * @param tenant the new tenant's name
 * @param values what seed data may ask for
 */
record TenantRequest(String tenant, SeedValues values) {

  private static final String SHAPE =
      "the body must be {\"name\": \"…\"}, or {\"name\": \"…\", \"slug\": \"…\"}, and may have"
          + " further fields";

  private static final int MAX_DEPTH = 8;

  /**
   * Reads a request's body.
   *
   * @throws IllegalArgumentException saying what is wrong with it
   */
  static TenantRequest read(String body) {
    JsonNode json;
    try {
      json = Json.read(body);
    } catch (IOException e) {
      throw new IllegalArgumentException(SHAPE + ": it is no JSON", e);
    }
    if (json == null || !json.isObject()) {
      throw new IllegalArgumentException(SHAPE);
    }
    JsonNode tenant = json.hasNonNull("slug") ? json.get("slug") : json.get("name");
    if (tenant == null || !tenant.isTextual()) {
      throw new IllegalArgumentException(SHAPE);
    }
    Map<String, Optional<String>> values = new LinkedHashMap<>();
    add(values, "", json, 0);
    return new TenantRequest(tenant.textValue(), new SeedValues(values));
  }

  private static void add(
      Map<String, Optional<String>> values, String prefix, JsonNode object, int depth) {
    if (depth == MAX_DEPTH) {
      throw new IllegalArgumentException("the body has more than 8 objects inside one another");
    }
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      String name = prefix + field.getKey();
      JsonNode value = field.getValue();
      if (value.isObject()) {
        add(values, name + ".", value, depth + 1);
      } else {
        values.put(
            name,
            value.isNull()
                ? Optional.empty()
                : Optional.of(value.isContainerNode() ? value.toString() : value.asText()));
      }
    }
  }
}
