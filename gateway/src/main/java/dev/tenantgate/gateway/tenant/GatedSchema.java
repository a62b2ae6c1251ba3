package dev.tenantgate.gateway.tenant;

import dev.tenantgate.migrator.SchemaRef;

/**
 * A schema that a connection can reach and that has to be up to date therefore.
 *
 * @param schema the schema
 * @param optional whether the connection may go on where there is no such schema: nobody named it,
 *     it is only what {@code $user} would find
 */
public record GatedSchema(SchemaRef schema, boolean optional) {

  /** A schema that has to exist. */
  public static GatedSchema of(SchemaRef schema) {
    return new GatedSchema(schema, false);
  }
}
