package dev.tenantgate.gateway.demo;

/** What the demo's application writes and reads. */
final class DemoRows {

  static final String FIRST_QUERY = "SELECT current_schema()";

  private DemoRows() {}

  static String of(DemoTenant tenant) {
    return "SELECT 1";
  }
}
