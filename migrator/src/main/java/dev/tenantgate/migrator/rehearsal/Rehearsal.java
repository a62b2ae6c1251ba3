package dev.tenantgate.migrator.rehearsal;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.Unmanaged;
import dev.tenantgate.migrator.plan.Step;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The forecast of a run of one schema: its statements were run in a transaction that was rolled
 * back. Immutable.
 *
 * @param schema the schema
 * @param steps what would be done, in order
 * @param sql what would be sent of the migrations' own, under which search path
 * @param checked whether it was run; a server without transactional DDL can't
 * @param error why it would fail; null if it wouldn't
 * @param notTried which steps couldn't be tried, or not as they will run, each with the reason;
 *     empty if nothing was checked at all
 * @param unmanaged why a run would leave it alone; null if it wouldn't
 */
public record Rehearsal(
    SchemaRef schema,
    List<Step> steps,
    String sql,
    boolean checked,
    @Nullable String error,
    List<String> notTried,
    @Nullable Unmanaged unmanaged) {

  public Rehearsal {
    steps = List.copyOf(steps);
    notTried = List.copyOf(notTried);
  }

  /** One of which not everything could be tried. */
  public Rehearsal(
      SchemaRef schema,
      List<Step> steps,
      String sql,
      boolean checked,
      @Nullable String error,
      List<String> notTried) {
    this(schema, steps, sql, checked, error, notTried, null);
  }

  /** One of which everything was tried, or nothing. */
  public Rehearsal(
      SchemaRef schema, List<Step> steps, String sql, boolean checked, @Nullable String error) {
    this(schema, steps, sql, checked, error, List.of());
  }
}
