package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.routines.RoutinesSql;
import dev.tenantgate.gateway.routines.RoutinesSql.Kind;
import dev.tenantgate.gateway.scan.ParameterNames;
import dev.tenantgate.gateway.scan.RoutineNames;
import dev.tenantgate.gateway.scan.UnpoolableRoutines;
import dev.tenantgate.gateway.scan.UnprovenNames;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a backend what the routines of its database may do to the session that runs them.
 *
 * <p>Event-loop confined.
 */
final class RoutinesQuestion extends Reply.Exchange {

  /** In one message, so in one transaction, which ends with it whether it fails or not. */
  private static final String SQL =
      "SET LOCAL search_path TO pg_catalog; SET LOCAL statement_timeout TO 0; " + RoutinesSql.all();

  /**
   * The answer.
   *
   * @param unproven all that can't be shown harmless
   * @param unpoolable what leaves what can't be carried, or reads a sequence's last value
   * @param set parameters that routines set
   * @param mentioned those of an extension's kind that routines, policies, views and defaults name
   */
  record Answer(
      UnprovenNames unproven,
      UnpoolableRoutines unpoolable,
      Set<String> set,
      Set<String> mentioned) {}

  private final Map<Kind, List<String>> names = new EnumMap<>(Kind.class);
  private final Consumer<@Nullable Answer> answered;
  private boolean failed;

  private RoutinesQuestion(Consumer<@Nullable Answer> answered) {
    super(1);
    this.answered = answered;
  }

  /** Asks; the answer comes once, null if the server has none. */
  static void ask(PooledBackend backend, Consumer<@Nullable Answer> answered) {
    backend.unnamedIs(null, 0);
    backend.owed().add(new RoutinesQuestion(answered));
    backend.write(FrontendMessage.query(backend.channel().alloc(), SQL));
    backend.flush();
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    int bytes = in.getInt(bodyAt + 2);
    int kindAt = bodyAt + 6 + bytes;
    Kind kind = Kind.of(in.toString(kindAt + 4, in.getInt(kindAt), StandardCharsets.US_ASCII));
    names
        .computeIfAbsent(kind, any -> new ArrayList<>())
        .add(in.toString(bodyAt + 6, bytes, StandardCharsets.UTF_8));
  }

  @Override
  protected void error(Report report) {
    failed = true;
  }

  @Override
  protected void done() {
    answered.accept(
        failed
            ? null
            : new Answer(
                UnprovenNames.of(of(Kind.UNPROVEN)),
                new UnpoolableRoutines(
                    RoutineNames.of(of(Kind.STATE)),
                    RoutineNames.of(of(Kind.STATE_IF_WRITTEN)),
                    RoutineNames.of(of(Kind.UNTRACEABLE)),
                    RoutineNames.of(of(Kind.SEQUENCE)),
                    RoutineNames.of(of(Kind.SEQUENCE_IF_WRITTEN))),
                Set.copyOf(of(Kind.SET)),
                mentioned()));
  }

  private List<String> of(Kind kind) {
    return names.getOrDefault(kind, List.of());
  }

  private Set<String> mentioned() {
    Set<String> some = new HashSet<>();
    for (String name : of(Kind.MENTIONED)) {
      if (some.size() < ParameterNames.MOST) {
        some.add(name);
      }
    }
    return some;
  }
}
