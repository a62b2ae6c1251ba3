package dev.tenantgate.gateway.testing.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.statements.GatewayNames;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One backend, that says what a test has it say. It lets everybody in by itself, and answers what
 * the gateway asks on its own account. Confined to a test's thread.
 */
public final class ScriptedServer extends Peer {

  private static final int CANCEL_REQUEST = 80877102;

  /** The name in what stands in for a message that is refused; shown as {@code REFUSED}. */
  private static final Pattern REFUSED =
      Pattern.compile("EXECUTE \"(tenantgate refused this)\"|tenantgate refused this");

  private final Wire wire;
  private final int process;
  private final ServerTraits traits;
  private final ServerState state;
  private final OwnQuestions questions;
  private final Map<String, String> startup = new TreeMap<>();
  private final Map<String, String> statementNames = new HashMap<>();
  private final List<String> seen = new ArrayList<>();
  private final Deque<Own> own = new ArrayDeque<>();
  private final Deque<String> refused = new ArrayDeque<>();
  private final Deque<List<String>> nextAnswers = new ArrayDeque<>();
  private List<String> batch = List.of();
  private boolean started;
  private boolean silent;
  private char status = 'I';

  /** ReadyForQuerys that clients' messages ask for, and those that were said. */
  private int asked;

  private int said;

  /** The gateway's own messages, behind so many ReadyForQuerys for clients. */
  private record Own(List<String> messages, int behind) {}

  ScriptedServer(Wire wire, WireChannel channel, Splitting splitting, int process) {
    super(channel, splitting);
    this.wire = wire;
    this.process = process;
    this.traits = wire.traits();
    this.state = new ServerState(traits);
    this.questions = new OwnQuestions(state);
  }

  // ---- what a test says

  /** The gateway has sent these messages, and nothing besides, since it was last looked. */
  public ScriptedServer sees(String... messages) {
    wire.settle();
    List<String> actual = new ArrayList<>();
    for (int i = 0; i < seen.size(); i++) {
      String message = seen.get(i);
      actual.add(i < messages.length ? named(messages[i], message) : message);
    }
    seen.clear();
    assertThat(actual).as("what the server sees").containsExactly(messages);
    return this;
  }

  /** The same with the names that the gateway has sent: none stands for one of its own. */
  public ScriptedServer seesAsSent(String... messages) {
    wire.settle();
    assertThat(seen).as("what the server sees").containsExactly(messages);
    seen.clear();
    return this;
  }

  /** The gateway has sent a single message, in which a pattern is found. */
  public ScriptedServer seesOne(String pattern) {
    wire.settle();
    assertThat(seen).as("what the server sees").singleElement().asString().matches(pattern);
    seen.clear();
    return this;
  }

  /** The gateway has sent so many messages, whichever they are. */
  public ScriptedServer hasSeen(int messages) {
    wire.settle();
    assertThat(seen).as("what the server sees").hasSize(messages);
    seen.clear();
    return this;
  }

  /** The gateway has sent a message, which is returned, and these behind it. */
  public String isAskedFor(String... behind) {
    wire.settle();
    assertThat(seen).as("what the server sees").hasSize(behind.length + 1);
    String first = seen.remove(0);
    if (behind.length > 0) {
      first = named("P " + behind[0].substring(2, 3) + " ", first);
    }
    sees(behind);
    return first;
  }

  public ScriptedServer seesNothing() {
    return sees();
  }

  /** Forgets the gateway's messages so far: the test says nothing of them. */
  public void forgetsAll() {
    seen.clear();
  }

  /** Sends messages in one piece; {@code E REFUSED} for its error about a message's stand-in. */
  public ScriptedServer says(String... messages) {
    for (String message : messages) {
      send(
          BackendNotation.encode(
              message.equals("E REFUSED")
                  ? "E 26000 prepared statement \"%s\" does not exist".formatted(refused.remove())
                  : message));
      if (message.startsWith("Z ")) {
        status = message.charAt(2);
        said++;
        answerOwn();
      }
    }
    wire.settle();
    return this;
  }

  /** Sends bytes of any kind. */
  public ScriptedServer saysBytes(byte... bytes) {
    send(bytes);
    wire.settle();
    return this;
  }

  /** Passes over what would be answered by so many ReadyForQuerys. */
  public ScriptedServer passesOver(int readies) {
    said += readies;
    return this;
  }

  /** Its session has set a parameter, by whatever a client has had it run. */
  public ScriptedServer has(String name, String value) {
    state.set(name, value);
    return this;
  }

  /** Its session has a parameter's default again. */
  public ScriptedServer hasDefault(String name) {
    state.reset(name);
    return this;
  }

  /** Its session has what can't be carried, in the gateway's word for it; or nothing. */
  public ScriptedServer holds(String... left) {
    state.left().clear();
    state.left().addAll(List.of(left));
    return this;
  }

  /** Its session listens on these channels, and on no other. */
  public ScriptedServer listensOn(String... channels) {
    String[] left = new String[channels.length];
    for (int i = 0; i < left.length; i++) {
      left[i] = "=" + channels[i];
    }
    return holds(left);
  }

  /**
   * So many of the gateway's statements are left; all that were prepared, if nothing else is said.
   */
  public ScriptedServer keepsStatements(int number) {
    state.gatewayStatements(number);
    return this;
  }

  /** A parameter's value. */
  public String setting(String name) {
    return state.setting(name);
  }

  /** The startup message's parameters. */
  public Map<String, String> startup() {
    return startup;
  }

  public int process() {
    return process;
  }

  /** The connection ends, as if the process had died. */
  public void dies() {
    close();
    wire.settle();
  }

  /** Whether the gateway has closed the connection, or said that it will send no more. */
  public boolean isLeft() {
    wire.settle();
    return isEnded();
  }

  /** Whether the gateway reads what it says. */
  public boolean isRead() {
    wire.settle();
    return channel().isReading();
  }

  /** Takes nothing more, or goes on taking. */
  public void stalls(boolean value) {
    channel().stall(value);
    wire.settle();
  }

  /** Answers nothing that the gateway asks by itself, or does so again. */
  public void isSilent(boolean value) {
    silent = value;
    answerOwn();
    wire.settle();
  }

  /** The next question that the gateway asks by itself is answered by these messages. */
  public ScriptedServer answersNext(String... messages) {
    nextAnswers.add(List.of(messages));
    return this;
  }

  boolean hasUnseen() {
    return !seen.isEmpty();
  }

  /** The messages to it that no test has looked at. */
  List<String> unseen() {
    return seen;
  }

  boolean isStarted() {
    return started;
  }

  // ---- what it does by itself

  /** As PostgreSQL finds the end of a connection when it is about to read the next message. */
  @Override
  boolean noticesEnd() {
    return said >= asked || !channel().isOpen();
  }

  @Override
  int parse(byte[] bytes) {
    int at = started ? 0 : start(bytes);
    if (!started) {
      return at;
    }
    byte[] rest = Arrays.copyOfRange(bytes, at, bytes.length);
    List<Frame> frames = new ArrayList<>();
    int end = Frame.parse(rest, frames);
    frames.forEach(frame -> take(FrontendNotation.show(frame)));
    answerOwn();
    return at + end;
  }

  private int start(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (bytes.length < 4 || bytes.length < in.getInt(0)) {
      return 0;
    }
    int length = in.getInt();
    if (in.getInt() == CANCEL_REQUEST) {
      wire.cancelled(in.getInt());
      close();
      return length;
    }
    Frame.Reader reader = new Frame.Reader(in);
    for (String name = reader.string(); !name.isEmpty(); name = reader.string()) {
      startup.put(name, reader.string());
    }
    started = true;
    welcome();
    return length;
  }

  private void welcome() {
    startup.forEach(
        (name, value) -> {
          if (traits.defaults().containsKey(name)) {
            state.set(name, value);
          }
        });
    send(BackendNotation.encode("R"));
    traits
        .reported()
        .forEach(name -> send(BackendNotation.encode("S " + name + "=" + state.setting(name))));
    send(BackendNotation.keyData(process, process));
    send(BackendNotation.encode("Z I"));
  }

  private void take(String sent) {
    if (sent.startsWith("P " + GatewayNames.prefix())) {
      state.gatewayStatements(state.gatewayStatements() + 1);
    } else if (sent.startsWith("C S " + GatewayNames.prefix())) {
      state.gatewayStatements(state.gatewayStatements() - 1);
    }
    String message = sent;
    Matcher standIn = REFUSED.matcher(sent);
    if (standIn.find()) {
      refused.add(standIn.group(1) == null ? standIn.group() : standIn.group(1));
      message = standIn.replaceAll("REFUSED");
    }
    if (!batch.isEmpty()) {
      batch.add(message);
      if (message.equals("S")) {
        own.add(new Own(batch, asked));
        batch = List.of();
      }
    } else if (OwnQuestions.beginsBatch(message)) {
      batch = new ArrayList<>(List.of(message));
    } else if (message.startsWith("Q ") && OwnQuestions.isOwn(message.substring(2))) {
      own.add(new Own(List.of(message), asked));
    } else if (message.equals("X")) {
      close();
    } else {
      seen.add(message);
      if ("QSF".indexOf(message.charAt(0)) >= 0) {
        asked++;
      }
    }
  }

  private void answerOwn() {
    while (!silent && !own.isEmpty() && own.peek().behind <= said) {
      List<String> messages = own.remove().messages;
      String first = messages.get(0);
      List<String> answers =
          first.startsWith("Q ")
              ? questions.answer(first.substring(2))
              : questions.answer(messages);
      answers = nextAnswers.isEmpty() ? answers : nextAnswers.remove();
      answers.forEach(answer -> send(BackendNotation.encode(answer)));
      send(BackendNotation.encode("Z " + status));
    }
  }

  /** A message as it is, but for a statement's name that the gateway has given. */
  private String named(String expected, String actual) {
    String[] wanted = expected.split(" ", 4);
    String[] words = actual.split(" ", 4);
    int at =
        switch (actual.charAt(0)) {
          case 'P', 'B', 'E' -> 1;
          case 'D', 'C' -> 2;
          default -> -1;
        };
    boolean likeThat = expected.charAt(0) == actual.charAt(0);
    if (at < 0 || !likeThat || words.length <= at || wanted.length <= at) {
      return actual;
    }
    String name = words[at].replaceFirst("@.*", "");
    if (!name.startsWith(GatewayNames.prefix())) {
      return actual;
    }
    String called = statementNames.computeIfAbsent(name, any -> wanted[at].replaceFirst("@.*", ""));
    return actual.replace(name, called);
  }
}
