package dev.tenantgate.gateway.session;

import dev.tenantgate.config.TenantSettings;
import dev.tenantgate.gateway.gate.Requirement;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.QualifiedNames;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.scan.SessionEffect.NamesSchemas;
import dev.tenantgate.gateway.scan.SwitchingCalls;
import dev.tenantgate.gateway.tenant.GatedSchema;
import dev.tenantgate.gateway.tenant.InvalidSearchPathException;
import dev.tenantgate.gateway.tenant.Refusal;
import dev.tenantgate.gateway.tenant.RoutingRequest;
import dev.tenantgate.gateway.tenant.SearchPath;
import dev.tenantgate.gateway.tenant.TenantRoute;
import dev.tenantgate.gateway.tenant.TenantRoute.Routed;
import dev.tenantgate.gateway.tenant.TenantRouter;
import dev.tenantgate.migrator.SchemaRef;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a session's statements lead it: from their effects to the routes that the gate has to be
 * asked for. Does no I/O. Event-loop confined.
 */
final class TenantSwitches {

  /** In place of a role's name: none, that is the session's user. */
  private static final String NO_ROLE = "none";

  private final Start start;
  private final Supplier<Rules> rules;

  // Of a statement it is asked more than once, and the server spells a path in its own way.
  private @Nullable Lead last;
  private @Nullable Lead beforeLast;

  /**
   * Where the session began.
   *
   * @param login the user that it logged in as, whose name {@code $user} stands for behind a SET
   *     ROLE NONE
   * @param user whose name {@code $user} stands for at its begin, by a default role perhaps
   * @param database its database
   * @param route what it was admitted to
   * @param defaultPath its {@code search_path} unless a statement changes it
   * @param requirement the versions it needs
   */
  record Start(
      String login,
      String user,
      String database,
      Routed route,
      String defaultPath,
      Requirement requirement) {}

  /** The rules that a reload may change. */
  record Rules(
      TenantRouter router,
      TenantSettings.Switching switching,
      SwitchingCalls routines,
      QualifiedNames qualified) {}

  /** A place on a session's way. */
  private record Place(String path, String user) {}

  /** Where a path leads by these rules; null if the server refuses it. */
  private record Lead(
      String path, @Nullable String user, Rules rules, @Nullable TenantRoute route) {

    boolean is(String otherPath, @Nullable String otherUser, Rules now) {
      return path.equals(otherPath) && Objects.equals(user, otherUser) && rules.equals(now);
    }
  }

  TenantSwitches(Start start, Supplier<Rules> rules) {
    this.start = start;
    this.rules = rules;
  }

  /**
   * Where a path leads the session.
   *
   * @param user whose name {@code $user} stands for; null for the one that the session began with
   * @return null if the server itself refuses the path
   */
  @Nullable TenantRoute lead(String searchPath, @Nullable String user) {
    Rules now = rules.get();
    if (last == null || !last.is(searchPath, user, now)) {
      Lead before = last;
      last = beforeLast;
      beforeLast = before;
      if (last == null || !last.is(searchPath, user, now)) {
        last = new Lead(searchPath, user, now, find(searchPath, user));
      }
    }
    return last.route();
  }

  private @Nullable TenantRoute find(String searchPath, @Nullable String user) {
    TenantRoute route = route(new Place(searchPath, named(user)));
    if (route instanceof Routed routed && !isAllowed(routed)) {
      return new TenantRoute.Refused(notAllowed(routed));
    }
    return route instanceof TenantRoute.Refused refused && isSyntax(refused) ? null : route;
  }

  /**
   * A path as another user sees it.
   *
   * @param searchPath null for the session's default
   * @param user null for the one that the session began with
   * @return null if it is the same for all users
   */
  @Nullable String pathOf(@Nullable String searchPath, @Nullable String user) {
    String path = searchPath == null ? start.defaultPath() : searchPath;
    try {
      SearchPath read = SearchPath.parse(path);
      return read.namesUser() ? new SearchPath(read.schemas(named(user))).toString() : null;
    } catch (InvalidSearchPathException e) {
      return null; // the server refuses it as well
    }
  }

  /** The path that the session begins with, and a RESET leads back to. */
  String defaultPath() {
    return start.defaultPath();
  }

  /** The user that is meant; null for the one at the begin, none for the one logged in. */
  private String named(@Nullable String user) {
    if (user == null) {
      return start.user();
    }
    return user.equalsIgnoreCase(NO_ROLE) ? start.login() : user;
  }

  /** The names that a session's texts are searched for; none where no tenant can be met. */
  QualifiedNames qualified() {
    return start.route().schemas().isEmpty() ? QualifiedNames.NONE : rules.get().qualified();
  }

  /** Where a statement is that names schemas; refused where the session may not go. */
  TenantRoute routeTo(NamesSchemas named) {
    Routed route = rules.get().router().routeTo(named.schemas());
    return isAllowed(route) ? route : new TenantRoute.Refused(notAllowed(route));
  }

  /**
   * Whether a statement with names of schemas is elsewhere as well.
   *
   * @param current where the session is; null if that isn't known
   */
  static boolean isBeyond(Routed named, @Nullable Routed current) {
    if (current == null) {
      return true;
    }
    for (GatedSchema schema : named.schemas()) {
      if (!isAmong(schema.schema(), current.schemas())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isAmong(SchemaRef schema, List<GatedSchema> schemas) {
    for (GatedSchema each : schemas) {
      if (each.schema().equals(schema)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a text calls what may lead elsewhere without showing it. */
  boolean mayHide(ByteBuf text, int from, int bytes) {
    return rules.get().routines().mentionedIn(text, from, bytes);
  }

  /** The rules by which texts are looked at: the same object for the same answers. */
  Object textRules() {
    return rules.get();
  }

  /** Whether a FunctionCall of this function may lead elsewhere. */
  boolean mayLead(int function) {
    return SwitchingCalls.mayBe(function);
  }

  /** Why a statement may not be sent, wherever it leads; null if it may. */
  @Nullable Refusal objection(SessionEffect effect) {
    boolean computed =
        effect.kind().path() == EffectKind.Path.BY_VALUE
            && ((SessionEffect.Assignment) effect).maySetUnknownPath();
    return computed ? objectionToUnseen() : null;
  }

  /** Why nobody may send a text that can't be looked at before it runs; null if it may be sent. */
  @Nullable Refusal objectionToUnseen() {
    return deniesSwitches() ? notSure() : null;
  }

  private TenantRoute route(Place place) {
    String path = place.path();
    if (start.defaultPath().equals(path) && start.user().equals(place.user())) {
      return start.route();
    }
    return rules
        .get()
        .router()
        .route(new RoutingRequest(place.user(), start.database(), null, path));
  }

  private static boolean isSyntax(TenantRoute.Refused refused) {
    return refused.refusal().sqlState().equals(Refusal.INVALID_PARAMETER_VALUE);
  }

  private boolean deniesSwitches() {
    return rules.get().switching() == TenantSettings.Switching.DENY;
  }

  private boolean isAllowed(Routed routed) {
    return !deniesSwitches() || tenants(start.route()).containsAll(tenants(routed));
  }

  private static List<SchemaRef> tenants(Routed route) {
    return route.schemas().stream()
        .map(GatedSchema::schema)
        .filter(schema -> !schema.isPublic())
        .toList();
  }

  private Refusal notAllowed(Routed routed) {
    List<SchemaRef> others = new ArrayList<>(tenants(routed));
    others.removeAll(tenants(start.route()));
    return new Refusal(
        Refusal.INSUFFICIENT_PRIVILEGE,
        "the session may not switch to tenant \"%s\"".formatted(others.get(0).tenant()),
        belongsTo(),
        "Open a connection of that tenant.");
  }

  private Refusal notSure() {
    return new Refusal(
        Refusal.INSUFFICIENT_PRIVILEGE,
        "the session may not switch to a tenant that isn't known beforehand",
        belongsTo(),
        "Set search_path to a plain value.");
  }

  private String belongsTo() {
    SchemaRef tenant = start.route().tenant();
    return (tenant == null
            ? "It belongs to no tenant"
            : "It belongs to tenant \"" + tenant.tenant() + "\"")
        + ", and tenants.switching is deny.";
  }
}
