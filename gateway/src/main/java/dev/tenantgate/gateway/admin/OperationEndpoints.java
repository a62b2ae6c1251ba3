package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.migrator.history.RecordedOperation;
import dev.tenantgate.migrator.history.RecordedRun;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Operations and runs over many tenants, of every gateway and command on the database: told of, and
 * cancelled. Thread-safe.
 */
final class OperationEndpoints {

  private final GateService gateService;
  private final OperationBook book;

  OperationEndpoints(GateService gateService, OperationBook book) {
    this.gateService = gateService;
    this.book = book;
  }

  void addTo(Routes routes) {
    routes
        .add(HttpMethod.GET, "/api/v1/operations", reading(this::operations))
        .add(HttpMethod.GET, "/api/v1/operations/*", reading(this::operation))
        .add(HttpMethod.POST, "/api/v1/operations/*/cancel", reading(this::cancelOperation))
        .add(HttpMethod.GET, "/api/v1/runs", reading(this::runs))
        .add(HttpMethod.GET, "/api/v1/runs/*", reading(this::run))
        .add(HttpMethod.POST, "/api/v1/runs/*/cancel", reading(this::cancelRun))
        .add(HttpMethod.POST, "/api/v1/runs/*/discard", reading(this::discardRun));
  }

  /** Answers from the database. */
  private interface Reading {
    AdminResponse answer(AdminRequest request) throws SQLException;
  }

  private Endpoint reading(Reading reading) {
    return Endpoint.immediate(
        request -> {
          try {
            return reading.answer(request);
          } catch (IllegalArgumentException e) {
            return Problems.badRequest(String.valueOf(e.getMessage()));
          } catch (SQLException e) {
            return Problems.unreachable(gateService, e);
          }
        });
  }

  private AdminResponse operations(AdminRequest request) throws SQLException {
    String state = request.parameter("state");
    String after = request.parameter("after");
    List<RecordedOperation> all = book.all();
    if (after != null) {
      // One that has ended is still a place in the list of those that go on. The oldest are
      // forgotten first: behind one that isn't there any more, there is none.
      List<String> ids = all.stream().map(RecordedOperation::id).toList();
      int place = ids.indexOf(after);
      all = place < 0 ? List.of() : all.subList(place + 1, all.size());
    }
    List<RecordedOperation> wanted =
        all.stream().filter(each -> state == null || state.equals(each.state())).toList();
    return list("operations", wanted, RecordedOperation::id, Operation::json, request);
  }

  private AdminResponse runs(AdminRequest request) throws SQLException {
    String after = request.parameter("after");
    long before = after == null ? Long.MAX_VALUE : number(after);
    return list(
        "runs",
        gateService.migrator().runs().recorded().stream().filter(run -> run.id() < before).toList(),
        run -> Long.toString(run.id()),
        OperationEndpoints::json,
        request);
  }

  private static <T> AdminResponse list(
      String name,
      List<T> all,
      Function<T, String> id,
      Function<T, ObjectNode> json,
      AdminRequest request) {
    int limit = Math.min(all.size(), Page.of(request).limit());
    ObjectNode members = Json.object();
    members.put("next", limit < all.size() ? id.apply(all.get(limit - 1)) : null);
    return AdminResponse.list(members, name, all.subList(0, limit), json::apply);
  }

  /** In the words of {@code tenantgate migrate runs}. */
  private static ObjectNode json(RecordedRun run) {
    ObjectNode json = Json.object();
    json.put("run", run.id());
    json.put("goal", run.goal());
    json.put("scope", run.scope());
    json.put("state", run.state().label());
    json.put("reason", run.reason());
    json.put("total", run.total());
    json.put("done", run.done());
    json.put("failed", run.failed());
    json.put("left", run.left());
    json.put("by", run.by());
    json.put("holder", run.holder());
    json.put("started_at", run.startedAt().toString());
    json.put("ended_at", run.endedAt() == null ? null : run.endedAt().toString());
    return json;
  }

  private AdminResponse operation(AdminRequest request) throws SQLException {
    ObjectNode json = find(request.segments().get(3));
    return json == null ? noSuchOperation() : AdminResponse.json(HttpResponseStatus.OK, json);
  }

  private @Nullable ObjectNode find(String id) throws SQLException {
    Operation own = book.own(id);
    if (own != null) {
      return own.json();
    }
    RecordedOperation recorded = book.elsewhere(id);
    if (recorded == null) {
      return null;
    }
    String answer = recorded.answer();
    try {
      if (answer != null && Json.read(answer) instanceof ObjectNode said) {
        return said;
      }
    } catch (IOException e) {
      // Another version's words: the record says as much.
    }
    ObjectNode json = Operation.json(recorded);
    json.set("outcomes", Json.array());
    return json;
  }

  private AdminResponse cancelOperation(AdminRequest request) throws SQLException {
    String id = request.segments().get(3);
    boolean cancelled = book.cancel(id, request.by());
    ObjectNode json = find(id);
    if (json == null) {
      return noSuchOperation();
    }
    return cancelled
        ? AdminResponse.json(HttpResponseStatus.ACCEPTED, json)
        : AdminResponse.problem(
            HttpResponseStatus.CONFLICT, "the operation doesn't go on any more", json);
  }

  private static AdminResponse noSuchOperation() {
    return AdminResponse.problem(HttpResponseStatus.NOT_FOUND, "there is no such operation");
  }

  private AdminResponse run(AdminRequest request) throws SQLException {
    long run = number(request);
    List<RecordedRun> there = recorded(run);
    if (there.isEmpty()) {
      return noSuchRun(run);
    }
    ObjectNode json = json(there.get(0));
    RunPlanJson.add(json, gateService.migrator().runs().progress(run, RunPlanJson.MOST_FAILURES));
    return AdminResponse.json(HttpResponseStatus.OK, json);
  }

  private AdminResponse cancelRun(AdminRequest request) throws SQLException {
    long run = number(request);
    return gateService.migrator().runs().cancel(run, request.by())
        ? ofRun(run, HttpResponseStatus.ACCEPTED)
        : notSo(run, "run %d doesn't go on any more".formatted(run));
  }

  private AdminResponse discardRun(AdminRequest request) throws SQLException {
    long run = number(request);
    return gateService.migrator().runs().discard(run)
        ? ofRun(run, HttpResponseStatus.OK)
        : notSo(run, "run %d isn't unfinished".formatted(run));
  }

  private static long number(AdminRequest request) {
    return number(request.segments().get(3));
  }

  private static long number(String run) {
    try {
      return Long.parseLong(run);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("a run has a number, was \"%s\"".formatted(run), e);
    }
  }

  private AdminResponse ofRun(long run, HttpResponseStatus status) throws SQLException {
    return recorded(run).stream()
        .map(each -> AdminResponse.json(status, json(each)))
        .findFirst()
        .orElseGet(() -> noSuchRun(run));
  }

  private AdminResponse notSo(long run, String detail) throws SQLException {
    List<RecordedRun> there = recorded(run);
    return there.isEmpty()
        ? noSuchRun(run)
        : AdminResponse.problem(HttpResponseStatus.CONFLICT, detail, stateOf(there.get(0)));
  }

  private static ObjectNode stateOf(RecordedRun run) {
    ObjectNode json = Json.object();
    json.put("state", run.state().label());
    return json;
  }

  private List<RecordedRun> recorded(long run) throws SQLException {
    return gateService.migrator().runs().recorded().stream()
        .filter(each -> each.id() == run)
        .toList();
  }

  private static AdminResponse noSuchRun(long run) {
    return AdminResponse.problem(HttpResponseStatus.NOT_FOUND, "there is no run " + run);
  }
}
