package dev.tenantgate.gateway.session;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.auth.ClientAuthentication;
import dev.tenantgate.gateway.scan.QualifiedNames;
import dev.tenantgate.gateway.scan.SwitchingCalls;
import dev.tenantgate.gateway.startup.FrontendTls;
import dev.tenantgate.gateway.tenant.TenantRouter;
import dev.tenantgate.migrator.SchemaRef;

/**
 * The settings in force for sessions, and what is made of them. A reload swaps them whole.
 * Immutable.
 */
record SessionRules(
    Settings settings,
    TenantRouter router,
    QualifiedNames qualified,
    ClientAuthentication authentication,
    FrontendTls tls) {

  static SessionRules of(
      Settings settings,
      TenantRouter router,
      ClientAuthentication authentication,
      FrontendTls tls) {
    return new SessionRules(settings, router, qualified(settings, router), authentication, tls);
  }

  private static QualifiedNames qualified(Settings settings, TenantRouter router) {
    SchemaPattern pattern = settings.tenants().schema();
    return switch (settings.gate().qualified()) {
      case PASS -> QualifiedNames.NONE;
      case HOLD ->
          new QualifiedNames(
              pattern.prefix(),
              pattern.suffix(),
              router.database(),
              name -> router.namedSchema(name).map(SchemaRef::schema));
    };
  }

  /** The rules for where an open session may go. */
  TenantSwitches.Rules switches(SwitchingCalls routines) {
    return new TenantSwitches.Rules(router, settings.tenants().switching(), routines, qualified);
  }
}
