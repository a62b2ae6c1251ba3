package dev.tenantgate.migrator.connection;

import java.util.Properties;

/**
 * Connections whose settings are those that the server, the database and the role have, as psql's
 * are: the driver would put its own TimeZone and DateStyle before them, by the machine that it runs
 * on. Stateless.
 */
public final class ServerDefaults {

  private ServerDefaults() {}

  /** Has the driver connect so. Of its properties, TLS is to be decided before. */
  public static void keepIn(Properties properties) {
    properties.setProperty("socketFactory", StartupSocketFactory.class.getName());
    properties.setProperty("sslfactory", StartupTlsFactory.class.getName());
    // Else the application's name, and other things, would be SET behind the login.
    properties.setProperty("assumeMinServerVersion", "12");
  }
}
