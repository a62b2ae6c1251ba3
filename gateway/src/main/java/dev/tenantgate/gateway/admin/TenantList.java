package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.gateway.tenant.FleetView;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.migrator.SchemaRef;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a question for tenants, from what the gateway knows of them. Immutable.
 *
 * @param held how many connections of a tenant are held
 * @param heldInAll how many are
 * @param schemaOf the schema of a tenant, by which lists are in order
 * @param required the version that is held against
 */
record TenantList(
    ToIntFunction<SchemaRef> held,
    int heldInAll,
    Function<String, SchemaRef> schemaOf,
    @Nullable String required) {

  /** The tenants of this view that the query asks for. */
  AdminResponse answer(FleetView view, TenantQuery query) {
    List<TenantState> wanted =
        view.tenants().stream().filter(tenant -> query.wants(tenant, held)).toList();
    List<TenantState> page = page(wanted, query.page());
    boolean ends =
        page.isEmpty() || page.get(page.size() - 1).equals(wanted.get(wanted.size() - 1));
    ObjectNode json = Json.object();
    json.put("required", required);
    putAge(json, view.lookedAt());
    json.set("totals", totals(view));
    json.put("found", wanted.size());
    json.put("next", ends ? null : page.get(page.size() - 1).schema().tenant());
    if (view.shared() == null) {
      json.putNull("public");
    } else {
      json.set("public", TenantJson.state(view.shared()));
    }
    json.put("held", heldInAll);
    return AdminResponse.list(json, "tenants", page, this::withHeld)
        .with(HttpHeaderNames.ETAG, tag(view, wanted.size(), page));
  }

  /** One of them, with the connections of it that are held. */
  ObjectNode withHeld(TenantState tenant) {
    ObjectNode json = TenantJson.state(tenant);
    json.put("held", held.applyAsInt(tenant.schema()));
    return json;
  }

  private List<TenantState> page(List<TenantState> wanted, Page page) {
    int from = 0;
    if (page.after() != null) {
      String after = schemaOf.apply(page.after()).schema();
      while (from < wanted.size() && wanted.get(from).schema().schema().compareTo(after) <= 0) {
        from++;
      }
    }
    int to = (int) Math.min(wanted.size(), (long) from + page.limit());
    return wanted.subList(from, to);
  }

  private static ObjectNode totals(FleetView view) {
    ObjectNode totals = Json.object();
    view.counts()
        .forEach(
            (state, count) -> {
              if (count > 0) {
                totals.put(state.label(), count);
              }
            });
    return totals;
  }

  private static void putAge(ObjectNode json, @Nullable Instant lookedAt) {
    if (lookedAt == null) {
      json.putNull("as_of");
      json.putNull("age_ms");
    } else {
      json.put("as_of", lookedAt.toString());
      json.put("age_ms", Math.max(0, Duration.between(lookedAt, Instant.now()).toMillis()));
    }
  }

  /** The same as long as the answer says the same, but for its age. */
  private String tag(FleetView view, int found, List<TenantState> page) {
    EntityTag tag = new EntityTag();
    tag.add(required).add(totals(view).toString()).add(found).add(heldInAll);
    if (view.shared() != null) {
      add(tag, view.shared());
    }
    page.forEach(tenant -> add(tag, tenant));
    return tag.text();
  }

  private void add(EntityTag tag, TenantState tenant) {
    tag.add(tenant.schema())
        .add(tenant.name().label())
        .add(tenant.status().version())
        .add(tenant.status().applied())
        .add(tenant.lag())
        .add(tenant.status().error())
        .add(tenant.status().unmanaged())
        .add(tenant.status().external())
        .add(held.applyAsInt(tenant.schema()));
  }
}
