/**
 * Clients and servers that speak the protocol in short, for tests that say which bytes go where.
 *
 * <p>{@link dev.tenantgate.gateway.testing.wire.FrontendNotation} and {@link
 * dev.tenantgate.gateway.testing.wire.BackendNotation} are the words; nothing else builds a message
 * or reads one. {@link dev.tenantgate.gateway.testing.wire.Client} is a frontend in these words:
 * {@code acme.sends("Q begin").gets("C BEGIN", "Z T")}. It has two transports:
 *
 * <table>
 *   <caption>Transports of a client</caption>
 *   <tr><th>class</th><th>its bytes go</th><th>at the other end</th></tr>
 *   <tr><td>{@link dev.tenantgate.gateway.testing.wire.ScriptedClient}</td>
 *     <td>through a channel of a {@link dev.tenantgate.gateway.testing.wire.Wire}</td>
 *     <td>a whole gateway without sockets or threads, in front of a scripted server</td></tr>
 *   <tr><td>{@link dev.tenantgate.gateway.testing.wire.SocketClient}</td>
 *     <td>through a socket</td>
 *     <td>a gateway in front of a real PostgreSQL, or the PostgreSQL itself</td></tr>
 * </table>
 *
 * <p>These stay two classes for what only one of them can know. On a channel everything that can
 * happen has happened before a test looks: the client knows that there is no further message, which
 * backend serves it, and whether it is read from. At a socket nobody knows that: the client waits
 * for as many messages as a test names, or for those up to a type. A single class would offer each
 * test methods that fail on its transport.
 */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.gateway.testing.wire;
