package dev.tenantgate.gateway.startup;

/** A packet without a type byte, which only the first moments of a connection have. */
public sealed interface StartupPacket permits EncryptionRequest, CancelRequest, StartupMessage {}
